// Everything the agents of one run report, brought together once: each interval counts exactly once, in whatever order
// and however often it comes. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/metrics/histogram_sum.h"
#include "controller/results/agent_account.h"
#include "controller/results/planned_line.h"
#include "controller/results/run_result.h"
#include "controller/results/seconds.h"
#include "controller/results/threshold_judge.h"

namespace culvert::results {

struct MergerSeat {
    std::string name;  // unique
    workload::Labels labels;
    double weight = 1;
};

class Merger {
  public:
    static constexpr std::size_t kMostExamples = 200;  // of a run
    static constexpr std::size_t kMostEvents = 2000;   // then the oldest but the first 100 are dropped
    // An interval later than this after the plan's end is refused.
    static constexpr std::uint32_t kSecondsPastTheEnd = 600;
    // Agents × steps up to which the latencies of each agent are kept by step: at most 200 KB each, twice.
    static constexpr std::size_t kMostDetailed = 500;

    Merger(std::string id, std::shared_ptr<const workload::Plan> plan, std::uint64_t seed,
           std::vector<MergerSeat> agents, TimelineLimits limits = {});

    enum class Merged { Counted, Duplicate };
    // InvalidInput: of an unknown agent, of another shape than the plan, or with numbers that cannot be; nothing was
    // counted.
    Result<Merged> merge(std::string_view agent, const metrics::Interval& interval);
    Status finish_agent(std::string_view agent, const FinalAccount& account);
    // It was restarted in the middle of the run; `intervals_sent`: in all, by its own word.
    Status leave_agent(std::string_view agent, std::uint64_t intervals_sent);
    void add_example(std::string_view agent, metrics::ErrorExample example);
    void add_event(Event event);

    // The run was stopped or aborted then: nothing is planned after it.
    void cut_plan_at(Duration since_start);
    // Seconds before `end` are complete as far as anybody waits for them: thresholds judge them.
    void close_until(std::uint32_t end);
    // No more data will be waited for.
    void finish();
    std::optional<std::string> abort_reason() const;

    // What only the controller of the run knows: state, times, and of each agent its state and path. Timeline, ledger,
    // totals, thresholds, trust and verdict are snapshot()'s to fill.
    RunResult& head() { return head_; }
    const RunResult& head() const { return head_; }
    AgentResult* find_agent(std::string_view name);

    // A copy with everything in it; costs by the length of the timeline.
    RunResult snapshot() const;
    // The same without the timeline, and of each agent the counters alone, for the live view.
    RunResult overview() const;
    // Seconds [first, last] of all agents.
    SecondResult window(std::uint32_t first, std::uint32_t last) const;
    // Iterations planned in these seconds, of which window() tells the other lines; nothing in a closed model.
    std::optional<std::uint64_t> planned(std::uint32_t first, std::uint32_t last) const;
    std::optional<std::uint32_t> last_second() const { return seconds_.last_second(); }
    // The newest second that every agent in state Running has reported; nothing while one has reported none.
    std::optional<std::uint32_t> complete_second() const;
    Duration planned_length() const { return planned_.length(); }

  private:
    Status check(const metrics::Interval& interval) const;
    void settle() const;
    RunResult result_with(AgentAccount::Show show, const Timeline* timeline) const;
    void fill_agents(RunResult& result, AgentAccount::Show show) const;
    void fill_ledger(RunResult& result) const;
    void fill_totals(RunResult& result, const Timeline* timeline) const;
    void fill_timeline(RunResult& result, const Timeline& timeline) const;
    // What is planned of the scenario in these seconds: the plan's own word up to where it was cut. An agent that hears
    // of the stop later goes on until then, and so does its plan: `reported` is what agents say of these seconds.
    std::optional<std::uint64_t> planned_of(std::size_t scenario, std::uint32_t first, std::uint32_t end,
                                            std::uint64_t reported) const;
    // The same, outside the warm-up, of all seconds before `end`.
    std::optional<std::uint64_t> planned_in_all(std::size_t scenario, std::uint32_t end) const;

    RunResult head_;
    const PlannedLine planned_;
    // Intervals are put together once a second, when somebody asks: what can be seen does not change by it.
    mutable ThresholdJudge judge_;
    mutable Seconds seconds_;
    std::map<std::string, std::uint32_t, std::less<>> index_;
    std::vector<AgentAccount> accounts_;  // by roster index
    metrics::HistogramSum sum_;           // scratch
    std::optional<Duration> cut_at_;
    std::size_t dropped_events_ = 0;
    bool finished_ = false;
};

}  // namespace culvert::results
