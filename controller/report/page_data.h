// The data of report.html: the timeline reduced to what a screen can show, so that the page stays below 3 MB for 12
// hours, 50 steps and 100 agents. Counters of a point are means, with the lowest and the highest second beside them;
// percentiles come from the merged histogram of the point; max is the true maximum. Seconds are added one by one, so
// nothing but the reduced form is ever held.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/metrics/interval.h"
#include "controller/results/run_result.h"

namespace culvert::report {

// Latency × time for one step, packed: for each column varint(number of bins), then varint(gap to the previous bin)
// varint(count) for each; behind it varint(failures). A bin is 1/20 of a decade, counted from 1 µs.
class HeatColumns {
  public:
    static constexpr int kBinsPerDecade = 20;
    void add(const metrics::StepStats& step);
    void end_column();  // also for columns without data: all steps have the same number
    std::string take_packed();

  private:
    std::vector<std::uint64_t> bins_;
    std::uint64_t failures_ = 0;
    bool any_ = false;
    std::string packed_;
};

class PageTimeline {
  public:
    static constexpr std::uint32_t kMostPoints = 1500;       // of a line over the whole width
    static constexpr std::uint32_t kMostAgentPoints = 300;   // of a small multiple
    static constexpr std::uint32_t kMostHeatCells = 15'000;  // columns × steps
    static constexpr std::uint32_t kMostHeatColumns = 500;

    // `seconds`: length of the timeline; `result` gives steps, agents and timeline_step, and outlives this.
    PageTimeline(const results::RunResult& result, std::uint32_t seconds);

    // Ascending rows of timeline_step seconds each; gaps are allowed and stay gaps.
    void add(const results::SecondResult& row);
    nlohmann::ordered_json finish();

  private:
    struct Range {
        double sum = 0, low = 0, high = 0;  // sum: of counts; low and high: of rates, or of percentiles
        void add(double count, double seconds, bool first);
    };
    struct Point {
        std::uint32_t seconds = 0;
        Range planned, offered, delivered, requests, p95;
        std::uint64_t missed = 0, users = 0, in_flight = 0;
        std::array<std::uint64_t, metrics::kErrorKinds> errors{};
        metrics::Histogram latency, send_latency;
    };
    struct AgentPoint {
        std::uint64_t requests = 0;
        metrics::Histogram latency;
    };
    // Rows of finished points, each a column of the page's table.
    struct Columns {
        std::vector<double> planned, planned_low, planned_high, offered, offered_low, offered_high, delivered,
            delivered_low, delivered_high, requests, missed, users, in_flight;
        std::vector<double> p50, p95, p99, max, p95_low, p95_high, send_p50, send_p95, send_p99;
        std::array<std::vector<double>, metrics::kErrorKinds> errors;
    };

    void end_point();
    void end_agent_point();
    void go_to(std::uint32_t second);

    const results::RunResult& result_;
    const std::uint32_t seconds_, point_seconds_, agent_seconds_, heat_seconds_;
    std::uint32_t next_ = 0;  // first second that is not reduced yet
    std::uint32_t warmup_end_ = 0;
    Point point_;
    Columns columns_;
    std::vector<AgentPoint> agent_points_;  // by RunResult::agents
    std::vector<std::vector<double>> agent_rate_, agent_p95_;
    std::vector<std::vector<HeatColumns>> heat_;  // by scenario and step
};

// Everything the page shows: {"report": head of report.json, "page": {timeline, heat, spectra, phases, plan}}.
nlohmann::ordered_json page_json(const results::RunResult& result);

}  // namespace culvert::report
