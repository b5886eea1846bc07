// What a new agent and the controller that enrols say to each other, through the relay, before the agent has a
// certificate. Authentic by an HMAC under the invite's secret, which itself never travels: a relay, or a proxy that
// inspects TLS, can delay or drop these bodies but not use them.
//
//   join      := version:u8(=1) mesh:text8 invite:octet[8] nonce:octet[16] sent:u64be name:text8 request:text16
//   proof:octet[32] granted   := version:u8(=1) 1:u8 certificate:text16 mesh_ca:text16 ephemeral:u8(0|1) count:u8
//   (key:text8 value:text8){count} proof:octet[32] refused   := version:u8(=1) 2:u8 reason:u8 message:text16
//   proof:octet[32]        proof all zero: the controller does not know the invite sent      := the agent's wall clock,
//   unix seconds;   request := PKCS #10 DER;   certificate, mesh_ca := X.509 DER proof     := HMAC-SHA256(secret,
//   context text8, digest, all octets before the proof)
//                join: context "culvert join 1", digest empty; reply: context "culvert join reply 1", digest = SHA-256
//                of the whole join
//
// Every body fits in one envelope (16 KiB). Octets after the proof are an error.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/crypto/join_token.h"

namespace culvert::crypto {

inline constexpr std::size_t kLargestJoinBody = 16 << 10;
inline constexpr std::size_t kLongestRefusal = 1024;

struct JoinRequest {
    std::string mesh;
    InviteId invite;
    std::array<std::uint8_t, 16> nonce{};  // random, so that no two joins are alike
    WallTime sent;                         // whole seconds
    std::string name;
    std::string signing_request;  // DER

    friend bool operator==(const JoinRequest&, const JoinRequest&) = default;
};

struct JoinGranted {
    std::string certificate_der;
    std::string mesh_ca_der;
    bool ephemeral = false;
    std::map<std::string, std::string> labels;

    friend bool operator==(const JoinGranted&, const JoinGranted&) = default;
};

enum class JoinRefusal : std::uint8_t {
    UnknownInvite = 1,  // perhaps of another controller
    OtherMesh = 2,
    Expired = 3,
    Withdrawn = 4,
    Spent = 5,
    Altered = 6,  // proof or signing request does not verify
    NameTaken = 7,
    BadName = 8,
    Unavailable = 9,  // the controller cannot sign just now: try again
};

struct JoinRefused {
    JoinRefusal reason = JoinRefusal::Unavailable;
    std::string message;  // one line, at most kLongestRefusal

    friend bool operator==(const JoinRefused&, const JoinRefused&) = default;
};

using JoinReply = std::variant<JoinGranted, JoinRefused>;

// The body of a Join envelope.
std::string encode_join(const JoinRequest& request, const Secret& secret);
// Strict; the proof is not checked: the secret is found by the invite first.
Result<JoinRequest> parse_join(std::string_view body);
// False also for a body that parse_join refuses.
bool join_is_proven(std::string_view body, const Secret& secret);

// The body of a JoinReply envelope, bound to the join it answers. Without a secret (invite unknown) only a refusal can
// be said.
std::string encode_join_reply(const JoinReply& reply, std::string_view join_body, const Secret& secret);
std::string encode_unproven_refusal(const JoinRefused& refusal);

struct ReceivedJoinReply {
    JoinReply reply;
    bool proven = false;  // made by who holds the secret, for this very join
};
// A grant that is not proven is an error (Unauthorized); a refusal may be unproven.
Result<ReceivedJoinReply> parse_join_reply(std::string_view body, std::string_view join_body, const Secret& secret);

}  // namespace culvert::crypto
