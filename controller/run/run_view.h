// What the live view, `culvert watch` and plain progress show of a run, once a second: small enough to send, and
// complete enough to draw without anything else. Numbers that are not known are absent, never 0. Rates, percentiles and
// error ratios are of the last kViewWindow seconds unless the name says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controller/results/run_result.h"

namespace culvert::run {

inline constexpr std::uint32_t kViewWindow = 10;  // seconds
inline constexpr std::size_t kSparkPoints = 12;   // of 5 s each: the last 60 s, oldest first
inline constexpr std::size_t kViewEvents = 8;     // the last ones, oldest first

struct LoadView {
    std::optional<double> planned_per_second, offered_per_second,
        delivered_per_second;                // iterations; planned is absent in a purely closed model
    std::uint64_t missed = 0;                // slots, whole run
    std::uint64_t users = 0, in_flight = 0;  // now

    friend bool operator==(const LoadView&, const LoadView&) = default;
};

struct ErrorCount {
    std::string what;         // "HTTP 500", "timeout", "check"
    std::uint64_t count = 0;  // whole run

    friend bool operator==(const ErrorCount&, const ErrorCount&) = default;
};

struct StepView {
    std::string scenario, step;
    std::optional<double> requests_per_second;
    std::optional<double> p50_ms, p95_ms, p99_ms, max_ms;  // latency from the intended start
    std::optional<double> error_ratio;                     // 0…1
    std::vector<std::optional<double>> spark_p95_ms;       // kSparkPoints

    friend bool operator==(const StepView&, const StepView&) = default;
};

struct AgentView {
    std::string name;
    workload::Labels labels;
    results::AgentState state = results::AgentState::Preparing;
    std::string transport, proxy;  // "websocket"; "http://proxy.corp:3128" or ""
    std::optional<double> rtt_ms, clock_offset_ms, clock_error_ms;
    std::optional<double> requests_per_second, p95_ms;
    std::optional<double> cpu_percent;
    std::optional<double> lateness_p99_us;  // whole run, warm-up excluded
    std::optional<double> silent_for_s;     // Interrupted and Lost
    double weight = 1;

    friend bool operator==(const AgentView&, const AgentView&) = default;
};

struct RunView {
    std::string id, name;
    results::RunState state = results::RunState::Preparing;
    std::string state_reason;
    bool paused = false;
    bool warmup = false;
    std::string phase;                   // "hold 200/s", "ramp 0/s to 200/s", "20 users", "finishing"
    double elapsed_s = 0, length_s = 0;  // length: of the plan as amended, without finish_within
    LoadView load;
    std::optional<double> error_ratio;                 // of all requests
    std::vector<ErrorCount> errors;                    // most frequent first, at most 6
    std::vector<StepView> steps;                       // in plan order
    std::vector<AgentView> agents;                     // in roster order
    std::vector<results::ThresholdResult> thresholds;  // so far
    std::vector<results::TrustReason> trust;           // empty: VALID
    std::optional<double> worst_clock_error_ms;
    std::vector<results::Event> events;  // the last kViewEvents
    results::Verdict verdict = results::Verdict::None;
    std::string out_dir;  // where the report will be or is

    bool over() const;  // no further view follows
};

// One line of JSON, without a line end. Names are those of the fields; absent numbers are left out.
std::string to_json(const RunView& view);
inline constexpr std::size_t kLargestView = 4 << 20;  // bytes; longer text is refused
Result<RunView> run_view_from_json(std::string_view json);

}  // namespace culvert::run
