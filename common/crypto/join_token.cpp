#include "common/crypto/join_token.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/base32.h"
#include "common/crypto/digest.h"
#include "common/crypto/octets.h"

namespace culvert::crypto {
namespace {

constexpr std::string_view kFamily = "cvj";
constexpr std::string_view kPrefix = "cvj1_";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumSize = 4;

tl::unexpected<Error> damaged() {
    return fail(Code::InvalidInput,
                "this join token is cut short or altered; copy it again, whole, from \"culvert invite\"");
}

tl::unexpected<Error> too_new(std::string_view version) {
    return fail(Code::InvalidInput, fmt::format("this join token has format {}, this program reads format 1; install "
                                                "the version of Culvert that the controller has",
                                                version));
}

Status check_token(const JoinToken& token) {
    if (Status named = check_name(token.mesh, "mesh"); !named) return named;
    if (token.relays.empty() || token.relays.size() > kMostTokenRelays) {
        return fail(Code::InvalidInput,
                    fmt::format("a join token holds 1 to {} relays, not {}", kMostTokenRelays, token.relays.size()));
    }
    for (const std::string& relay : token.relays) {
        const bool web_socket = relay.starts_with("wss://") || relay.starts_with("ws://");
        const bool printable = std::all_of(relay.begin(), relay.end(), [](char c) { return c > 0x20 && c < 0x7f; });
        if (!web_socket || !printable || relay.size() > kLongestRelayUrl) {
            return fail(Code::InvalidInput,
                        fmt::format("\"{}\" is not the URL of a relay (wss://HOST/mesh)", excerpt(relay, 80)));
        }
    }
    const bool sizes = token.mesh_ca_sha256.size() == kSha256Size && token.secret.reveal().size() == kSha256Size &&
                       (!token.web_pin || token.web_pin->size() == kSha256Size);
    if (!sizes) return fail(Code::InvalidInput, "a join token's fingerprints and secret have 32 octets each");
    return {};
}

// Digits after "cvj" up to '_'; empty if this is no token of ours.
std::string_view version_text(std::string_view token) {
    if (!token.starts_with(kFamily)) return {};
    const std::size_t end = token.find('_');
    if (end == std::string_view::npos || end == kFamily.size() || end > kFamily.size() + 4) return {};
    const std::string_view digits = token.substr(kFamily.size(), end - kFamily.size());
    const bool all = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    return all ? digits : std::string_view{};
}

std::string without_white_space(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                 [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
    return out;
}

}  // namespace

std::string to_string(const InviteId& id) {
    return to_hex(id.bytes);
}

std::optional<InviteId> parse_invite_id(std::string_view hex) {
    InviteId id;
    if (hex.size() != id.bytes.size() * 2) return std::nullopt;
    for (std::size_t i = 0; i < hex.size(); ++i) {
        const char c = hex[i];
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f')) return std::nullopt;
        const int value = digit ? c - '0' : c - 'a' + 10;
        id.bytes[i / 2] = static_cast<std::uint8_t>(id.bytes[i / 2] << 4 | value);
    }
    return id;
}

Result<std::string> format_join_token(const JoinToken& token) {
    if (const Status good = check_token(token); !good) return tl::unexpected<Error>(good.error());
    OctetWriter out;
    out.u8(kVersion);
    out.text8(token.mesh);
    out.u8(static_cast<std::uint8_t>(token.relays.size()));
    for (const std::string& relay : token.relays) out.text16(relay);
    out.raw(token.mesh_ca_sha256);
    out.raw({reinterpret_cast<const char*>(token.invite.bytes.data()), token.invite.bytes.size()});
    out.raw(token.secret.reveal());
    out.u64(static_cast<std::uint64_t>(unix_seconds(token.expires)));
    out.u8(token.web_pin ? 1 : 0);
    if (token.web_pin) out.raw(*token.web_pin);
    const std::string checksum = sha256(out.written()).substr(0, kChecksumSize);
    out.raw(checksum);
    return std::string(kPrefix) + to_base32(out.written());
}

Result<JoinToken> parse_join_token(std::string_view text) {
    if (text.size() > kLongestToken)
        return fail(Code::InvalidInput,
                    fmt::format("not a join token: {} characters; a token has at most {}", text.size(), kLongestToken));
    const std::string token_text = without_white_space(text);
    const std::string_view version = version_text(token_text);
    if (version.empty()) {
        if (token_text.empty()) return fail(Code::InvalidInput, "no join token: the text is empty");
        return fail(Code::InvalidInput, "not a join token: a token is one line that starts with cvj1_");
    }
    if (version != "1") return too_new(version);
    const auto binary = from_base32(std::string_view(token_text).substr(kPrefix.size()));
    if (!binary || binary->size() <= kChecksumSize) return damaged();
    const std::string_view covered = std::string_view(*binary).substr(0, binary->size() - kChecksumSize);
    if (sha256(covered).substr(0, kChecksumSize) != std::string_view(*binary).substr(covered.size())) return damaged();

    OctetReader in(covered);
    if (const std::uint8_t inner = in.u8(); inner != kVersion) return too_new(std::to_string(inner));
    JoinToken token;
    token.mesh = in.text8();
    const std::uint8_t relays = in.u8();
    if (relays > kMostTokenRelays) return damaged();
    for (std::uint8_t i = 0; i < relays; ++i) token.relays.emplace_back(in.text16());
    token.mesh_ca_sha256 = in.raw(kSha256Size);
    const std::string_view invite = in.raw(token.invite.bytes.size());
    std::copy(invite.begin(), invite.end(), token.invite.bytes.begin());
    token.secret = Secret(std::string(in.raw(kSha256Size)));
    token.expires = from_unix_seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(in.u64(), 1ULL << 40)));
    const std::uint8_t pinned = in.u8();
    if (pinned == 1) token.web_pin = std::string(in.raw(kSha256Size));
    if (!in.good() || pinned > 1) return damaged();
    if (const Status good = check_token(token); !good) return fail(good.error(), "this join token");
    return token;
}

}  // namespace culvert::crypto
