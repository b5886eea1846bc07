// The one line that lets a new host into a mesh. It names the relays, pins the mesh CA and carries an invite's secret,
// so it is itself a secret until it is spent.
//
//   token    := "cvj1_" base32(binary)                                    lower case, RFC 4648 without padding
//   binary   := version:u8(=1) mesh:text8 count:u8 relay:text16{count} mesh_ca:octet[32] invite:octet[8]
//   secret:octet[32]
//               expires:u64be(unix seconds) pinned:u8(0|1) pin:octet[32]{pinned} later:octet* checksum:octet[4]
//   text8    := length:u8 octet[length]        text16 := length:u16be octet[length]
//   checksum := first 4 octets of SHA-256 of all octets before it, in every version
//
// `later` is skipped, so that a field may be added without a new version.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/secret.h"

namespace culvert::crypto {

struct InviteId {
    std::array<std::uint8_t, 8> bytes{};

    friend auto operator<=>(const InviteId&, const InviteId&) = default;
};
std::string to_string(const InviteId& id);  // 16 hex digits
std::optional<InviteId> parse_invite_id(std::string_view hex);

struct JoinToken {
    std::string mesh;
    std::vector<std::string> relays;  // 1..kMostTokenRelays URLs
    std::string mesh_ca_sha256;       // 32 octets: of the mesh CA certificate's DER
    InviteId invite;
    Secret secret;     // 32 octets
    WallTime expires;  // whole seconds
    std::optional<std::string>
        web_pin;  // 32 octets: SHA-256 of the relay's web public key, for a self-signed web certificate

    friend bool operator==(const JoinToken&, const JoinToken&) = default;
};

inline constexpr std::size_t kMostTokenRelays = 8;
inline constexpr std::size_t kLongestRelayUrl = 512;
inline constexpr std::size_t kLongestToken = 8 << 10;  // characters

Result<std::string> format_join_token(const JoinToken& token);
// White space anywhere is dropped: mail programs wrap lines. The message says which: no token at all, cut short or
// altered, of a later version.
Result<JoinToken> parse_join_token(std::string_view text);

}  // namespace culvert::crypto
