#include "tunnel/link/admission.h"

#include "common/base/text.h"

namespace culvert::tunnel::link {
namespace {

constexpr Duration kNotableDifference = std::chrono::seconds(60);

tl::unexpected<Denial> deny(Code code, std::string message, bool retryable) {
    return tl::unexpected(Denial{Error{code, std::move(message)}, retryable, false});
}

std::string clock_hint(Duration difference) {
    const Duration size = difference < Duration::zero() ? -difference : difference;
    if (size < kNotableDifference) return {};
    const Duration whole = std::chrono::duration_cast<std::chrono::seconds>(size);
    return " (this machine's clock is " + to_string(whole) + (difference > Duration::zero() ? " behind" : " ahead of") +
           " the relay's)";
}

Code code_of(envelope::Reason reason) {
    using envelope::Reason;
    switch (reason) {
        case Reason::Busy:
        case Reason::PendingFull:
        case Reason::SlowConsumer:
            return Code::Overloaded;
        case Reason::Drained:
            return Code::Disconnected;
        case Reason::Timeout:
            return Code::Timeout;
        case Reason::Protocol:
        case Reason::Version:
            return Code::InvalidInput;
        default:
            return Code::Unauthorized;
    }
}

}  // namespace

Denial denial_of(std::string_view refusal_body, Duration clock_difference) {
    const Result<envelope::Refusal> refusal = envelope::parse_refusal(refusal_body);
    if (!refusal)
        return Denial{Error{Code::Disconnected, "the relay ended the link with a " + refusal.error().message}, true,
                      false};
    std::string text = "the relay says " + std::string(envelope::to_string(refusal->reason)) + ": " +
                       excerpt(refusal->text, envelope::kLongestReasonText);
    text += clock_hint(clock_difference);
    return Denial{Error{code_of(refusal->reason), std::move(text)}, refusal->retryable,
                  refusal->reason == envelope::Reason::Drained};
}

tl::expected<std::string, Denial> Admission::answer(std::string_view challenge_body) {
    const Result<envelope::Challenge> challenge = envelope::parse_challenge(challenge_body);
    if (!challenge) return deny(Code::Disconnected, challenge.error().message, true);
    clock_difference_ = challenge->relay_time - clock_.wall_now();
    if (challenge->protocol != envelope::kProtocolVersion) {
        return deny(Code::InvalidInput,
                    "the relay speaks protocol version " + std::to_string(challenge->protocol) + ", this program " +
                        std::to_string(envelope::kProtocolVersion) + ": bring both to the same release",
                    false);
    }
    if (challenge->mesh != applicant_.mesh) {
        const std::string mesh = excerpt(challenge->mesh, envelope::kLongestMesh);
        return deny(Code::InvalidInput,
                    "this relay serves the mesh " + mesh + ", not " + applicant_.mesh + ": use a join token of mesh " +
                        mesh + ", or the relay of mesh " + applicant_.mesh,
                    false);
    }
    // Otherwise a relay could pass another relay's challenge on and be admitted there in our name.
    const Result<RelayUrl> claimed = parse_relay_url(challenge->relay_url);
    if (!claimed || !same_relay(*claimed, dialled_)) {
        return deny(Code::InvalidInput,
                    "the relay dialled as " + dialled_.text + " calls itself " + excerpt(challenge->relay_url, 120) +
                        ": write the same address in its relay.yaml (url) and in tunnel.relays here",
                    false);
    }
    if (applicant_.identity == nullptr) return std::string();

    const Result<std::string> signature =
        applicant_.identity->sign(envelope::signed_text(*challenge, applicant_.role, applicant_.instance));
    if (!signature) return tl::unexpected(Denial{signature.error(), false, false});
    hello_at_ = clock_.steady_now();
    return encode(envelope::Hello{applicant_.identity->certificate_der(), *signature, applicant_.role,
                                  applicant_.instance, applicant_.enrols, applicant_.software, applicant_.probe});
}

tl::expected<void, Denial> Admission::admitted(std::string_view admitted_body) {
    const Result<envelope::Admitted> admitted = envelope::parse_admitted(admitted_body);
    if (!admitted) return deny(Code::Disconnected, admitted.error().message, true);
    round_trip_ = clock_.steady_now() - hello_at_;
    clock_difference_ = admitted->relay_time + round_trip_ / 2 - clock_.wall_now();
    return {};
}

}  // namespace culvert::tunnel::link
