// Proxies that did not answer lately: passed over until their time is over, as browsers do with a PAC's.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::tunnel::proxy {

inline constexpr Duration kDeadFor = std::chrono::minutes(30);

class DeadList {
  public:
    static constexpr std::size_t kMostRemembered = 256;  // a PAC script may name any number of proxies

    explicit DeadList(const Clock& clock) : clock_(&clock) {}

    void note_dead(const std::string& url) {
        if (until_.size() >= kMostRemembered) until_.clear();
        until_[url] = clock_->steady_now() + kDeadFor;
    }
    void note_alive(const std::string& url) { until_.erase(url); }
    bool dead(const std::string& url) const {
        const auto found = until_.find(url);
        return found != until_.end() && clock_->steady_now() < found->second;
    }

  private:
    const Clock* clock_;
    std::map<std::string, SteadyTime> until_;  // at most kMostRemembered
};

}  // namespace culvert::tunnel::proxy
