// What /metrics shows of a relay. Names of nodes are never labels. Loop thread only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/units.h"

namespace culvert::tunnel::relay {

// Time from an envelope's arrival to its hand-over to the socket.
class ForwardTimes {
  public:
    static constexpr std::array<double, 11> kUpperBounds_s = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                              0.005,   0.01,   0.025,   0.1,    1.0};

    void record(Duration took, std::uint64_t envelopes);
    std::uint64_t count() const { return count_; }
    double sum_s() const { return sum_s_; }
    // Envelopes at or below kUpperBounds_s[i].
    std::uint64_t at_or_below(std::size_t bound) const;

  private:
    std::array<std::uint64_t, kUpperBounds_s.size() + 1> buckets_{};
    std::uint64_t count_ = 0;
    double sum_s_ = 0;
};

struct Counters {
    // Totals since the start.
    std::uint64_t envelopes_in = 0;
    std::uint64_t envelopes_out = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t unreachable = 0;
    std::uint64_t connections_refused = 0;                    // over the limit, before a word was said
    std::uint64_t handshakes = 0;                             // begun
    std::uint64_t turned_away = 0;                            // before their handshake: too many waited for theirs
    std::uint64_t left_waiting = 0;                           // ended while they waited for their handshake
    std::map<std::string, std::uint64_t> links_closed;        // by reason
    std::map<std::string, std::uint64_t> admission_failures;  // by reason
    ForwardTimes forward;
    // As it is now.
    std::uint64_t agents = 0;
    std::uint64_t controllers = 0;
    std::uint64_t pending = 0;
    std::uint64_t unadmitted = 0;
    std::uint64_t waiting = 0;         // connections, for their handshake
    double handshakes_per_second = 0;  // that may begin
    std::uint64_t long_poll = 0;       // of all these
    std::uint64_t queue_bytes = 0;
    WallTime certificate_not_after{};  // of the web certificate
};

// In Prometheus' text format, version 0.0.4.
std::string prometheus_text(const Counters& counters);

}  // namespace culvert::tunnel::relay
