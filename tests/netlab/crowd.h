// The herd of a case: thousands of links beside the agents. Reads what the herd says of itself, and the relay's
// counters while it lets the herd in.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "mesh.h"
#include "tests/support/herd/herd_report.h"

namespace culvert::netlab {

// One look at the relay's counters, somewhere between the two instants.
struct RelayLook {
    SteadyTime from{}, to{};
    double handshakes = 0, limit_per_second = 0;
};
std::optional<RelayLook> relay_look(std::string_view metrics);
// Between two looks at one process of the relay: at least so many handshakes began a second.
std::optional<double> handshakes_per_second(const RelayLook& earlier, const RelayLook& later);

class Crowd {
  public:
    // Both outlive it.
    Crowd(const Lab& lab, const Mesh& mesh, std::size_t links) : lab_(lab), mesh_(mesh), links_(links) {}

    Status start();
    // Once every link is up for the first time.
    bool arrived() const { return came_back(0); }
    // Since the last outage.
    bool came_back(int outage = 1) const;
    // At most once a second.
    void look_at_relay();

    // What is not as it should be.
    std::vector<std::string> check(Duration back_within) const;
    // The figures, for people.
    std::string note() const;
    std::string last_words() const;

  private:
    std::string says() const;

    const Lab& lab_;
    const Mesh& mesh_;
    const std::size_t links_;
    const SystemClock clock_;
    std::unique_ptr<demo::ChildProcess> process_;
    std::optional<RelayLook> last_look_;
    double most_per_second_ = 0, limit_per_second_ = 0;
};

}  // namespace culvert::netlab
