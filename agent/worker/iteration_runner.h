// Leads users through their iterations: rows, steps, think times, pace, what a failure means. Worker thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/recorder/worker_recorder.h"
#include "agent/worker/requester.h"
#include "agent/worker/second_clock.h"
#include "agent/worker/timer_queue.h"
#include "agent/worker/user.h"
#include "agent/worker/user_pool.h"
#include "common/workload/split_mix.h"

namespace culvert::agent::worker {

struct RunnerParts {
    const CompiledPlan& plan;
    const Clock& clock;
    TimerQueue<User>& timers;
    UserPool& users;
    recorder::WorkerRecorder& recorder;
    workload::SplitMix64& random;
    const SecondClock& seconds;
    std::function<void(std::string)> on_abort;
};

class IterationRunner final : public RequestEvents {
  public:
    // A closed-model user whose every request of an iteration failed without an answer waits this long: a target that
    // is down is not hammered.
    static constexpr Duration kPauseAfterNoAnswer = std::chrono::milliseconds(100);

    explicit IterationRunner(const RunnerParts& parts) : parts_(parts) {}
    // Once, before the first iteration.
    void use(Requester& requester) { requester_ = &requester; }

    // Open model: one iteration of a user that is idle. False: it found no data and is gone; nothing was started.
    bool begin_slot(User& user, SteadyTime due);
    // Closed model: iterations until `ends`, or as many as counted. The user's turn is set.
    void begin_turn(User& user, SteadyTime due, SteadyTime ends);
    // An amendment moved the end of the user's turn.
    void end_turn_at(User& user, SteadyTime ends);

    // One user who waits for work goes for good, of whatever scenario. False: nobody waits.
    bool dismiss_idle();

    // No new iterations of any scenario; those under way go on.
    void begin_no_more() { stopped_.assign(stopped_.size(), true); }
    // No new iterations of the scenario; those under way go on.
    void stop_scenario(std::uint32_t scenario);
    // What is under way is cut: interrupted.
    void interrupt_scenario(std::uint32_t scenario);
    // Users in an iteration, or pausing before the next.
    std::uint64_t active(std::uint32_t scenario) const { return active_[scenario]; }

    void on_timer(User& user, const LazyTimer& timer);
    void on_request_done(User& user, const Outcome& outcome) override;

  private:
    bool begin_iteration(User& user, SteadyTime due);
    void proceed(User& user, SteadyTime now);
    // False: the iteration has ended.
    bool take_outcome(User& user, const Outcome& outcome);
    void end_iteration(User& user);
    void continue_turn(User& user, SteadyTime now);
    void retire(User& user);
    void out_of_rows(const DataSource& source);
    const std::vector<CompiledStep>& steps_of(const User& user) const;
    // The user's iteration belongs to the total that the current second is in.
    bool counts(const User& user) const { return user.of_warmup == parts_.seconds.in_warmup(); }
    Duration think_time(const workload::ThinkStep& step);

    const RunnerParts parts_;
    Requester* requester_ = nullptr;
    std::vector<std::uint64_t> active_ = std::vector<std::uint64_t>(parts_.plan.scenarios.size(), 0);
    std::vector<bool> stopped_ = std::vector<bool>(parts_.plan.scenarios.size(), false);
};

}  // namespace culvert::agent::worker
