// Which transport to try first on a way to a relay, learnt from what happened on it: WebSocket where it goes through,
// long-poll where it does not. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/units.h"
#include "tunnel/link/uplink.h"

namespace culvert::tunnel::link {

enum class TransportChoice : std::uint8_t { Auto, WebSocket, LongPoll };

// A WebSocket that lived for less counts as cut; so many of them in a row, and long-poll is tried first.
inline constexpr Duration kYoungDeath = std::chrono::seconds(20);
inline constexpr int kYoungDeathsToFall = 3;

class Ladder {
  public:
    explicit Ladder(TransportChoice choice) : choice_(choice) {}

    // In the order to try them. `way` names relay and proxy.
    std::vector<Transport> order(const std::string& way) const {
        if (choice_ == TransportChoice::WebSocket) return {Transport::WebSocket};
        if (choice_ == TransportChoice::LongPoll) return {Transport::LongPoll};
        const auto found = ways_.find(way);
        const bool fallen = found != ways_.end() && found->second.fallen;
        return fallen ? std::vector{Transport::LongPoll, Transport::WebSocket}
                      : std::vector{Transport::WebSocket, Transport::LongPoll};
    }
    // Whether a link by long-poll should look for a WebSocket now and then.
    bool may_climb() const { return choice_ == TransportChoice::Auto; }

    void admitted(const std::string& way, Transport by) { known(way).fallen = by == Transport::LongPoll; }
    // A link by WebSocket was cut, not closed, after `age`.
    void cut(const std::string& way, Duration age) {
        Way& it = known(way);
        it.young_deaths = age < kYoungDeath ? it.young_deaths + 1 : 0;
        if (it.young_deaths >= kYoungDeathsToFall) it = Way{0, true};
    }

  private:
    struct Way {
        int young_deaths = 0;
        bool fallen = false;
    };
    // A PAC may name ever new proxies.
    static constexpr std::size_t kMostWays = 256;

    Way& known(const std::string& way) {
        if (ways_.size() >= kMostWays && !ways_.contains(way)) ways_.clear();
        return ways_[way];
    }

    const TransportChoice choice_;
    std::map<std::string, Way> ways_;
};

}  // namespace culvert::tunnel::link
