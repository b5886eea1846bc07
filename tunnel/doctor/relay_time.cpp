#include "tunnel/doctor/relay_time.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "common/base/wall_time.h"

namespace culvert::tunnel::doctor {

std::string clock_text(Duration difference) {
    const auto limit = std::chrono::duration_cast<std::chrono::seconds>(kClockLimit).count();
    if (!clock_is_off(difference)) {
        double ahead = -std::chrono::duration<double>(difference).count();
        if (std::abs(ahead) < 0.05) ahead = 0;  // no "-0.0"
        return fmt::format("{:+.1f} s against the relay (limit {} s)", ahead, limit);
    }
    return fmt::format("{} {} the relay (limit {} s)", span_text(difference),
                       difference > Duration::zero() ? "behind" : "ahead of", limit);
}

std::optional<Duration> ask_relay_time(const link::RelayUrl& relay, net::DialRequest request,
                                       const link::UplinkSettings& settings, net::CredentialMemory& memory,
                                       const Clock& clock) {
    request.trust = std::make_shared<const crypto::TlsTrust>(crypto::TlsTrust::unverified());
    link::Applicant nobody;
    nobody.software = settings.software;
    Reached reached{relay, std::move(request), {}, nullptr};
    TrialLinks links(nobody, reached, memory, clock);
    for (const link::Transport transport : link::Ladder(settings.transport).order("")) {
        const LinkTrial::Ending ending = links.attempt(transport, settings.heartbeat);
        if (ending.heard) return ending.clock_difference;
    }
    return std::nullopt;
}

}  // namespace culvert::tunnel::doctor
