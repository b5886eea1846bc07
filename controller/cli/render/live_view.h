// The live view of a run: is it going well? Pure: a view in, text out.
#pragma once

#include <string>

#include "controller/cli/render/text_style.h"
#include "controller/run/run_view.h"

namespace culvert::cli::render {

// What the reader chose to see, and may press.
struct LiveLayout {
    std::string quit;       // what q and Ctrl-C do; without a keyboard the whole last line; empty: there is none
    bool keyboard = false;  // keys are heard
    bool details = true;    // the table of steps
    bool help = false;
    std::size_t rows = 0;  // of the terminal; 0: as many as it takes

    friend bool operator==(const LiveLayout&, const LiveLayout&) = default;
};

// Several lines, each ending in '\n'; none is wider than the style. Where there are not enough rows, events and rows of
// the tables are left out.
std::string live_view(const run::RunView& view, const LiveLayout& layout, const TextStyle& style);
// For logs: "03:30 hold 200/s  199.8/s of 200.0  worst p95 171 ms  errors 0.5 %  agents 2/3  SUSPECT: ams-3 lost".
std::string plain_line(const run::RunView& view, const TextStyle& style);

// "03:02  ams-3: lost: link silent for 10 s".
std::string event_line(const results::Event& event);
// A threshold with its value in it: "p95(browse) 112 ms < 300ms".
std::string threshold_with_value(const results::ThresholdResult& threshold);

}  // namespace culvert::cli::render
