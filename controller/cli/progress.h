// Shows the views of a run on stderr as they come: redrawn in place, as lines for logs, or not at all.
#pragma once

#include <memory>
#include <string>

#include "controller/cli/options.h"
#include "controller/run/run_view.h"

namespace culvert::cli {

class LiveTerminal;

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
    // What q and Ctrl-C do: for the line of keys, "stop and report", and for a line of its own where no keys are heard,
    // "Ctrl-C stops the load and reports".
    ProgressView(const OutputOptions& options, std::string quit_with_keys, std::string quit_without_keys);
    ~ProgressView();

    void show(const run::RunView& view);
    void show(const results::Event& event);  // plain only: the live view has events in it
    // Nothing more comes; the last picture stays.
    void leave();
    Progress mode() const { return mode_; }

  private:
    const bool no_color_;
    const Progress mode_;
    std::unique_ptr<LiveTerminal> live_;
    PlainPace pace_;
};

}  // namespace culvert::cli
