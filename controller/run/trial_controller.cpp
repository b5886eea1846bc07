#include "controller/run/trial_controller.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "common/base/log.h"

namespace culvert::run {

using protocol::Outcome;

TrialController::TrialController(RunSetup setup, std::vector<bool> carried, AgentPort& agent, const Clock& clock,
                                 TrialObserver& observer)
    : setup_(std::move(setup)),
      carried_(std::move(carried)),
      agent_(agent),
      clock_(clock),
      observer_(observer),
      files_to_send_(agent),
      progressed_(clock.steady_now()) {}

void TrialController::begin() {
    for (auto& rows : setup_.rows) rows.resize(std::min(rows.size(), kMostRows));
    auto files = DataFiles::of(*setup_.plan, setup_.rows, roster::members_of({agent_.entry()}));
    if (!files) {
        fail(ExitCode::Usage, files.error().message);
        return;
    }
    files_ = std::move(*files);
    protocol::Prepare prepare = prepare_message(setup_);
    prepare.data = files_->of_agent(0);
    for (const bool carried : carried_)
        prepare.share.scenarios.push_back(carried ? workload::Seat{0, {1.0}} : workload::Seat{});
    prepare.trial = true;
    agent_.send(prepare);
}

void TrialController::tick() {
    if (over()) return;
    files_to_send_.go_on();
    const SteadyTime now = clock_.steady_now();
    const std::string& name = agent_.entry().name;
    if (interrupted_since_ && now - *interrupted_since_ > setup_.policy.agent_lost_after) {
        fail(ExitCode::AgentsMissing,
             fmt::format("{} was lost: not heard of for {}", name, to_string(setup_.policy.agent_lost_after)));
        return;
    }
    const bool waits = state_ == State::Preparing && files_to_send_.idle();
    if (waits && now - progressed_ > setup_.prepare_timeout)
        fail(ExitCode::AgentsMissing, fmt::format("{}: not ready within {}", name, to_string(setup_.prepare_timeout)));
}

void TrialController::on_message(protocol::AgentMessage message) {
    const bool about_us = std::visit([this](const auto& said) { return said.run == setup_.id; }, message);
    if (over() || (!about_us && !std::holds_alternative<protocol::AgentHello>(message))) return;
    if (about_us) progressed_ = clock_.steady_now();
    std::visit([this](auto& said) { take(said); }, message);
}

void TrialController::on_connected() {
    interrupted_since_.reset();
    progressed_ = clock_.steady_now();
    files_to_send_.go_on();
}

void TrialController::on_interrupted() {
    if (!interrupted_since_) interrupted_since_ = clock_.steady_now();
}

void TrialController::on_gone(const Error& why) {
    gone_ = true;
    if (!over()) fail(ExitCode::AgentsMissing, agent_.entry().name + " is gone: " + why.message);
}

void TrialController::on_relay_refused(const std::string& why) {
    if (!over()) fail(ExitCode::RelayNotReached, "the relay is not reached: " + why);
}

void TrialController::interrupt() {
    if (over()) return;
    code_ = ExitCode::Interrupted;
    agent_.send(protocol::Stop{setup_.id, true, "interrupted"});
    if (std::exchange(stopping_, true) || state_ == State::Preparing) finish(ExitCode::Interrupted);
}

void TrialController::take(const protocol::AgentHello& hello) {
    if (state_ == State::Running && hello.run.empty())
        fail(ExitCode::AgentsMissing, agent_.entry().name + " was restarted and no longer carries this trial");
}

void TrialController::take(const protocol::Prepared& prepared) {
    if (state_ != State::Preparing) return;
    const std::string& name = agent_.entry().name;
    if (!prepared.busy_with.empty()) {
        fail(ExitCode::AgentsMissing, fmt::format("{}: busy with run {}", name, prepared.busy_with));
    } else if (!prepared.problems.empty()) {
        for (const std::string& problem : prepared.problems) problems_.push_back(name + ": " + problem);
        finish(ExitCode::AgentsMissing);
    } else {
        state_ = State::Running;
        files_->forget_contents();
        agent_.send(protocol::Start{setup_.id, {}});
    }
}

void TrialController::take(const protocol::FileNeeded& needed) {
    auto content = files_ ? files_->find(0, needed.sha256) : nullptr;
    if (content) files_to_send_.send(needed.sha256, needed.offset, std::move(content));
}

void TrialController::take(protocol::ExchangeReport& report) {
    const metrics::Exchange& exchange = report.exchange;
    const auto& scenarios = setup_.plan->scenarios;
    if (exchange.scenario >= scenarios.size() || exchange.step >= scenarios[exchange.scenario].request_names.size()) {
        log::warning("an exchange of a step that the plan does not have was dropped", {{"run", setup_.id}});
        return;
    }
    if (exchange.ending == metrics::Exchange::Ending::Final) {
        ++samples_;
        failures_ += exchange.ok() ? 0 : 1;
    }
    observer_.on_exchange(exchange);
}

void TrialController::take(const protocol::RunFinished& finished) {
    const std::string& name = agent_.entry().name;
    switch (finished.outcome) {
        case Outcome::Completed:
        case Outcome::Stopped:
            break;
        case Outcome::Aborted:
            problems_.push_back(fmt::format("{}: {}", name, finished.reason));
            code_ = worse_of(code_, ExitCode::ThresholdsFailed);
            break;
        case Outcome::CutOff:
            problems_.push_back(fmt::format("{}: {}", name, finished.reason));
            code_ = worse_of(code_, ExitCode::AgentsMissing);
            break;
        case Outcome::Failed:
            problems_.push_back(fmt::format("{}: {}", name, finished.reason));
            code_ = worse_of(code_, ExitCode::Internal);
            break;
    }
    if (finished.outcome == Outcome::Stopped && !stopping_) {
        problems_.push_back(fmt::format("{}: {}", name, finished.reason));
        code_ = worse_of(code_, ExitCode::AgentsMissing);
    }
    check_totals(finished.totals);
    finish(failures_ > 0 ? ExitCode::ThresholdsFailed : ExitCode::Ok);
}

// A scenario that made nothing of its one iteration is no success, and neither is a request that was not shown.
void TrialController::check_totals(const protocol::RunTotals& totals) {
    std::uint64_t requests = 0;
    for (std::size_t i = 0; i < carried_.size(); ++i) {
        const metrics::ScenarioStats none;
        const metrics::ScenarioStats& made = i < totals.scenarios.size() ? totals.scenarios[i] : none;
        for (const metrics::StepStats& step : made.steps) requests += step.requests;
        if (!carried_[i] || made.offered > 0 || code_ != ExitCode::Ok) continue;
        problems_.push_back(fmt::format("scenario {}: no iteration began: its data has no row for a user",
                                        setup_.plan->scenarios[i].name));
        code_ = ExitCode::ThresholdsFailed;
    }
    if (requests <= samples_) return;
    problems_.push_back(fmt::format("{} more requests were made than could be shown", requests - samples_));
    code_ = worse_of(code_, ExitCode::ThresholdsFailed);
}

void TrialController::fail(ExitCode code, std::string problem) {
    problems_.push_back(std::move(problem));
    if (!gone_) agent_.send(protocol::Stop{setup_.id, true, "the trial is over"});
    finish(code);
}

void TrialController::finish(ExitCode code) {
    if (!gone_) agent_.send(protocol::Release{setup_.id});
    state_ = State::Over;
    end_ = TrialEnd{worse_of(code_, code), std::move(problems_)};
}

bool TrialController::released() const {
    return over() && (gone_ || !agent_.connected() || agent_.drained());
}

}  // namespace culvert::run
