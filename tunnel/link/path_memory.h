// What the boxes between a node and its relay do to links that stay silent or grow old, learnt from how links broke:
// twice the same is a habit. Pure.
#pragma once

#include <optional>

#include "common/base/units.h"

namespace culvert::tunnel::link {

class PathMemory {
  public:
    enum class Lesson { Nothing, IdleCut, MaximumAge };

    // A link broke, unannounced, at `age`, after `silence` in which nothing came. For a link that was found dead by a
    // question without an answer, `silence` is how long it had been silent when the question went out.
    Lesson broke(Duration age, Duration silence);

    // How long silence may last: under what was learnt, at most `configured`.
    Duration heartbeat(Duration configured) const;
    // When a link should have been renewed; empty: no limit is known.
    std::optional<Duration> renew_after() const;

    std::optional<Duration> idle_cut() const { return idle_cut_; }
    std::optional<Duration> maximum_age() const { return maximum_age_; }

  private:
    std::optional<Duration> idle_cut_;
    std::optional<Duration> maximum_age_;
    Duration last_silence_{};
    Duration last_age_{};
};

}  // namespace culvert::tunnel::link
