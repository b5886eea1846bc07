#include "controller/run/run_controller.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "controller/run/view_builder.h"

namespace culvert::run {
namespace {

using results::AgentState;
using results::RunState;

std::vector<results::MergerSeat> seats_of(const std::vector<roster::RosterEntry>& roster) {
    std::vector<results::MergerSeat> seats;
    for (const roster::RosterEntry& entry : roster) seats.push_back({entry.name, entry.labels, entry.weight});
    return seats;
}

std::vector<roster::RosterEntry> entries_of(const std::vector<AgentPort*>& agents) {
    std::vector<roster::RosterEntry> entries;
    for (const AgentPort* agent : agents) entries.push_back(agent->entry());
    return entries;
}

}  // namespace

RunController::RunController(RunSetup setup, std::vector<AgentPort*> agents, const Clock& clock, RunObserver& observer,
                             RunJournal* journal)
    : RunController(std::move(setup), entries_of(agents), agents, clock, observer, journal) {}

RunController::RunController(RunSetup setup, const std::vector<roster::RosterEntry>& roster,
                             std::vector<AgentPort*> agents, const Clock& clock, RunObserver& observer,
                             RunJournal* journal)
    : setup_(std::move(setup)),
      clock_(clock),
      observer_(observer),
      carriers_(roster::members_of(roster)),
      merger_(setup_.id, setup_.plan, setup_.seed, seats_of(roster)),
      journal_(journal),
      created_(clock.steady_now()),
      progressed_(created_) {
    CULVERT_CHECK(!agents.empty() && agents.size() == roster.size());
    for (std::size_t i = 0; i < agents.size(); ++i) {
        agents_.emplace_back(*agents[i]).heard = created_;
        agent_result(i).program_version = roster[i].program_version;
    }
    merger_.head().started_at = clock.wall_now();
}

void RunController::begin() {
    send_prepare();
    if (!over()) publish();
}

void RunController::tick() {
    if (over()) return;
    for (Member& member : agents_) member.files.go_on();
    send_owed_amendments();
    switch (merger_.head().state) {
        case RunState::Preparing:
            check_prepare();
            break;
        case RunState::Ready:
            check_silence();
            if (!over() && clock_.steady_now() >= *start_at_) {
                go(RunState::Running);
                event("started", "",
                      agents_.size() == 1 ? std::string("1 agent starts")
                                          : fmt::format("{} agents start at one instant", agents_.size()));
            }
            break;
        default:
            check_silence();
            if (!over()) check_progress();
    }
    if (!over() && clock_.steady_now() >= next_view_) publish();
}

void RunController::on_message(std::size_t agent, protocol::AgentMessage message) {
    // What is about no run, or an earlier one, is no sign of life of this one; only a hello may tell that it was
    // forgotten.
    const bool about_us = std::visit([this](const auto& said) { return said.run == setup_.id; }, message);
    const bool is_hello = std::holds_alternative<protocol::AgentHello>(message);
    if (over() || (!about_us && !is_hello)) return;
    if (about_us) agents_.at(agent).heard = progressed_ = clock_.steady_now();
    if (about_us && journal_ != nullptr && RunJournal::keeps(message)) journal_->append(agent, message);
    const bool was_lost = agent_state(agent) == AgentState::Lost;
    std::visit([this, agent](auto& said) { take(agent, said); }, message);
    if (!over() && about_us && was_lost && agent_state(agent) == AgentState::Lost && !agents_[agent].forgot)
        welcome_back(agent);
}

void RunController::on_connected(std::size_t agent) {
    Member& member = agents_.at(agent);
    const bool was_interrupted = member.interrupted.has_value();
    member.interrupted.reset();
    member.gone = false;
    member.heard = progressed_ = clock_.steady_now();
    if (over()) return;
    if (agent_state(agent) == AgentState::Interrupted) {
        agent_result(agent).state = AgentState::Running;
        agent_result(agent).state_reason.clear();
    }
    if (was_interrupted && agent_state(agent) != AgentState::Finished)
        event("link_resumed", agent_result(agent).name, "link is back");
    member.files.go_on();
}

void RunController::on_interrupted(std::size_t agent, const Error& why) {
    Member& member = agents_.at(agent);
    if (member.interrupted || over()) return;
    member.interrupted = clock_.steady_now();
    if (agent_state(agent) == AgentState::Finished || agent_state(agent) == AgentState::Lost) return;
    if (agent_state(agent) == AgentState::Running) agent_result(agent).state = AgentState::Interrupted;
    agent_result(agent).state_reason = why.message;
    event("link_interrupted", agent_result(agent).name, why.message);
}

void RunController::on_gone(std::size_t agent, const Error& why) {
    Member& member = agents_.at(agent);
    if (member.gone || over()) return;
    member.gone = true;
    member.gone_at = clock_.steady_now();
    if (!member.interrupted) member.interrupted = clock_.steady_now();
    const AgentState state = agent_state(agent);
    if (merger_.head().state == RunState::Preparing) {
        problems_.push_back(agent_result(agent).name + ": " + why.message);
        fail_before_start(ExitCode::AgentsMissing, agent_result(agent).name + " is gone: " + why.message);
    } else if (state != AgentState::Finished && state != AgentState::Lost) {
        lose(agent, why.message);
    }
}

void RunController::on_room(std::size_t agent) {
    agents_.at(agent).files.go_on();
}

void RunController::on_own_link(bool up, const std::string& why, bool for_good) {
    const SteadyTime now = clock_.steady_now();
    if (over()) return;
    if (up) {
        if (!own_link_down_since_) return;
        own_link_down_since_.reset();
        for (Member& member : agents_) {  // their silence was ours
            member.heard = now;
            if (member.interrupted) member.interrupted = now;
        }
        if (judged_from_) judged_from_ = now + setup_.policy.agent_lost_after;
        event("relay_back", "", "the relay is reached again");
        return;
    }
    if (!own_link_down_since_) {
        own_link_down_since_ = now;
        event("relay_lost", "", "the link to the relay is down: " + why);
    }
    if (!for_good) return;
    relay_lost_ = true;
    end(RunState::Failed, "the relay is not reached: " + why);
}

void RunController::request_stop(StopMode mode, const std::string& reason) {
    if (over()) return;
    if (stopping_ && (*stopping_ == StopMode::AtOnce || mode == StopMode::Gracefully)) return;
    interrupted_by_user_ = true;
    if (!stopping_) event("stopping", "", reason);
    const RunState state = merger_.head().state;
    if (state == RunState::Preparing || state == RunState::Ready) {
        stopping_ = mode;
        stop_all(true, reason);
        end(RunState::Stopped, reason);
        return;
    }
    end_reason_ = reason;
    stopping_ = mode;
    stop_all(mode == StopMode::AtOnce, reason);
    begin_finishing();
}

void RunController::comment(const std::string& text) {
    constexpr std::size_t kLongestComment = 500;
    if (!over()) event("comment", "", excerpt(text, kLongestComment));
}

bool RunController::released() const {
    return over() && std::all_of(agents_.begin(), agents_.end(), [](const Member& member) {
               return member.gone || !member.port->connected() || member.port->drained();
           });
}

void RunController::go(RunState to) {
    CULVERT_CHECK(results::can_go(merger_.head().state, to));
    merger_.head().state = to;
    log::debug(fmt::format("run is {}", results::to_string(to)), {{"run", setup_.id}});
    next_view_ = clock_.steady_now();
}

void RunController::event(std::string kind, std::string agent, std::string text) {
    const SteadyTime epoch = start_at_.value_or(created_);
    const auto at = std::chrono::floor<std::chrono::milliseconds>(clock_.steady_now() - epoch).count();
    const results::Event happened{at, std::move(kind), std::move(agent), excerpt(text, protocol::kLongestText)};
    keep(happened);
    merger_.add_event(happened);
    observer_.on_event(happened);
}

void RunController::keep(const JournalEntry& entry) {
    if (journal_ != nullptr) journal_->append(entry);
}

Duration RunController::since_start() const {
    return start_at_ ? clock_.steady_now() - *start_at_ : Duration{};
}

void RunController::publish() {
    next_view_ = clock_.steady_now() + std::chrono::seconds(1);
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        const roster::RosterEntry& entry = agents_[i].port->entry();
        results::AgentResult& result = agent_result(i);
        result.transport = entry.transport;
        result.proxy = entry.proxy;
        if (!entry.clock) continue;
        constexpr double kNanosPerMilli = 1e6;
        result.rtt_ms = static_cast<double>(entry.clock->rtt.count()) / kNanosPerMilli;
        if (merger_.head().state != RunState::Preparing) continue;  // what the start was agreed by stands
        result.clock_offset_ms = static_cast<double>(entry.clock->offset.count()) / kNanosPerMilli;
        result.clock_error_ms = static_cast<double>(entry.clock->error.count()) / kNanosPerMilli;
    }
    ViewInput input{.merger = merger_,
                    .since_start = since_start(),
                    .started = start_at_ && clock_.steady_now() >= *start_at_,
                    .out_dir = setup_.out_dir,
                    .silent_for = {}};
    for (const Member& member : agents_) input.silent_for.push_back(clock_.steady_now() - member.heard);
    view_ = build_view(input);
    observer_.on_view(view_);
}

}  // namespace culvert::run
