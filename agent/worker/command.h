// What other threads tell a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "agent/http/proxy_dialer.h"
#include "agent/http/resolver.h"
#include "agent/schedule/seat_rule.h"
#include "agent/worker/engine.h"

namespace culvert::agent::worker {

struct StartAt {
    SteadyTime at;
};
struct StopNow {
    StopMode mode;
};
struct AmendAt {
    std::vector<schedule::SeatRule> rules;  // by Plan::scenarios
    SteadyTime at;
};
struct Resolved {
    std::size_t place;  // in the worker's OriginTable
    http::Resolver::Answer answer;
};
struct Dialled {
    std::uint64_t dial;  // of the worker's Requester
    http::DialAnswer answer;
};
using Command = std::variant<StartAt, StopNow, AmendAt, Resolved, Dialled>;

}  // namespace culvert::agent::worker
