// Everything known of one run, merged: what the live view draws, thresholds judge, reports print and the store keeps. A
// value; snapshots are copies.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/metrics/interval.h"
#include "common/workload/plan.h"

namespace culvert::results {

enum class RunState : std::uint8_t { Preparing, Ready, Running, Finishing, Finished, Stopped, Aborted, Failed };
const char* to_string(RunState state);
bool can_go(RunState from, RunState to);
// Nothing follows this state.
bool is_over(RunState state);

enum class Verdict : std::uint8_t { None, Pass, Fail };
const char* to_string(Verdict verdict);  // "NONE", "PASS", "FAIL"
enum class ThresholdState : std::uint8_t { Pass, Fail, NoData };
const char* to_string(ThresholdState state);  // "pass", "fail", "no_data"

struct ThresholdResult {
    std::string check;             // as in the plan; with `by`: plus " [region=eu]"
    std::optional<double> actual;  // in the metric's unit (ms, ratio 0…1, count)
    std::string actual_text;       // "118 ms", "1.33 %", "no data"
    ThresholdState state = ThresholdState::NoData;
    std::optional<std::uint32_t> first_crossed;  // second of the run

    friend bool operator==(const ThresholdResult&, const ThresholdResult&) = default;
};

// Why a run may not be believed. Ids: lateness, missed_slots, generator_cpu, ports_exhausted, files_exhausted,
// clock_error, lost_agent, folded_intervals, ledger.
struct TrustReason {
    std::string id;
    std::string limit, value;  // with units, for people
    std::string spoils;        // "latency", "totals", …
    std::string text;          // one line: "ams-3 lost (VALID again if it returns with its spool)"
    bool touches_threshold = false;

    friend bool operator==(const TrustReason&, const TrustReason&) = default;
};

struct Ledger {
    std::uint64_t sent = 0;      // intervals the agents say they made
    std::uint64_t reported = 0;  // intervals merged
    std::uint64_t lost = 0, duplicated = 0, folded = 0;
    bool balanced = false;  // and every agent's own final totals equal what was merged from it

    friend bool operator==(const Ledger&, const Ledger&) = default;
};

struct Event {
    std::int64_t at_millis = 0;  // since the start of the run; negative: before it
    std::string kind;   // "started", "agent_lost", "agent_back", "link_interrupted", "stopped", "threshold_crossed",
                        // "comment", …
    std::string agent;  // empty: the run
    std::string text;

    friend bool operator==(const Event&, const Event&) = default;
};

enum class AgentState : std::uint8_t { Preparing, Ready, Running, Interrupted, Finished, Lost, Refused };
const char* to_string(AgentState state);

struct AgentResult {
    std::string name;
    workload::Labels labels;
    double weight = 1;
    AgentState state = AgentState::Preparing;
    std::string transport, proxy;  // "websocket"; "http://proxy.corp:3128" or ""
    double rtt_ms = 0;
    double clock_offset_ms = 0, clock_error_ms = 0;
    double start_skew_ms = 0;
    double cpu_percent_max = 0, cpu_percent_last = 0;
    metrics::Histogram lateness;  // warm-up excluded
    std::optional<std::int64_t> lost_at_millis;
    // By Plan::scenarios; warm-up excluded. In large runs (Merger::kMostDetailed) the latencies of a scenario's steps
    // stand together in its first one, without those from the send: a histogram for each step of a thousand agents
    // would take gigabytes.
    std::vector<metrics::ScenarioStats> totals;
    std::uint64_t intervals_sent = 0, intervals_merged = 0, intervals_duplicated = 0, intervals_folded = 0;
    bool finished = false;  // its own final totals arrived
    bool left = false;  // it was restarted: it told how many intervals it sent, and has no totals of its own any more
    bool totals_equal = false;           // and are those that were merged from it, bit for bit
    std::uint64_t measured_seconds = 0;  // intervals outside the warm-up
    std::uint64_t busy_seconds = 0;      // of them, those with the generator's CPU above the limit of trust
    std::string program_version;
    std::string state_reason;  // of Interrupted, Lost and Refused: what happened, for people
};

// One second of the run over all agents, by the agents' own count of seconds since the common start. Gauges of a folded
// row are its highest.
struct SecondResult {
    std::uint32_t second = 0;   // the first one, where several are folded into one row
    std::uint32_t seconds = 1;  // how many: 1, 2, 4, 8, … (RunResult::timeline_step)
    bool warmup = false;
    std::vector<metrics::ScenarioStats> scenarios;
    std::map<std::string, std::uint64_t> agent_requests;  // by agent name
    std::map<std::string, metrics::Histogram> agent_latency;
};

struct RunResult {
    std::string id;
    std::shared_ptr<const workload::Plan> plan;
    RunState state = RunState::Preparing;
    std::string state_reason;  // why it stopped, aborted or failed
    WallTime started_at{}, ended_at{};
    std::uint64_t seed = 0;
    std::vector<AgentResult> agents;
    std::vector<metrics::ScenarioStats> totals;  // by Plan::scenarios; warm-up excluded
    std::vector<SecondResult> timeline;          // ascending seconds
    std::uint32_t timeline_step = 1;             // seconds of one row; long runs are folded to keep memory bounded
    Duration start_delay{};                      // from the barrier to second 0
    bool redistributed = false;                  // the share of a lost agent went to others
    Duration planned_length{};                   // of the plan as amended, without finish_within
    Ledger ledger;
    Verdict verdict = Verdict::None;
    std::vector<ThresholdResult> thresholds;
    std::vector<TrustReason> trust;  // empty: VALID
    std::vector<Event> events;
    struct Example {
        metrics::ErrorExample example;
        std::string agent;
    };
    std::vector<Example> examples;

    bool valid() const { return trust.empty(); }
};

}  // namespace culvert::results
