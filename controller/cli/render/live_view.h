// The live view of a run: is it going well? Pure: a view in, text out.
#pragma once

#include <string>
#include <string_view>

#include "controller/cli/render/text_style.h"
#include "controller/run/run_view.h"

namespace culvert::cli::render {

// Several lines, each ending in '\n'; none is wider than the style. `keys`: what the reader may press, empty when
// nothing follows.
std::string live_view(const run::RunView& view, std::string_view keys, const TextStyle& style);
// For logs: "03:30 hold 200/s  199.8/s of 200.0  worst p95 171 ms  errors 0.5 %  agents 2/3  SUSPECT: ams-3 lost".
std::string plain_line(const run::RunView& view, const TextStyle& style);

// "03:02  ams-3: lost: link silent for 10 s".
std::string event_line(const results::Event& event);
// A threshold with its value in it: "p95(browse) 112 ms < 300ms".
std::string threshold_with_value(const results::ThresholdResult& threshold);

}  // namespace culvert::cli::render
