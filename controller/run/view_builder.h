// Draws a RunView from what was merged: rates and percentiles of the last seconds that every running agent has
// reported.
#pragma once

#include <string>
#include <vector>

#include "controller/results/merger.h"
#include "controller/run/run_view.h"

namespace culvert::run {

struct ViewInput {
    const results::Merger& merger;
    Duration since_start{};
    bool started = false;
    std::string out_dir;
    std::vector<Duration> silent_for;  // by agent
};

RunView build_view(const ViewInput& input);

}  // namespace culvert::run
