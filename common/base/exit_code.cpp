#include "common/base/exit_code.h"

#include <algorithm>
#include <array>

namespace culvert {
namespace {

constexpr std::array kTexts{
    ExitCodeText{ExitCode::Ok, "done; every threshold held"},
    ExitCodeText{ExitCode::Internal, "an error inside Culvert or of this machine"},
    ExitCodeText{ExitCode::Usage, "wrong usage, configuration or plan; nothing was started"},
    ExitCodeText{ExitCode::ThresholdsFailed, "the run ended and a threshold of the plan failed"},
    ExitCodeText{ExitCode::AgentsMissing, "agents were missing, or lost against the policy"},
    ExitCodeText{ExitCode::RelayNotReached, "the relay was not reached"},
    ExitCodeText{ExitCode::NotTrustworthy, "thresholds held, but a reason to doubt the run touches one of them"},
    ExitCodeText{ExitCode::Interrupted, "interrupted; the results so far are kept and reported"},
};

constexpr std::array kPrecedence{
    ExitCode::Interrupted,      ExitCode::Usage,          ExitCode::RelayNotReached, ExitCode::AgentsMissing,
    ExitCode::ThresholdsFailed, ExitCode::NotTrustworthy, ExitCode::Internal,        ExitCode::Ok};

}  // namespace

std::span<const ExitCodeText> exit_code_texts() {
    return kTexts;
}

ExitCode worse_of(ExitCode a, ExitCode b) {
    const auto rank = [](ExitCode code) { return std::find(kPrecedence.begin(), kPrecedence.end(), code); };
    return rank(a) <= rank(b) ? a : b;
}

}  // namespace culvert
