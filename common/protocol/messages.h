// What controller and agent say to each other inside a session, as plain values; culvert.proto has their wire form,
// codec.h turns one into the other.
//
//   controller: Prepare → (FileChunk…) ────────────→ Start ──→ (Amend | Stop) ──────────────────────→ Release
//   agent:      AgentHello   FileNeeded…  Prepared           Started  IntervalReport…  RunFinished
//
// On another session in the middle of a run the controller says Resume; see there.
//
// A trial is a run whose Prepare says so: of one agent, and with an ExchangeReport for every request.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/units.h"
#include "common/metrics/exchange.h"
#include "common/metrics/interval.h"
#include "common/protocol/totals.h"
#include "common/workload/plan.h"
#include "common/workload/share.h"

namespace culvert::protocol {

// Of the messages; the session's own framing has its own. Both ends must speak the same one.
inline constexpr std::uint32_t kVersion = 1;

inline constexpr std::size_t kLargestChunk = 256 << 10;  // bytes of one FileChunk
inline constexpr std::size_t kLongestRunId = 64;         // characters: letters, digits, '-', '_', '.'
inline constexpr std::size_t kLongestText =
    4 << 10;  // names, reasons, problems; longer ones are cut when sent, refused when received
inline constexpr std::size_t kMostProblems = 200;

// An instant of the agent's monotonic clock, as the clock probes exchange it. Never compared with another machine's
// without the measured offset.
struct AgentInstant {
    std::chrono::microseconds since_epoch{};
    friend auto operator<=>(const AgentInstant&, const AgentInstant&) = default;
};

// An agent's side of a run. Idle: no run. Ready: prepared, waits for Start. Armed: waits for the agreed instant.
enum class AgentRunState : std::uint8_t { Idle, FetchingFiles, Ready, Armed, Running, Finishing, Finished };
const char* to_string(AgentRunState state);

enum class Outcome : std::uint8_t {
    Completed,  // the share was carried to its end
    Stopped,    // the controller said Stop
    CutOff,     // cut off for longer than keep_running_for: the agent stopped by itself
    Aborted,    // the plan said so (RunAborted came before)
    Failed,     // the engine broke
};
const char* to_string(Outcome outcome);

struct CharterSummary {
    std::vector<std::string> targets;
    std::optional<Rate> max_rate;
    std::optional<std::uint64_t> max_users;
    std::vector<std::string> engines;
    friend bool operator==(const CharterSummary&, const CharterSummary&) = default;
};

// First message of an agent on every session, and the answer to Query.
struct AgentHello {
    std::uint32_t protocol_version = kVersion;
    std::string name;
    workload::Labels labels;  // with os and arch
    double weight = 1;
    std::string program_version;
    CharterSummary charter;
    std::uint32_t cores = 0;
    std::string run;  // the run that holds this agent; empty: idle
    AgentRunState run_state = AgentRunState::Idle;
    double cpu_percent = 0;
    std::string proxy{};  // that the agent's link goes through, without credentials; empty: direct
    friend bool operator==(const AgentHello&, const AgentHello&) = default;
};

struct AgentStatus {
    std::string run;
    AgentRunState run_state = AgentRunState::Idle;
    double cpu_percent = 0;           // of the machine, 0…100
    std::uint64_t spooled_bytes = 0;  // results not acknowledged yet
    std::string proxy{};              // as in AgentHello; a link may come back another way
    friend bool operator==(const AgentStatus&, const AgentStatus&) = default;
};

struct Prepared {
    std::string run;
    std::vector<std::string> problems;  // empty: ready to start
    std::string busy_with;              // the run that holds this agent instead; then problems has one line about it
    friend bool operator==(const Prepared&, const Prepared&) = default;
};

using Sha256 = std::array<std::uint8_t, 32>;

struct FileRef {
    Sha256 sha256{};
    std::uint64_t size = 0;
    friend auto operator<=>(const FileRef&, const FileRef&) = default;
};

struct FileNeeded {
    std::string run;
    Sha256 sha256{};
    std::uint64_t offset = 0;
    friend bool operator==(const FileNeeded&, const FileNeeded&) = default;
};

// When the agreed start is there; and again when the first iteration has shown how exactly it was kept.
struct Started {
    std::string run;
    std::chrono::microseconds skew{};  // actual minus agreed start; of the first iteration: minus its own slot
    friend bool operator==(const Started&, const Started&) = default;
};

struct IntervalReport {
    std::string run;
    metrics::Interval interval;
    friend bool operator==(const IntervalReport&, const IntervalReport&) = default;
};

struct ErrorExampleReport {
    std::string run;
    metrics::ErrorExample example;
};

// Of a trial: all of them come before RunFinished.
struct ExchangeReport {
    std::string run;
    metrics::Exchange exchange;
    friend bool operator==(const ExchangeReport&, const ExchangeReport&) = default;
};

struct RunAborted {
    std::string run;
    std::string reason;
    friend bool operator==(const RunAborted&, const RunAborted&) = default;
};

struct RunFinished {
    std::string run;
    Outcome outcome = Outcome::Completed;
    std::string reason;
    std::uint64_t intervals_sent = 0;    // the number of the last one
    std::uint64_t intervals_folded = 0;  // seconds that were folded into another interval
    RunTotals totals;
    friend bool operator==(const RunFinished&, const RunFinished&) = default;
};

// The agent was restarted in the middle of the run; what it had kept of it came before.
struct RunLeft {
    std::string run;
    std::string reason;
    std::uint64_t intervals_sent = 0;  // the number of the last one ever
    friend bool operator==(const RunLeft&, const RunLeft&) = default;
};

using AgentMessage = std::variant<AgentHello, AgentStatus, Prepared, FileNeeded, Started, IntervalReport,
                                  ErrorExampleReport, RunAborted, RunFinished, ExchangeReport, RunLeft>;

struct Query {
    friend bool operator==(const Query&, const Query&) = default;
};

struct DataSetFile {
    std::vector<std::string> columns;
    FileRef rows;      // encode_rows() of the rows this agent gets, in file order
    std::string name;  // of the data set in the plan
    friend bool operator==(const DataSetFile&, const DataSetFile&) = default;
};

struct Prepare {
    std::string run;
    std::string plan_file;
    std::string plan_text;
    std::vector<DataSetFile> data;             // by Plan::data
    std::vector<std::string> variable_values;  // by Plan::variables; may be secret: never logged
    workload::Share share;
    std::uint64_t seed = 0;
    std::chrono::microseconds keep_running_for{};  // upper bound for the agent's own; 0: the agent's own
    // One iteration of one user of each scenario of the share, whatever the plan's load says; each request comes back
    // in full. Start then begins at once.
    bool trial = false;
    friend bool operator==(const Prepare&, const Prepare&) = default;
};

struct FileChunk {
    Sha256 sha256{};
    std::uint64_t offset = 0;
    std::string data;  // at most kLargestChunk
    friend bool operator==(const FileChunk&, const FileChunk&) = default;
};

struct Start {
    std::string run;
    AgentInstant at;
    friend bool operator==(const Start&, const Start&) = default;
};

struct Stop {
    std::string run;
    bool at_once = false;
    std::string reason;
    friend bool operator==(const Stop&, const Stop&) = default;
};

struct Amend {
    std::string run;
    workload::Share share;
    AgentInstant at;
    friend bool operator==(const Amend&, const Amend&) = default;
};

struct Release {
    std::string run;
    friend bool operator==(const Release&, const Release&) = default;
};

// Answered with what earlier sessions did not deliver, and then the rest of the run, or RunLeft.
struct Resume {
    std::string run;
    std::uint64_t intervals = 0;  // up to this number the controller has them
    friend bool operator==(const Resume&, const Resume&) = default;
};

using ControllerMessage = std::variant<Query, Prepare, FileChunk, Start, Stop, Amend, Release, Resume>;

// Datagrams. offset of the agent clock = ((received − sent) + (replied − returned)) / 2, error ≤ half the round trip;
// the controller computes it.
struct ClockProbe {
    std::chrono::microseconds sent{};  // the controller's monotonic clock
    friend bool operator==(const ClockProbe&, const ClockProbe&) = default;
};

struct ClockReply {
    std::chrono::microseconds probe_sent{};
    AgentInstant received, replied;
    friend bool operator==(const ClockReply&, const ClockReply&) = default;
};

// Certificates are renewed by datagrams: one that got lost is asked for again, and none waits behind results.
inline constexpr std::size_t kLargestRenewal = 3 << 10;  // a signing request, or a certificate (DER)

// agent → controller: the agent's certificate has lived two thirds of its life. For the same key and name.
struct RenewalRequest {
    std::string signing_request;  // PKCS #10
    friend bool operator==(const RenewalRequest&, const RenewalRequest&) = default;
};

struct RenewalReply {
    std::string certificate_der;  // empty: refused
    std::string refusal;          // why
    friend bool operator==(const RenewalReply&, const RenewalReply&) = default;
};

using Datagram = std::variant<ClockProbe, ClockReply, RenewalRequest, RenewalReply>;

}  // namespace culvert::protocol
