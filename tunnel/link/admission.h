// The node's side of admission: checks whom it talks to, answers the challenge, reads the verdict. Pure: bodies in,
// bodies out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/link/relay_url.h"

namespace culvert::tunnel::link {

// Why a relay, or this node, ended an admission or a link.
struct Denial {
    Error error;
    bool retryable = true;  // false: this relay will say the same again until somebody changes something
    bool drained = false;   // the relay stops on purpose: come back soon
};
Denial denial_of(std::string_view refusal_body, Duration clock_difference);

// Who asks to be admitted.
struct Applicant {
    std::string mesh;
    const crypto::Identity* identity = nullptr;  // none: pending, without a certificate
    Role role = Role::Agent;
    std::uint64_t instance = 0;
    bool enrols = false;
    std::string software;
    bool probe = false;  // only asks what admission would say; other links of the node stay as they are
};

class Admission {
  public:
    Admission(const Applicant& applicant, const RelayUrl& dialled, const Clock& clock)
        : applicant_(applicant), dialled_(dialled), clock_(clock) {}

    // The body of the Hello; empty for a pending node, which is through with this.
    tl::expected<std::string, Denial> answer(std::string_view challenge_body);
    // After the Hello.
    tl::expected<void, Denial> admitted(std::string_view admitted_body);

    // The relay's wall clock minus ours, ± half a round trip.
    Duration clock_difference() const { return clock_difference_; }
    Duration round_trip() const { return round_trip_; }

  private:
    const Applicant& applicant_;
    const RelayUrl dialled_;
    const Clock& clock_;
    SteadyTime hello_at_{};
    Duration clock_difference_{};
    Duration round_trip_{};
};

}  // namespace culvert::tunnel::link
