// Merging is commutative and idempotent per (agent, number): whatever the network does to the order, the result is the
// same.
#include <algorithm>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "controller/results/merger.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;

namespace {

struct Report {
    std::string agent;
    metrics::Interval interval;
};

std::vector<Report> random_reports(std::uint32_t seconds) {
    std::vector<Report> reports;
    for (const char* agent : {"a", "b", "c"}) {
        for (std::uint32_t second = 0; second < seconds; ++second) {
            const auto spec = [] {
                const auto requests = *rc::gen::inRange<std::uint64_t>(0, 30);
                return StepSpec{requests, requests == 0 ? 0 : *rc::gen::inRange<std::uint64_t>(0, requests),
                                *rc::gen::inRange<std::uint64_t>(1, 4000)};
            };
            metrics::Interval one = interval(second + 1, second, spec(), spec(), spec());
            one.warmup = second < 2;
            one.cpu_percent = static_cast<double>(*rc::gen::inRange(0, 100));
            one.folded = *rc::gen::inRange<std::uint32_t>(0, 2);
            reports.push_back({agent, std::move(one)});
        }
    }
    return reports;
}

RunResult merged(const std::vector<Report>& reports, bool live, TimelineLimits limits) {
    Merger merger(
        "r",
        sample_plan(
            "warmup: 2s\nthresholds: [ p95(browse) < 2s over 3s by region, error_rate < 40%, max < 3s by agent ]\n"),
        1, {{"a", {{"region", "eu"}}, 1}, {"b", {{"region", "eu"}}, 2}, {"c", {{"region", "us"}}, 4}}, limits);
    for (const Report& report : reports) {
        RC_ASSERT(merger.merge(report.agent, report.interval).has_value());
        if (live) merger.close_until(merger.last_second().value_or(0));
    }
    merger.head().state = RunState::Finished;
    merger.finish();
    RunResult result = merger.snapshot();
    for (AgentResult& agent : result.agents) agent.intervals_duplicated = 0;
    result.ledger.duplicated = 0;
    return result;
}

void assert_same(const RunResult& a, const RunResult& b) {
    RC_ASSERT(a.totals == b.totals);
    RC_ASSERT(a.ledger == b.ledger);
    RC_ASSERT(a.thresholds == b.thresholds);
    RC_ASSERT(a.trust == b.trust);
    RC_ASSERT(a.verdict == b.verdict);
    RC_ASSERT(a.timeline_step == b.timeline_step);
    RC_ASSERT(a.timeline.size() == b.timeline.size());
    for (std::size_t i = 0; i < a.timeline.size(); ++i) {
        RC_ASSERT(a.timeline[i].second == b.timeline[i].second);
        RC_ASSERT(a.timeline[i].warmup == b.timeline[i].warmup);
        RC_ASSERT(a.timeline[i].scenarios == b.timeline[i].scenarios);
        RC_ASSERT(a.timeline[i].agent_requests == b.timeline[i].agent_requests);
        RC_ASSERT(a.timeline[i].agent_latency == b.timeline[i].agent_latency);
    }
    for (std::size_t i = 0; i < a.agents.size(); ++i) {
        RC_ASSERT(a.agents[i].totals == b.agents[i].totals);
        RC_ASSERT(a.agents[i].lateness == b.agents[i].lateness);
        RC_ASSERT(a.agents[i].cpu_percent_last == b.agents[i].cpu_percent_last);
        RC_ASSERT(a.agents[i].busy_seconds == b.agents[i].busy_seconds);
    }
}

// In another order, and some of them several times.
std::vector<Report> disturbed(std::vector<Report> reports) {
    const auto again =
        *rc::gen::container<std::vector<std::size_t>>(5, rc::gen::inRange<std::size_t>(0, reports.size()));
    for (const std::size_t index : again) reports.push_back(reports[index]);
    for (std::size_t i = reports.size(); i > 1; --i)
        std::swap(reports[i - 1], reports[*rc::gen::inRange<std::size_t>(0, i)]);
    return reports;
}

}  // namespace

TEST_CASE("any order and any repetition of the intervals gives the same result", "[results]") {
    CHECK(rc::check([] {
        const auto reports = random_reports(8);
        assert_same(merged(reports, false, {}), merged(disturbed(reports), true, {}));
    }));
}

TEST_CASE("the same holds when the timeline had to be folded", "[results]") {
    const TimelineLimits tight{.rows = 4, .bytes = std::size_t{1} << 20};
    CHECK(rc::check([tight] {
        const auto reports = random_reports(10);
        assert_same(merged(reports, false, tight), merged(disturbed(reports), true, tight));
    }));
}

TEST_CASE("totals are the sum of the intervals outside the warm-up", "[results]") {
    CHECK(rc::check([] {
        const auto reports = random_reports(6);
        const RunResult result = merged(reports, false, {});
        protocol::RunTotals sum;
        for (const Report& report : reports) sum.add(report.interval);
        for (std::size_t i = 0; i < sum.scenarios.size(); ++i) {
            RC_ASSERT(result.totals[i].steps == sum.scenarios[i].steps);
            RC_ASSERT(result.totals[i].offered == sum.scenarios[i].offered);
        }
        std::uint64_t of_agents = 0, of_timeline = 0, all = 0;
        for (const AgentResult& agent : result.agents) of_agents += agent.totals[0].steps[0].requests;
        for (const SecondResult& second : result.timeline) of_timeline += second.scenarios[0].steps[0].requests;
        for (const Report& report : reports) all += report.interval.scenarios[0].steps[0].requests;
        RC_ASSERT(of_agents == result.totals[0].steps[0].requests);
        RC_ASSERT(of_timeline == all);
    }));
}
