#include "agent/enrol/join_attempt.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/join_message.h"
#include "common/crypto/pem.h"

namespace culvert::agent::enrol {
namespace {

Error refusal_error(const crypto::ReceivedJoinReply& received) {
    const auto& refused = std::get<crypto::JoinRefused>(received.reply);
    const Code code = refused.reason == crypto::JoinRefusal::Unavailable ? Code::Overloaded : Code::Unauthorized;
    // Whoever answers without knowing the invite's secret may be anybody on the way.
    return Error{code, received.proven
                           ? refused.message
                           : refused.message + " (this answer is not proven to come from a controller of the mesh)"};
}

}  // namespace

Result<JoinAttempt> JoinAttempt::begin(const crypto::JoinToken& token, const std::string& name, const Clock& clock,
                                       crypto::NodeKey key) {
    if (const Status good = check_name(name, "name"); !good)
        return fail(Code::InvalidInput, good.error().message + "; join with --name NAME");
    crypto::JoinRequest request;
    request.mesh = token.mesh;
    request.invite = token.invite;
    const std::string nonce = crypto::random_bytes(request.nonce.size());
    std::transform(nonce.begin(), nonce.end(), request.nonce.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    request.sent = from_unix_seconds(unix_seconds(clock.wall_now()));
    request.name = name;
    request.signing_request = key.signing_request(name);
    std::string body = crypto::encode_join(request, token.secret);
    return JoinAttempt(token, name, std::move(key), std::move(body));
}

Result<Enrolled> JoinAttempt::finish(std::string_view reply_body, const Clock& clock) const {
    auto received = crypto::parse_join_reply(reply_body, body_, token_.secret);
    if (!received) return tl::unexpected<Error>(received.error());
    if (std::holds_alternative<crypto::JoinRefused>(received->reply))
        return tl::unexpected<Error>(refusal_error(*received));
    auto& granted = std::get<crypto::JoinGranted>(received->reply);

    if (!crypto::constant_time_equal(crypto::sha256(granted.mesh_ca_der), token_.mesh_ca_sha256)) {
        return fail(Code::Unauthorized, fmt::format("the controller that answered signs with another CA than the one "
                                                    "this token pins for mesh {}; nothing was kept",
                                                    token_.mesh));
    }
    const auto ca_pem = crypto::certificate_pem_of(granted.mesh_ca_der);
    if (!ca_pem) return fail(ca_pem.error(), "mesh CA in the reply");
    const auto trust = crypto::MeshTrust::from_pem(*ca_pem, token_.mesh, clock);
    if (!trust) return tl::unexpected<Error>(trust.error());
    const auto member = trust->verify(granted.certificate_der, Role::Agent);
    if (!member) return fail(member.error(), "the certificate that was issued");
    if (member->name != name_) {
        return fail(Code::Unauthorized,
                    fmt::format("the certificate that was issued is for {}, not for {}; nothing was kept", member->name,
                                name_));
    }
    auto identity = crypto::make_identity(key_, granted.certificate_der, *ca_pem);
    if (!identity) return tl::unexpected<Error>(identity.error());
    return Enrolled{
        .identity = std::move(*identity), .labels = std::move(granted.labels), .ephemeral = granted.ephemeral};
}

std::string expiry_warning(const crypto::JoinToken& token, const Clock& clock) {
    const WallTime now = clock.wall_now();
    if (now < token.expires) return {};
    return fmt::format("this join token expired {} ago by this clock ({}); the controller's clock decides",
                       span_text(now - token.expires), utc_text(now));
}

}  // namespace culvert::agent::enrol
