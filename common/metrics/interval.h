// What one agent measured in one second: counters and histogram deltas that merge without loss. Values; the wire form
// is common/protocol.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/metrics/histogram.h"

namespace culvert::metrics {

enum class ErrorKind : std::uint8_t {
    Timeout,
    ConnectTimeout,
    Refused,
    Reset,
    Dns,
    Tls,
    Proxy,
    Protocol,
    Status,
    Check,
    Save,
    Resources,
    Charter
};
inline constexpr std::size_t kErrorKinds = 13;
const char* to_string(ErrorKind kind);  // "timeout", "connect_timeout", "refused", …: the words of reports

// Where the time of a request went; sums in µs over the requests that had the phase, with their number.
struct PhaseSums {
    struct Phase {
        std::uint64_t sum_micros = 0, count = 0;
        friend bool operator==(const Phase&, const Phase&) = default;
    };
    Phase dns, connect, tls, first_byte,
        rest;  // first_byte: from the send to the first byte of the answer; rest: to its last
    void merge(const PhaseSums& other);
    friend bool operator==(const PhaseSums&, const PhaseSums&) = default;
};

struct StepStats {
    std::uint64_t requests = 0;  // finished: ok or failed
    std::uint64_t failures = 0;
    std::uint64_t interrupted = 0;  // cut by the end of the run: in neither of the two
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    std::map<std::uint16_t, std::uint64_t> status;    // by HTTP status
    std::array<std::uint64_t, kErrorKinds> errors{};  // by kind; sums to failures
    Histogram latency;                                // of finished requests, from the intended start
    Histogram send_latency;                           // the same requests, from the send
    PhaseSums phases;

    bool idle() const { return requests == 0 && interrupted == 0; }
    void merge(const StepStats& other);
    void merge_counters(const StepStats& other);  // all but the histograms
    friend bool operator==(const StepStats&, const StepStats&) = default;
};

struct ScenarioStats {
    // Outside the warm-up these five count iterations whose intended start lies outside it too, so that in all totals
    // delivered + interrupted ≤ offered and offered + missed ≤ planned (docs/terminology.md).
    std::uint64_t planned = 0;      // slots due in this second (open model), iterations begun (closed model)
    std::uint64_t offered = 0;      // iterations started
    std::uint64_t delivered = 0;    // iterations ended by themselves
    std::uint64_t interrupted = 0;  // iterations cut by the end of the run
    std::uint64_t missed = 0;       // slots that found no user; planned = offered + missed in the open model
    std::uint64_t carried = 0;    // begun in the warm-up, ended by themselves after it: drawn as delivered, in no total
    std::uint64_t users = 0;      // gauge at the end of the second: users alive
    std::uint64_t in_flight = 0;  // gauge: requests without an answer yet
    std::vector<StepStats> steps;  // by RequestStep::index

    void merge(const ScenarioStats& other);  // counters add; gauges add too (they are of different agents or threads)
    void merge_counters(const ScenarioStats& other);  // all but gauges and histograms
    friend bool operator==(const ScenarioStats&, const ScenarioStats&) = default;
};

struct Interval {
    std::uint64_t number = 0;  // 1, 2, 3, … of this agent in this run without a gap: what the ledger counts
    std::uint32_t second = 0;  // since the start of the run; several intervals may carry one second (folded, late)
    std::uint32_t folded = 0;  // how many seconds more were folded into this interval because the spool was full
    bool warmup = false;       // in no total and no threshold
    std::vector<ScenarioStats> scenarios;  // by Plan::scenarios
    Histogram lateness;                    // actual minus intended start of an iteration
    double cpu_percent = 0;                // of the busiest core this agent's process had in this second, 0…100
    std::uint32_t open_sockets = 0;

    friend bool operator==(const Interval&, const Interval&) = default;
};

// One failed request in full, bounded and masked by the agent.
struct ErrorExample {
    ErrorKind kind = ErrorKind::Status;
    std::uint32_t scenario = 0, step = 0;
    std::uint32_t second = 0;
    std::string what;                               // "HTTP 500", "check status is 200: was 302", "timeout after 30s"
    std::string request_head, response_head, body;  // bounded: 2 KiB, 2 KiB, 4 KiB; secrets are ***
    std::string local_address, remote_address;
    std::uint64_t latency_micros = 0;
    std::string phase;  // where it ended: dns, connect, tls, send, first_byte, body, check
};

}  // namespace culvert::metrics
