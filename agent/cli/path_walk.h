// Walks the way to the relay once, hop by hop, before a join: proxy, CONNECT, connect, TLS; so that what fails has a
// name.
#pragma once

#include <string>

#include "agent/cli/checklist.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/net/dial.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::agent::cli {

// The step of a join that this stage belongs to: "proxy", "CONNECT", "relay", "TLS".
std::string step_of(net::DialStage stage);

// Blocks. The steps of the first relay and way that work; else the failures of all, and an error.
Status walk_path(const tunnel::link::UplinkSettings& settings, const Clock& clock, Checklist& checklist);

}  // namespace culvert::agent::cli
