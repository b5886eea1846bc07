// One case from its topology to its verdict.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netlab_case.h"

namespace culvert::netlab {

struct Outcome {
    enum class State { Passed, Failed, Skipped };
    State state = State::Failed;
    std::vector<std::string> reasons;  // why it failed or was skipped
    std::optional<Duration> online;    // from the start of the agent
    std::optional<Duration> again;     // online once more, from the first step during the run
    std::string transport;             // as the agent named it
    std::optional<std::int64_t> intervals, lost;
    std::string note;    // figures of this case alone
    std::string folder;  // with all logs; kept where it failed
};

enum class Length { Quick, Full };

Outcome run_case(const Case& netlab_case, Length length);

// Brings it up and prints how to use it; returns on Ctrl-C.
Status bring_up(const Case& netlab_case);

}  // namespace culvert::netlab
