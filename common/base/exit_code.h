// Exit codes of all three programs; `culvert help exit-codes` prints this table.
#pragma once

#include <span>
#include <string_view>

namespace culvert {

enum class ExitCode : int {
    Ok = 0,
    Internal = 1,
    Usage = 2,  // usage, bad config or plan
    ThresholdsFailed = 3,
    AgentsMissing = 4,  // agents missing or lost against the policy
    RelayNotReached = 5,
    NotTrustworthy = 6,  // SUSPECT touches a threshold
    Interrupted = 130,   // results so far are kept and reported
};

struct ExitCodeText {
    ExitCode code;
    std::string_view meaning;
};

std::span<const ExitCodeText> exit_code_texts();

// Where several hold, the first of 130, 2, 5, 4, 3, 6, 1 wins; Ok only if both are Ok.
ExitCode worse_of(ExitCode a, ExitCode b);

}  // namespace culvert
