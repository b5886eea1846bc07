#include "tunnel/relay/admission.h"

#include <sys/random.h>

#include "common/base/check.h"

namespace culvert::tunnel::relay {
namespace {

using envelope::Reason;

const char* name_of(Role role) {
    return role == Role::Agent ? "an agent" : "a controller";
}

}  // namespace

Admission::Admission(const Trust& trust, std::string mesh, std::string relay_url, const Clock& clock)
    : trust_(trust), mesh_(std::move(mesh)), relay_url_(std::move(relay_url)), clock_(clock) {}

envelope::Challenge Admission::challenge() const {
    envelope::Challenge challenge;
    CULVERT_CHECK(getrandom(challenge.nonce.data(), challenge.nonce.size(), 0) ==
                  static_cast<ssize_t>(challenge.nonce.size()));
    challenge.relay_time = clock_.wall_now();
    challenge.mesh = mesh_;
    challenge.relay_url = relay_url_;
    return challenge;
}

OrRefusal<crypto::Member> Admission::check(const std::array<std::uint8_t, envelope::kNonceSize>& nonce,
                                           const envelope::Hello& hello) const {
    envelope::Challenge asked;
    asked.nonce = nonce;
    asked.mesh = mesh_;
    asked.relay_url = relay_url_;
    auto member =
        trust_.verify(hello.certificate_der, envelope::signed_text(asked, hello.role, hello.instance), hello.signature);
    if (!member) return member;
    if (member->role != hello.role) {
        return tl::unexpected(envelope::Refusal{Reason::WrongRole,
                                                std::string("this certificate is ") + name_of(member->role) +
                                                    "'s, but it connected as " + name_of(hello.role) +
                                                    "; use the identity file of the right role",
                                                false});
    }
    if (member->role == Role::Agent && (hello.instance != 0 || hello.enrols)) {
        return tl::unexpected(
            envelope::Refusal{Reason::Protocol, "an agent has one instance and signs no joins", false});
    }
    return member;
}

}  // namespace culvert::tunnel::relay
