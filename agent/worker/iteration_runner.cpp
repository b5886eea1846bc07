#include "agent/worker/iteration_runner.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::agent::worker {

using State = User::State;

const std::vector<CompiledStep>& IterationRunner::steps_of(const User& user) const {
    const CompiledScenario& scenario = parts_.plan.scenarios[user.scenario];
    return user.in_once ? scenario.once : scenario.steps;
}

bool IterationRunner::begin_slot(User& user, SteadyTime due) {
    ++active_[user.scenario];
    parts_.recorder.record_start(due, parts_.clock.steady_now());
    return begin_iteration(user, due);
}

void IterationRunner::begin_turn(User& user, SteadyTime due, SteadyTime ends) {
    user.closed_model = true;
    user.turn_ends = ends;
    user.counted = user.turn.iterations != 0;
    user.iterations_left = user.turn.iterations;
    ++active_[user.scenario];
    parts_.recorder.record_start(due, parts_.clock.steady_now());
    begin_iteration(user, due);
}

void IterationRunner::end_turn_at(User& user, SteadyTime ends) {
    user.turn_ends = ends;
}

// Offered when it begins; planned too, in the closed model, which has no schedule of its own.
bool IterationRunner::begin_iteration(User& user, SteadyTime due) {
    if (const DataSource* const source = user.take_rows()) {
        out_of_rows(*source);
        retire(user);
        return false;
    }
    recorder::ScenarioCounters& counters = parts_.recorder.scenario(user.scenario);
    user.of_warmup = parts_.seconds.of_warmup(due);
    if (counts(user)) {
        ++counters.offered;
        if (user.closed_model) ++counters.planned;
    }
    if (user.counted) --user.iterations_left;
    user.in_once = !user.once_done;
    user.step = 0;
    user.requests = user.answers = 0;
    user.iteration_due = user.step_due = due;
    proceed(user, parts_.clock.steady_now());
    return true;
}

void IterationRunner::out_of_rows(const DataSource& source) {
    if (source.aborts_at_end()) parts_.on_abort("data set " + source.name() + " has no row left");
}

void IterationRunner::proceed(User& user, SteadyTime now) {
    while (true) {
        const auto& steps = steps_of(user);
        if (user.step >= steps.size()) {
            if (!user.in_once) return end_iteration(user);
            user.in_once = false;
            user.once_done = true;
            user.step = 0;
            continue;
        }
        const CompiledStep& step = steps[user.step];
        if (const auto* const think = std::get_if<workload::ThinkStep>(&step)) {
            user.state = State::Thinking;
            user.step_due = now + think_time(*think);
            parts_.timers.arm(user.wake, user, user.step_due);
            return;
        }
        user.state = State::Requesting;
        const auto outcome = requester_->start(user, std::get<CompiledRequest>(step), user.step_due, now);
        if (!outcome || !take_outcome(user, *outcome)) return;
        now = user.step_due;
    }
}

void IterationRunner::on_request_done(User& user, const Outcome& outcome) {
    if (take_outcome(user, outcome)) proceed(user, user.step_due);
}

bool IterationRunner::take_outcome(User& user, const Outcome& outcome) {
    const CompiledRequest& request = std::get<CompiledRequest>(steps_of(user)[user.step]);
    ++user.requests;
    user.answers += outcome.answered ? 1 : 0;
    ++user.step;
    user.step_due = outcome.done;
    if (outcome.ok || request.on_fail == workload::OnFail::Continue) return true;
    if (request.on_fail == workload::OnFail::StopUser) user.stops = true;
    if (request.on_fail == workload::OnFail::AbortRun) parts_.on_abort("a request failed whose on_fail is abort_run");
    end_iteration(user);
    return false;
}

void IterationRunner::on_timer(User& user, const LazyTimer& timer) {
    if (&timer == &user.watchdog) return requester_->on_deadline(user);
    const SteadyTime now = parts_.clock.steady_now();
    if (user.state == State::Thinking) {
        ++user.step;
        return proceed(user, now);
    }
    CULVERT_CHECK(user.state == State::Pausing);
    if (now >= user.turn_ends) return retire(user);
    parts_.recorder.record_start(user.iteration_due, now);
    begin_iteration(user, user.iteration_due);
}

void IterationRunner::end_iteration(User& user) {
    recorder::ScenarioCounters& counters = parts_.recorder.scenario(user.scenario);
    ++(counts(user) ? counters.delivered : counters.carried);
    ++user.iteration;
    if (user.stops || stopped_[user.scenario]) return retire(user);
    if (user.closed_model) return continue_turn(user, user.step_due);
    user.state = State::Idle;
    --active_[user.scenario];
    parts_.users.put_idle(user);
}

void IterationRunner::continue_turn(User& user, SteadyTime now) {
    if (user.counted ? user.iterations_left == 0 : now >= user.turn_ends) return retire(user);
    SteadyTime due = now;
    if (const auto& pace = parts_.plan.scenarios[user.scenario].pace) due = std::max(now, user.iteration_due + *pace);
    if (user.requests > 0 && user.answers == 0) due = std::max(due, now + kPauseAfterNoAnswer);
    if (due >= user.turn_ends) return retire(user);
    if (due <= now) {
        begin_iteration(user, now);
        return;
    }
    user.state = State::Pausing;
    user.iteration_due = due;
    parts_.timers.arm(user.wake, user, due);
}

// A counted turn that ends before its count leaves iterations that nobody will do: planned, and missed.
void IterationRunner::retire(User& user) {
    if (user.counted) {
        recorder::ScenarioCounters& counters = parts_.recorder.scenario(user.scenario);
        counters.planned += user.iterations_left;
        counters.missed += user.iterations_left;
        user.iterations_left = 0;
    }
    requester_->close_connections(user);
    --active_[user.scenario];
    parts_.users.retire(user);
}

bool IterationRunner::dismiss_idle() {
    User* const user = parts_.users.take_any_idle();
    if (user == nullptr) return false;
    requester_->close_connections(*user);
    parts_.users.retire(*user);
    return true;
}

void IterationRunner::stop_scenario(std::uint32_t scenario) {
    stopped_[scenario] = true;
    parts_.users.each_active([this, scenario](User& user) {
        if (user.scenario == scenario && user.state == State::Pausing) retire(user);
    });
}

void IterationRunner::interrupt_scenario(std::uint32_t scenario) {
    stopped_[scenario] = true;
    parts_.users.each_active([this, scenario](User& user) {
        if (user.scenario != scenario) return;
        if (user.state != State::Pausing) {
            requester_->interrupt(user);
            if (counts(user)) ++parts_.recorder.scenario(scenario).interrupted;
        }
        retire(user);
    });
}

Duration IterationRunner::think_time(const workload::ThinkStep& step) {
    if (step.most <= step.least) return step.least;
    return step.least + Duration(static_cast<std::int64_t>(
                            parts_.random.below(static_cast<std::uint64_t>((step.most - step.least).count()) + 1)));
}

}  // namespace culvert::agent::worker
