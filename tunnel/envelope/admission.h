// The bodies of admission: the relay challenges, the node answers with its mesh certificate and a signature, the relay
// admits it or says why not. No secret crosses the wire, so a proxy that inspects TLS learns nothing it could use.
//
//   challenge := nonce:octet[32] relay_time_us:i64be protocol:u16be mesh:text relay_url:text
//   hello     := role:u8 flags:u8(bit 0: enrols) instance:u64be certificate:text signature:text software:text
//   admitted  := node:octet[16] relay_time_us:i64be heartbeat_ms:u32be name:text
//   refusal   := reason:u8 retryable:u8 text:text                    body of Refused and of Closing
//   join_state:= stage:u8 text:text
//   text      := length:u16be octet[length]
//
// Bytes after the last known field are skipped: later versions may append fields.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::tunnel::envelope {

inline constexpr std::uint16_t kProtocolVersion = 1;
inline constexpr std::string_view kSubprotocol = "culvert.1";  // of the WebSocket; carries the protocol version

inline constexpr std::size_t kNonceSize = 32;
inline constexpr std::size_t kLongestMesh = 64;
inline constexpr std::size_t kLongestName = 64;
inline constexpr std::size_t kLongestUrl = 512;
inline constexpr std::size_t kLongestSoftware = 64;
inline constexpr std::size_t kLargestCertificate = 8 << 10;
inline constexpr std::size_t kLargestSignature = 512;
inline constexpr std::size_t kLongestReasonText = 1024;

// Relay → node, first on every link.
struct Challenge {
    std::array<std::uint8_t, kNonceSize> nonce{};
    WallTime relay_time{};  // microseconds on the wire: a node compares its clock before it blames a certificate
    std::uint16_t protocol = kProtocolVersion;
    std::string mesh;
    std::string
        relay_url;  // the relay's public address as its relay.yaml has it; the node compares it with what it dialled

    friend bool operator==(const Challenge&, const Challenge&) = default;
};

// Node → relay.
struct Hello {
    std::string certificate_der;
    std::string signature;  // over signed_text()
    Role role = Role::Agent;
    std::uint64_t instance = 0;  // agents: 0
    bool enrols = false;         // controllers that hold the mesh CA's key
    std::string software;        // "culvert-agent 0.1.0"
    bool probe = false;          // only asks what admission would say: may send Echo, and is no node of the mesh

    friend bool operator==(const Hello&, const Hello&) = default;
};

struct Admitted {
    NodeId id;
    std::string name;  // as the certificate says it
    WallTime relay_time{};
    Duration heartbeat{};  // the node should be heard at least this often; milliseconds on the wire

    friend bool operator==(const Admitted&, const Admitted&) = default;
};

enum class Reason : std::uint8_t {
    ClockWrong = 1,  // the certificate is not valid yet by the relay's clock
    ForeignCa = 2,
    WrongMesh = 3,
    Revoked = 4,
    Expired = 5,
    WrongRole = 6,
    BadSignature = 7,
    Busy = 8,           // no room for another link
    NewerLink = 9,      // the same node and instance has connected again
    Drained = 10,       // the relay stops
    SlowConsumer = 11,  // its queue was full
    Protocol = 12,      // it sent what it must not
    Version = 13,       // another protocol version
    PendingFull = 14,   // no room for another join
    Timeout = 15,       // admission or join took too long
};

// "clock", "foreign_ca", …: stable words for logs, metrics and tests.
const char* to_string(Reason reason);

struct Refusal {
    Reason reason = Reason::Protocol;
    std::string text;        // one line for an operator; how to mend it
    bool retryable = false;  // worth dialling again without a change

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

enum class JoinStage : std::uint8_t {
    NoController = 1,  // kept; handed on as soon as a controller with the mesh CA connects
    Forwarded = 2,     // a controller has it
};

struct JoinState {
    JoinStage stage = JoinStage::NoController;
    std::string text;

    friend bool operator==(const JoinState&, const JoinState&) = default;
};

// What a node signs and a relay verifies. Both use the relay's own values, so a signature is of no use at another relay
// or in another mesh:
//   "culvert admission 1" nonce mesh:text relay_url:text protocol:u16be role:u8 instance:u64be
std::string signed_text(const Challenge& challenge, Role role, std::uint64_t instance);

// encode: texts that somebody else wrote are cut to their limit (Refusal, JoinState); the rest is ours and
// CULVERT_CHECKed. parse: InvalidInput when a limit is exceeded, a value is unknown or the body ends early.
std::string encode(const Challenge& challenge);
std::string encode(const Hello& hello);
std::string encode(const Admitted& admitted);
std::string encode(const Refusal& refusal);
std::string encode(const JoinState& state);
Result<Challenge> parse_challenge(std::string_view body);
Result<Hello> parse_hello(std::string_view body);
Result<Admitted> parse_admitted(std::string_view body);
Result<Refusal> parse_refusal(std::string_view body);
Result<JoinState> parse_join_state(std::string_view body);

}  // namespace culvert::tunnel::envelope
