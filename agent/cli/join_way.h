// The way to the relay, walked by the doctor before a join, so that what fails has a name and costs no use of the
// invite.
#pragma once

#include <optional>
#include <string>

#include "agent/cli/checklist.h"
#include "common/base/clock.h"
#include "common/base/exit_code.h"
#include "common/crypto/join_token.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::agent::cli {

// Blocks. Each hop is a step of the checklist; the code to end with if one failed. Of several causes the first one is
// told: the clock before a certificate, a token that has expired before the CA of a relay that it may not know any
// more.
std::optional<ExitCode> walk_way(const crypto::JoinToken& token, const std::string& name,
                                 const tunnel::link::UplinkSettings& settings, const Clock& clock,
                                 Checklist& checklist);

}  // namespace culvert::agent::cli
