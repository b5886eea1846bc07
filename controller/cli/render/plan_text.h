// `culvert check` on a right plan: what it will do. Pure.
#pragma once

#include <string>

#include "common/workload/plan_summary.h"
#include "controller/cli/render/text_style.h"

namespace culvert::cli::render {

std::string plan_text(const workload::PlanSummary& summary, const TextStyle& style);
std::string plan_json(const workload::PlanSummary& summary);

}  // namespace culvert::cli::render
