// What a fault proxy does wrong, as values. Written as KEY=VALUE, in options and at run time alike; docs/netlab.md
// lists every key. A key of one direction takes the prefix "up." (from the client) or "down."; without it, it is both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::test {

// Of the first binary message behind `skip`, and of every Nth from there; 0: of none.
struct MessageFaults {
    std::uint64_t skip = 0;
    std::uint64_t times = UINT64_MAX;  // in each tunnel and direction
    std::uint64_t edit_every = 0;
    std::uint64_t replay_every = 0;
    std::uint64_t reorder_every = 0;
    std::uint64_t drop_every = 0;
};

// What a relay that lies does to Data envelopes that carry something of a channel, or puts behind them.
enum class Lie : std::uint8_t {
    Edit,     // of the body
    Replay,   // once more
    Reorder,  // behind the next one of the same two nodes
    Drop,
    Truncate,  // half of the body
    Sender,    // says that a stranger sent it
    Divert,    // also into the channel of another agent, as if that had sent it
    // Of its own, to the addressee:
    Unreachable,  // "the sender is not connected"
    Presence,     // "the sender has gone"
    Revocations,  // a list that the mesh CA did not sign
    Wake,         // "the sender wants another channel"
    CloseChannel,
    Closing,  // "this relay has no room for you now"
    Count
};
inline constexpr std::size_t kLies = static_cast<std::size_t>(Lie::Count);

// Of the first such envelope behind `skip`, and of every Nth from there; 0: of none.
struct EnvelopeFaults {
    std::uint64_t skip = 0;
    std::uint64_t times = UINT64_MAX;  // of each lie, in each tunnel and direction
    std::array<std::uint64_t, kLies> every{};
};

struct LaneFaults {
    bool stall = false;                              // swallows every byte and keeps the connection
    std::optional<std::uint64_t> stall_after_bytes;  // from then on
    std::optional<std::uint64_t> cut_after_bytes;
    Duration delay{0};
    std::uint64_t bandwidth = 0;    // bytes a second; 0: not limited
    std::uint64_t hold_bytes = 0;   // sends nothing until so many bytes have come …
    Duration hold_for{0};           // … or the first has waited so long
    std::uint64_t piece_bytes = 0;  // most bytes of one write
    std::uint64_t frame_bytes = 0;  // splits WebSocket messages into fragments of so many bytes (inspection)
    MessageFaults messages;         // (inspection)
    EnvelopeFaults envelopes;       // (inspection)
};

enum class Framing : std::uint8_t { Length, Chunked, Close };
enum class Split : std::uint8_t { Whole, Halves, Bytes };

// How CONNECT is answered.
struct AnswerFaults {
    bool never = false;
    int status = 0;                                 // 0: as it should be
    int times = -1;                                 // how many CONNECTs get `status`; -1: all
    bool page = false;                              // with a body
    std::string offer = "Basic realm=\"gateway\"";  // of a 407
    Framing framing = Framing::Length;
    bool http_1_0 = false;  // HTTP/1.0 and "Connection: close"; the connection is closed after a refusal
    Split split = Split::Whole;
    Duration pause{0};  // between the parts
    Duration delay{0};  // before the first
};

struct Faults {
    LaneFaults up, down;
    AnswerFaults answer;
    std::optional<Duration> cut_after;    // of a tunnel's life: a maximum age
    std::optional<Duration> idle_cut;     // without a byte in either direction
    std::optional<Duration> stall_after;  // of a tunnel's life: a half-open connection
    bool cut_with_reset = false;
    // Inspection only:
    std::vector<std::string> strip_headers;  // lower case
    int answer_upgrade = 0;                  // answers a request for an upgrade itself, with a page
    int answer_requests = 0;                 // answers every request so
    bool prefer_h2 = false;
};

// As keys and events name it: "edit".
std::string_view name_of(Lie lie);

// "down.delay=50ms". InvalidInput names the key, and what is near it.
Status set_fault(Faults& faults, std::string_view key_and_value);

}  // namespace culvert::test
