// Shows the views of a run on stderr as they come: redrawn in place, as lines for logs, or not at all.
#pragma once

#include <cstdint>
#include <string>

#include "controller/cli/live_screen.h"
#include "controller/cli/options.h"
#include "controller/run/run_view.h"

namespace culvert::cli {

// Auto becomes Live on a terminal that can be redrawn, else Plain.
Progress progress_on(Progress wanted, bool interactive);

// When plain progress speaks: every 10 s, after ten minutes every 60 s.
class PlainPace {
  public:
    bool due(double elapsed_s);

  private:
    double next_ = 10;
};

class ProgressView {
  public:
    // `keys`: the last line of the live view, e.g. "Ctrl-C stops and reports".
    ProgressView(const OutputOptions& options, std::string keys);

    void show(const run::RunView& view);
    void show(const results::Event& event);  // plain only: the live view has events in it
    // Nothing more comes; the last picture stays.
    void leave();
    Progress mode() const { return mode_; }

  private:
    const bool no_color_;
    const Progress mode_;
    const std::string keys_;
    LiveScreen screen_{stderr};
    PlainPace pace_;
};

}  // namespace culvert::cli
