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
#include "common/protocol/totals.h"
#include "controller/results/number_set.h"
#include "controller/results/planned_line.h"
#include "controller/results/run_result.h"
#include "controller/results/threshold_judge.h"
#include "controller/results/timeline.h"

namespace culvert::results {

struct MergerSeat {
    std::string name;  // unique
    workload::Labels labels;
    double weight = 1;
};

// What an agent says of itself when it is done.
struct FinalAccount {
    std::uint64_t intervals_sent = 0, intervals_folded = 0;
    protocol::RunTotals totals;
};

class Merger {
  public:
    static constexpr std::size_t kMostExamples = 200;  // of a run
    static constexpr std::size_t kMostEvents = 2000;   // then the oldest but the first 100 are dropped
    static constexpr std::uint32_t kSecondsPastTheEnd =
        600;  // an interval later than this after the plan's end is refused

    Merger(std::string id, std::shared_ptr<const workload::Plan> plan, std::uint64_t seed,
           std::vector<MergerSeat> agents, TimelineLimits limits = {});

    enum class Merged { Counted, Duplicate };
    // InvalidInput: of an unknown agent, of another shape than the plan, or with numbers that cannot be; nothing was
    // counted.
    Result<Merged> merge(std::string_view agent, const metrics::Interval& interval);
    Status finish_agent(std::string_view agent, FinalAccount account);
    void add_example(std::string_view agent, metrics::ErrorExample example);
    void add_event(Event event);

    // The run was stopped or aborted then: nothing is planned after it.
    void cut_plan_at(Duration since_start);
    // Seconds before `end` are complete as far as anybody waits for them: thresholds judge them.
    void close_until(std::uint32_t end);
    // No more data will be waited for.
    void finish();
    std::optional<std::string> abort_reason() const { return judge_.abort_reason(); }

    // What only the controller of the run knows: state, times, and of each agent its state and path. Timeline, ledger,
    // totals, thresholds, trust and verdict are snapshot()'s to fill.
    RunResult& head() { return head_; }
    const RunResult& head() const { return head_; }
    AgentResult* find_agent(std::string_view name);

    // A copy with everything in it; costs by the length of the timeline.
    RunResult snapshot() const;
    // The same without the timeline and without the latencies of each agent, for the live view.
    RunResult overview() const;
    // Seconds [first, last] of all agents.
    SecondResult window(std::uint32_t first, std::uint32_t last) const;
    // Iterations planned in these seconds; nothing in a closed model.
    std::optional<std::uint64_t> planned(std::uint32_t first, std::uint32_t last) const;
    std::optional<std::uint32_t> last_second() const;
    // The newest second that every agent in state Running has reported; nothing while one has reported none.
    std::optional<std::uint32_t> complete_second() const;
    Duration planned_length() const { return planned_.length(); }

  private:
    struct Account {
        NumberSet numbers;
        protocol::RunTotals totals;
        std::uint64_t duplicated = 0, folded = 0;
        std::uint64_t measured_seconds = 0, busy_seconds = 0;
        double cpu_max = 0, cpu_last = 0;
        std::uint64_t last_number = 0;
        std::optional<std::uint32_t> last_second;
        std::optional<FinalAccount> claimed;  // dropped once it was found equal
        std::uint64_t claimed_intervals = 0;
        bool finished = false, equal = false;
    };

    Status check(const metrics::Interval& interval) const;
    void compare(Account& account) const;
    enum class Detail { Counters, Everything };
    RunResult result_with(Detail detail) const;
    void fill_agents(RunResult& result, Detail detail) const;
    void fill_ledger(RunResult& result) const;
    void fill_totals(RunResult& result) const;
    void fill_timeline(RunResult& result) const;
    // What is planned of the scenario in these seconds, up to where the plan was cut.
    std::optional<std::uint64_t> planned_of(std::size_t scenario, std::uint32_t first, std::uint32_t end) const;

    RunResult head_;
    const PlannedLine planned_;
    ThresholdJudge judge_;
    Timeline timeline_;
    RecentSeconds recent_;
    std::map<std::string, std::uint32_t, std::less<>> index_;
    std::vector<Account> accounts_;  // by roster index
    protocol::RunTotals total_;      // of all agents
    std::optional<Duration> cut_at_;
    std::size_t dropped_events_ = 0;
    bool finished_ = false;
};

}  // namespace culvert::results
