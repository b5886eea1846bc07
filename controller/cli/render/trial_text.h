// `culvert try`: what was asked, what came back, and what was found in it. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/metrics/exchange.h"
#include "common/workload/plan.h"
#include "controller/cli/render/text_style.h"
#include "controller/run/trial_choice.h"
#include "controller/run/trial_controller.h"

namespace culvert::cli::render {

// Before the first request.
std::string trial_head(const workload::Plan& plan, const run::TrialChoice& choice, const TextStyle& style);
// `number`: of the request in the trial, from 1; attempts at one request share it.
std::string trial_exchange(const metrics::Exchange& exchange, std::size_t number, const workload::Plan& plan,
                           const TextStyle& style);
// After the last request. Problems are told elsewhere.
std::string trial_end(const workload::Plan& plan, const run::TrialChoice& choice,
                      const std::vector<metrics::Exchange>& exchanges, const TextStyle& style);

struct TrialRecord {
    const workload::Plan& plan;
    const run::TrialChoice& choice;
    const std::vector<metrics::Exchange>& exchanges;
    const run::TrialEnd& end;
};
std::string trial_json(const TrialRecord& trial);

// "browse/add to cart" of every request step of the trial that was not come to.
std::vector<std::string> steps_not_reached(const workload::Plan& plan, const run::TrialChoice& choice,
                                           const std::vector<metrics::Exchange>& exchanges);

}  // namespace culvert::cli::render
