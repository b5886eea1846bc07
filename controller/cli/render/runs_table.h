// `culvert runs`. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/render/text_style.h"
#include "controller/store/run_store.h"

namespace culvert::cli::render {

std::string runs_table(const std::vector<store::RunRecord>& runs, const TextStyle& style);
std::string runs_json(const std::vector<store::RunRecord>& runs);

}  // namespace culvert::cli::render
