// Proxies that did not answer lately: tried last, until their time is over.
#pragma once

#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::tunnel::proxy {

inline constexpr Duration kDeadFor = std::chrono::minutes(5);

class DeadList {
  public:
    explicit DeadList(const Clock& clock) : clock_(&clock) {}

    void note_dead(const std::string& url) { until_[url] = clock_->steady_now() + kDeadFor; }
    void note_alive(const std::string& url) { until_.erase(url); }
    bool dead(const std::string& url) const {
        const auto found = until_.find(url);
        return found != until_.end() && clock_->steady_now() < found->second;
    }

  private:
    const Clock* clock_;
    std::map<std::string, SteadyTime> until_;  // as many as there are proxies configured
};

}  // namespace culvert::tunnel::proxy
