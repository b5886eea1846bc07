#include "common/crypto/join_message.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/node_key.h"
#include "common/crypto/octets.h"
#include "common/crypto/pem.h"

namespace culvert::crypto {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kGranted = 1;
constexpr std::uint8_t kRefused = 2;
constexpr std::string_view kJoinContext = "culvert join 1";
constexpr std::string_view kReplyContext = "culvert join reply 1";

std::string proof_of(std::string_view context, std::string_view digest, std::string_view covered,
                     const Secret& secret) {
    OctetWriter input;
    input.text8(context);
    input.text8(digest);
    input.raw(covered);
    return hmac_sha256(secret.reveal(), input.written());
}

// Everything before the proof, or nothing when the body is too short or too long.
std::optional<std::string_view> covered_part(std::string_view body) {
    if (body.size() <= kSha256Size || body.size() > kLargestJoinBody) return std::nullopt;
    return body.substr(0, body.size() - kSha256Size);
}

tl::unexpected<Error> malformed(const char* what) {
    return fail(Code::InvalidInput, fmt::format("a malformed {}", what));
}

Result<JoinGranted> read_granted(OctetReader& in) {
    JoinGranted granted;
    granted.certificate_der = in.text16();
    granted.mesh_ca_der = in.text16();
    const std::uint8_t ephemeral = in.u8();
    granted.ephemeral = ephemeral == 1;
    const std::uint8_t labels = in.u8();
    if (labels > kMostLabels || ephemeral > 1) return malformed("reply to a join");
    for (std::uint8_t i = 0; i < labels; ++i) {
        const std::string_view key = in.text8();
        const std::string_view value = in.text8();
        if (!check_name(key, "label") || !check_label_value(value, "label"))
            return malformed("reply to a join: its labels");
        granted.labels.emplace(key, value);
    }
    const bool sizes =
        granted.certificate_der.size() <= kLargestCertificate && granted.mesh_ca_der.size() <= kLargestCertificate;
    if (!in.good() || !in.rest().empty() || !sizes || granted.labels.size() != labels)
        return malformed("reply to a join");
    return granted;
}

Result<JoinRefused> read_refused(OctetReader& in) {
    const std::uint8_t reason = in.u8();
    const std::string_view message = in.text16();
    const bool known = reason >= static_cast<std::uint8_t>(JoinRefusal::UnknownInvite) &&
                       reason <= static_cast<std::uint8_t>(JoinRefusal::Unavailable);
    if (!in.good() || !in.rest().empty() || !known || message.size() > kLongestRefusal)
        return malformed("reply to a join");
    return JoinRefused{static_cast<JoinRefusal>(reason), excerpt(message, kLongestRefusal)};
}

void write_refused(OctetWriter& out, const JoinRefused& refused) {
    out.u8(kRefused);
    out.u8(static_cast<std::uint8_t>(refused.reason));
    out.text16(std::string_view(refused.message).substr(0, kLongestRefusal));
}

}  // namespace

std::string encode_join(const JoinRequest& request, const Secret& secret) {
    OctetWriter out;
    out.u8(kVersion);
    out.text8(request.mesh);
    out.raw({reinterpret_cast<const char*>(request.invite.bytes.data()), request.invite.bytes.size()});
    out.raw({reinterpret_cast<const char*>(request.nonce.data()), request.nonce.size()});
    out.u64(static_cast<std::uint64_t>(std::max<std::int64_t>(unix_seconds(request.sent), 0)));
    out.text8(request.name);
    out.text16(request.signing_request);
    return out.written() + proof_of(kJoinContext, {}, out.written(), secret);
}

Result<JoinRequest> parse_join(std::string_view body) {
    const auto covered = covered_part(body);
    if (!covered) return malformed("join");
    OctetReader in(*covered);
    if (const std::uint8_t version = in.u8(); version != kVersion) {
        return fail(Code::InvalidInput,
                    fmt::format("a join of version {}; this program knows version {}", version, kVersion));
    }
    JoinRequest request;
    request.mesh = in.text8();
    const std::string_view invite = in.raw(request.invite.bytes.size());
    std::copy(invite.begin(), invite.end(), request.invite.bytes.begin());
    const std::string_view nonce = in.raw(request.nonce.size());
    std::transform(nonce.begin(), nonce.end(), request.nonce.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    request.sent = from_unix_seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(in.u64(), 1ULL << 40)));
    request.name = in.text8();
    request.signing_request = in.text16();
    if (!in.good() || !in.rest().empty() || request.signing_request.size() > kLargestSigningRequest)
        return malformed("join");
    if (!check_name(request.mesh, "mesh")) return malformed("join: the mesh's name");
    return request;
}

bool join_is_proven(std::string_view body, const Secret& secret) {
    const auto covered = covered_part(body);
    return covered && parse_join(body) &&
           constant_time_equal(proof_of(kJoinContext, {}, *covered, secret), body.substr(covered->size()));
}

std::string encode_join_reply(const JoinReply& reply, std::string_view join_body, const Secret& secret) {
    OctetWriter out;
    out.u8(kVersion);
    if (const auto* granted = std::get_if<JoinGranted>(&reply)) {
        CULVERT_CHECK(granted->labels.size() <= kMostLabels);
        out.u8(kGranted);
        out.text16(granted->certificate_der);
        out.text16(granted->mesh_ca_der);
        out.u8(granted->ephemeral ? 1 : 0);
        out.u8(static_cast<std::uint8_t>(granted->labels.size()));
        for (const auto& [key, value] : granted->labels) {
            out.text8(key);
            out.text8(value);
        }
    } else {
        write_refused(out, std::get<JoinRefused>(reply));
    }
    return out.written() + proof_of(kReplyContext, sha256(join_body), out.written(), secret);
}

std::string encode_unproven_refusal(const JoinRefused& refusal) {
    OctetWriter out;
    out.u8(kVersion);
    write_refused(out, refusal);
    return out.written() + std::string(kSha256Size, '\0');
}

Result<ReceivedJoinReply> parse_join_reply(std::string_view body, std::string_view join_body, const Secret& secret) {
    const auto covered = covered_part(body);
    if (!covered) return malformed("reply to a join");
    const bool proven =
        constant_time_equal(proof_of(kReplyContext, sha256(join_body), *covered, secret), body.substr(covered->size()));
    OctetReader in(*covered);
    if (const std::uint8_t version = in.u8(); version != kVersion) {
        return fail(Code::InvalidInput,
                    fmt::format("a reply to a join of version {}; this program knows version {}", version, kVersion));
    }
    const std::uint8_t outcome = in.u8();
    if (outcome == kRefused) {
        auto refused = read_refused(in);
        if (!refused) return tl::unexpected<Error>(refused.error());
        return ReceivedJoinReply{std::move(*refused), proven};
    }
    if (outcome != kGranted) return malformed("reply to a join");
    if (!proven) {
        return fail(Code::Unauthorized,
                    "somebody answered the join who does not hold the invite's secret; the answer was thrown away");
    }
    auto granted = read_granted(in);
    if (!granted) return tl::unexpected<Error>(granted.error());
    return ReceivedJoinReply{std::move(*granted), proven};
}

}  // namespace culvert::crypto
