#include "common/base/exit_code.h"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("where several exit codes hold the documented order decides", "[base]") {
    CHECK(worse_of(ExitCode::ThresholdsFailed, ExitCode::AgentsMissing) == ExitCode::AgentsMissing);
    CHECK(worse_of(ExitCode::Interrupted, ExitCode::Usage) == ExitCode::Interrupted);
    CHECK(worse_of(ExitCode::NotTrustworthy, ExitCode::Internal) == ExitCode::NotTrustworthy);
    CHECK(worse_of(ExitCode::Ok, ExitCode::Internal) == ExitCode::Internal);
    CHECK(worse_of(ExitCode::Ok, ExitCode::Ok) == ExitCode::Ok);
}
