#include "agent/run/agent_run.h"

#include <algorithm>
#include <utility>

#include "agent/run/preparation.h"
#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::agent::run {

using protocol::Outcome;
using worker::StopMode;

bool can_go(State from, State to) {
    switch (from) {
        case State::Idle:
            return to == State::FetchingFiles;
        case State::FetchingFiles:
            return to == State::Ready || to == State::Idle || to == State::Finished;
        case State::Ready:
            return to == State::Armed || to == State::Idle || to == State::Finished;
        case State::Armed:
            return to == State::Running || to == State::Finishing;
        case State::Running:
            return to == State::Finishing;
        case State::Finishing:
            return to == State::Finished;
        case State::Finished:
            return false;
    }
    return false;
}

AgentRun::AgentRun(Setup setup, protocol::Prepare prepare)
    : setup_(std::move(setup)), prepare_(std::move(prepare)), bridge_(setup_.wake) {}

AgentRun::~AgentRun() {
    if (state_ == State::FetchingFiles) setup_.files.abandon();
}

void AgentRun::go(State to) {
    CULVERT_CHECK(can_go(state_, to));
    log::info(std::string("run is ") + protocol::to_string(to), {{"run", id()}});
    state_ = to;
}

void AgentRun::begin() {
    go(State::FetchingFiles);
    auto plan = check_prepare(prepare_, setup_.charter);
    if (!plan) return refuse(std::move(plan.error()));
    plan_ = std::move(*plan);
    fetch_next_file();
}

void AgentRun::fetch_next_file() {
    for (const protocol::DataSetFile& set : prepare_.data) {
        if (setup_.files.has(set.rows)) continue;
        if (const auto begun = setup_.files.begin(set.rows); !begun)
            return refuse({"data set " + set.name + ": " + begun.error().message});
        return setup_.outlet.send(protocol::FileNeeded{id(), set.rows.sha256, 0});
    }
    prepare_engine();
}

void AgentRun::on_chunk(const protocol::FileChunk& chunk) {
    if (state_ != State::FetchingFiles) return;
    const auto complete = setup_.files.append(chunk);
    if (!complete) return refuse({complete.error().message});
    if (*complete) fetch_next_file();
}

void AgentRun::prepare_engine() {
    auto spec = make_run_spec(prepare_, plan_, setup_.files);
    if (!spec) return refuse(std::move(spec.error()));
    worker::EngineOptions options = setup_.engine_options;
    options.trial = prepare_.trial;
    auto engine = setup_.engines(std::move(*spec), setup_.charter, std::move(options), bridge_);
    if (!engine) {
        std::vector<std::string> problems;
        for (const std::string_view line : split(engine.error().message, '\n')) problems.emplace_back(line);
        return refuse(std::move(problems));
    }
    engine_ = std::move(*engine);
    go(State::Ready);
    setup_.outlet.send(protocol::Prepared{id(), {}, ""});
}

void AgentRun::refuse(std::vector<std::string> problems) {
    for (const std::string& problem : problems) log::warning("run refused: " + problem, {{"run", id()}});
    setup_.files.abandon();
    go(State::Idle);
    setup_.outlet.send(protocol::Prepared{id(), std::move(problems), ""});
}

void AgentRun::on_start(const protocol::Start& start) {
    if (state_ != State::Ready) return log::warning("a Start came that does not fit; ignored", {{"run", id()}});
    const SteadyTime now = setup_.scheduler.now();
    const SteadyTime agreed = prepare_.trial ? now : SteadyTime{start.at.since_epoch};  // a trial needs no clocks
    go(State::Armed);
    if (agreed > now + kFarthestStart || agreed < now - kFarthestStart) {
        reason_ = "the agreed start is more than " + to_string(kFarthestStart) +
                  " away: the clocks of controller and agent do not fit";
        outcome_ = Outcome::Failed;
        go(State::Finishing);
        return engine_ended();
    }
    // A start that has passed already begins now: the skew says so, and no burst makes up for it.
    engine_->start(std::max(agreed, now));
    start_shift_ = std::max(agreed, now) - agreed;
    start_timer_ = setup_.scheduler.after(agreed - now, [this, agreed] { started(agreed); });
}

void AgentRun::started(SteadyTime agreed) {
    start_timer_.reset();
    if (state_ != State::Armed) return;
    go(State::Running);
    tell_start(setup_.scheduler.now() - agreed);
    hand_over();
}

void AgentRun::tell_start(Duration skew) {
    setup_.outlet.send(protocol::Started{id(), std::chrono::duration_cast<std::chrono::microseconds>(skew)});
}

void AgentRun::on_stop(StopMode mode, const std::string& reason) {
    const std::string why = reason.empty() ? "stopped by the controller" : reason;
    switch (state_) {
        case State::FetchingFiles:
        case State::Ready:
            outcome_ = Outcome::Stopped;
            reason_ = why;
            setup_.files.abandon();
            engine_.reset();
            go(State::Finished);
            return setup_.outlet.send(protocol::RunFinished{id(), outcome_, reason_, 0, 0, {}});
        case State::Armed:
        case State::Running:
            return stop_engine(mode, Outcome::Stopped, why);
        case State::Finishing:
            if (mode == StopMode::AtOnce) stop_engine(mode, outcome_, reason_);
            return;
        case State::Idle:
        case State::Finished:
            return;
    }
}

void AgentRun::stop_engine(StopMode mode, Outcome outcome, const std::string& reason) {
    if (engine_ == nullptr) return;
    start_timer_.reset();
    if (state_ != State::Finishing) {
        go(State::Finishing);
        outcome_ = outcome;
        reason_ = reason;
        log::info("run stops: " + reason, {{"run", id()}});
    }
    engine_->stop(mode);
    if (mode == StopMode::AtOnce && !stop_timer_)
        stop_timer_ = setup_.scheduler.after(kStopAtOnceTakes, [this] { engine_ended(); });
}

void AgentRun::on_amend(const protocol::Amend& amend) {
    if (state_ != State::Armed && state_ != State::Running) return;
    if (amend.share.scenarios.size() != plan_->scenarios.size()) {
        return log::warning("an amendment that does not fit the plan was ignored", {{"run", id()}});
    }
    engine_->amend(amend.share, SteadyTime{amend.at.since_epoch});
}

void AgentRun::on_cut_off() {
    if (over() || dead_man_timer_) return;
    Duration limit = setup_.keep_running_for;
    if (prepare_.keep_running_for.count() > 0) limit = std::min<Duration>(limit, prepare_.keep_running_for);
    dead_man_timer_ = setup_.scheduler.after(limit, [this, limit] {
        dead_man_timer_.reset();
        const std::string why = "cut off from the controller for " + to_string(limit);
        if (state_ == State::Armed || state_ == State::Running)
            return stop_engine(StopMode::Gracefully, Outcome::CutOff, why);
        if (state_ == State::Finishing) return;
        log::info("prepared run dropped: " + why, {{"run", id()}});
        on_stop(StopMode::AtOnce, why);
    });
}

void AgentRun::on_back() {
    dead_man_timer_.reset();
}

void AgentRun::on_writable() {
    hand_over();
}

void AgentRun::drain() {
    for (metrics::ErrorExample& example : bridge_.drain_examples()) {
        if (setup_.outlet.has_room()) setup_.outlet.send(protocol::ErrorExampleReport{id(), std::move(example)});
    }
    // Reports first: those of the end come after the last exchange.
    std::vector<EngineReport> reports = bridge_.drain_reports();
    take_exchanges();
    for (EngineReport& report : reports) {
        if (auto* interval = std::get_if<metrics::Interval>(&report)) {
            take(std::move(*interval));
        } else if (const auto* began = std::get_if<EngineStarted>(&report)) {
            tell_start(start_shift_ + began->lateness);
        } else if (const auto* abort = std::get_if<EngineAborted>(&report)) {
            aborted(*abort);
        } else {
            if (state_ == State::Armed || state_ == State::Running) go(State::Finishing);
            engine_ended();
        }
    }
    hand_over();
}

void AgentRun::take(metrics::Interval interval) {
    cpu_percent_ = interval.cpu_percent;
    totals_.add(interval);
    backlog_.push(std::move(interval));
}

void AgentRun::take_exchanges() {
    for (metrics::Exchange& exchange : bridge_.drain_exchanges()) {
        if (exchanges_.size() < kMostExchanges) exchanges_.push_back(std::move(exchange));
    }
}

void AgentRun::aborted(const EngineAborted& abort) {
    if (state_ != State::Armed && state_ != State::Running) return;
    hand_over();
    setup_.outlet.send(protocol::RunAborted{id(), abort.reason});
    stop_engine(StopMode::AtOnce, Outcome::Aborted, abort.reason);
}

void AgentRun::engine_ended() {
    if (engine_ == nullptr) return;
    stop_timer_.reset();
    start_timer_.reset();
    engine_.reset();  // joins its threads; what they said last is drained first
    take_exchanges();
    for (EngineReport& report : bridge_.drain_reports()) {
        if (auto* interval = std::get_if<metrics::Interval>(&report)) take(std::move(*interval));
    }
    hand_over();
}

void AgentRun::hand_over() {
    // Intervals follow Started, so that the controller knows a run before its first second.
    if (state_ == State::Armed) return;
    while (!exchanges_.empty() && setup_.outlet.has_room()) {
        setup_.outlet.send(protocol::ExchangeReport{id(), std::move(exchanges_.front())});
        exchanges_.pop_front();
    }
    while (!backlog_.empty() && setup_.outlet.has_room()) {
        metrics::Interval interval = backlog_.pop();
        interval.number = ++intervals_sent_;
        intervals_folded_ += interval.folded;
        setup_.outlet.send(protocol::IntervalReport{id(), std::move(interval)});
    }
    if (state_ != State::Finishing || engine_ != nullptr || !backlog_.empty() || !exchanges_.empty()) return;
    go(State::Finished);
    dead_man_timer_.reset();
    setup_.outlet.send(protocol::RunFinished{id(), outcome_, reason_, intervals_sent_, intervals_folded_, totals_});
}

}  // namespace culvert::agent::run
