// What time it is at a relay: tells a wrong clock from a bad certificate.
#pragma once

#include <optional>
#include <string>

#include "common/net/credential_memory.h"
#include "tunnel/doctor/trial_links.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::tunnel::doctor {

// Beyond this, the clock is the first thing to mend.
inline constexpr Duration kClockLimit = std::chrono::seconds(60);
inline bool clock_is_off(Duration difference) {
    return difference >= kClockLimit || difference <= -kClockLimit;
}
// "+0.4 s against the relay (limit 60 s)", "2 days ahead of the relay (limit 60 s)". `difference`: the relay's wall
// clock minus ours.
std::string clock_text(Duration difference);

// The relay's wall clock minus ours, without judging any certificate: only for comparing clocks. Nothing is said to
// whoever answers but the request for a link; nothing: nobody answered as a relay does.
std::optional<Duration> ask_relay_time(const link::RelayUrl& relay, net::DialRequest request,
                                       const link::UplinkSettings& settings, net::CredentialMemory& memory,
                                       const Clock& clock);

}  // namespace culvert::tunnel::doctor
