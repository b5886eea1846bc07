// RunController up to the start: prepare, files, barrier.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/log.h"
#include "controller/run/run_controller.h"

namespace culvert::run {
namespace {

using results::AgentState;
using results::RunState;

constexpr Duration kTimeToReachAgents = std::chrono::milliseconds(500);  // on top of the slowest round trip
constexpr std::size_t kMostProblemsTold = 50;

std::string seconds_text(Duration duration) {
    return fmt::format("{:.0f} s", std::chrono::duration<double>(duration).count());
}

}  // namespace

void RunController::send_prepare() {
    event("prepare", "", fmt::format("preparing {} agent{}", agents_.size(), agents_.size() == 1 ? "" : "s"));
    auto files = DataFiles::of(*setup_.plan, setup_.rows, carriers_);
    if (!files) {
        problems_.push_back(files.error().message);
        fail_before_start(ExitCode::Usage, files.error().message);
        return;
    }
    files_ = std::move(*files);
    setup_.rows.clear();
    const std::vector<workload::Share> shares = roster::shares_without(*setup_.plan, carriers_, {});
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        protocol::Prepare prepare = prepare_message(setup_);
        prepare.data = files_->of_agent(i);
        prepare.share = shares[i];
        agents_[i].port->send(prepare);
    }
}

void RunController::take(std::size_t agent, const protocol::AgentHello& hello) {
    agent_result(agent).program_version = hello.program_version;
    // A hello is the first word of a session. In the middle of a run that is another one than the run began with: this
    // process took the run up, or the agent was restarted and has at most its spool.
    const RunState state = merger_.head().state;
    const bool underway = state == RunState::Running || state == RunState::Finishing;
    if (!underway || !agents_[agent].told_to_start || agent_state(agent) == AgentState::Finished) return;
    agents_[agent].forgot = hello.run != setup_.id;
    resume(agent);
}

void RunController::take(std::size_t, const protocol::AgentStatus&) {}

void RunController::take(std::size_t agent, const protocol::FileNeeded& needed) {
    if (!files_) return;
    auto content = files_->find(agent, needed.sha256);
    if (!content) {
        log::warning("an agent asked for a file that is not its own",
                     {{"run", setup_.id}, {"agent", agent_result(agent).name}});
        return;
    }
    agents_[agent].files.send(needed.sha256, needed.offset, std::move(content));
}

void RunController::take(std::size_t agent, const protocol::Prepared& prepared) {
    if (merger_.head().state != RunState::Preparing || agents_[agent].prepared) return;
    agents_[agent].prepared = true;
    results::AgentResult& result = agent_result(agent);
    if (prepared.problems.empty() && prepared.busy_with.empty()) {
        result.state = AgentState::Ready;
        return;
    }
    result.state = AgentState::Refused;
    result.state_reason =
        prepared.busy_with.empty() ? prepared.problems.front() : "busy with run " + prepared.busy_with;
    event("refused", result.name, result.state_reason);
    if (!prepared.busy_with.empty())
        problems_.push_back(fmt::format("{}: busy with run {}", result.name, prepared.busy_with));
    for (const std::string& problem : prepared.problems) {
        if (problems_.size() < kMostProblemsTold && prepared.busy_with.empty())
            problems_.push_back(fmt::format("{}: {}", result.name, problem));
    }
    failed_code_ = ExitCode::AgentsMissing;
}

void RunController::check_prepare() {
    const bool all_said =
        std::all_of(agents_.begin(), agents_.end(), [](const Member& member) { return member.prepared; });
    if (all_said && !problems_.empty()) {
        fail_before_start(failed_code_, problems_.front());
        return;
    }
    const bool clocks_known = std::all_of(agents_.begin(), agents_.end(),
                                          [](const Member& member) { return member.port->entry().clock.has_value(); });
    if (all_said && clocks_known) {
        pass_barrier();
        return;
    }
    bool moving = false;
    for (const Member& member : agents_) moving = moving || !member.files.idle();
    if (moving && !own_link_down_since_)
        return;  // files are on their way; a port that is stuck shows as one that is gone
    if (clock_.steady_now() - progressed_ <= setup_.prepare_timeout) return;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
        if (!agents_[i].prepared)
            problems_.push_back(
                fmt::format("{}: not ready within {}", agent_result(i).name, seconds_text(setup_.prepare_timeout)));
        if (agents_[i].prepared && !agents_[i].port->entry().clock)
            problems_.push_back(fmt::format("{}: its clock could not be measured", agent_result(i).name));
    }
    if (own_link_down_since_) relay_lost_ = true;
    fail_before_start(ExitCode::AgentsMissing, problems_.empty() ? "agents were not ready in time" : problems_.front());
}

void RunController::pass_barrier() {
    const SteadyTime now = clock_.steady_now();
    Duration slowest{};
    for (const Member& member : agents_) slowest = std::max(slowest, member.port->entry().clock->rtt);
    const Duration delay = std::max(setup_.policy.start_delay, slowest + kTimeToReachAgents);
    publish();  // freezes the clock offsets that the start is agreed by
    start_at_ = now + delay;
    results::RunResult& head = merger_.head();
    head.start_delay = delay;
    head.started_at = clock_.wall_now() + delay;
    const auto shift = std::chrono::floor<std::chrono::milliseconds>(*start_at_ - created_).count();
    for (results::Event& earlier : head.events) earlier.at_millis -= shift;
    StartAgreed agreed{head.started_at, delay, shift, {}};
    for (const Member& member : agents_) agreed.clocks.push_back(*member.port->entry().clock);
    keep(agreed);
    for (Member& member : agents_) {
        member.heard = now;
        member.told_to_start = true;
        member.port->send(protocol::Start{setup_.id, roster::to_agent(*start_at_, *member.port->entry().clock)});
    }
    files_->forget_contents();
    go(RunState::Ready);
    event("barrier", "",
          fmt::format("{}; start in {}",
                      agents_.size() == 1 ? std::string("the agent is ready")
                                          : fmt::format("all {} agents are ready", agents_.size()),
                      to_string(std::chrono::round<std::chrono::milliseconds>(delay))));
}

void RunController::fail_before_start(ExitCode code, const std::string& reason) {
    failed_code_ = worse_of(failed_code_, code);
    stop_all(true, reason);
    end(RunState::Failed, reason);
}

}  // namespace culvert::run
