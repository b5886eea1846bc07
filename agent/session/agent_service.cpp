#include "agent/session/agent_service.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"

namespace culvert::agent::session {

using run::AgentRun;

AgentService::AgentService(Setup setup) : setup_(std::move(setup)) {
    status_timer_ = setup_.scheduler->after(kStatusEvery, [this] { send_status(); });
}

AgentService::~AgentService() = default;

tunnel::session::SessionEvents& AgentService::accept(const Address& peer, const std::string& name) {
    return *(conversations_[peer] = std::make_unique<Conversation>(peer, name, *this));
}

void AgentService::on_datagram(tunnel::session::Session& session, std::string_view datagram) {
    const auto clock = [this] {
        return protocol::AgentInstant{
            std::chrono::floor<std::chrono::microseconds>(setup_.scheduler->now().time_since_epoch())};
    };
    const protocol::AgentInstant received = clock();
    const auto decoded = protocol::decode_datagram(datagram);
    if (!decoded) return log::debug("datagram dropped: " + decoded.error().message);
    const auto* probe = std::get_if<protocol::ClockProbe>(&*decoded);
    if (probe == nullptr) return;
    session.send_datagram(protocol::encode(protocol::Datagram(protocol::ClockReply{probe->sent, received, clock()})));
}

void AgentService::on_open(Conversation& conversation) {
    conversation.send(hello());
}

void AgentService::on_message(Conversation& from, const protocol::ControllerMessage& message) {
    if (std::holds_alternative<protocol::Query>(message)) {
        from.send(hello());
    } else if (const auto* prepared = std::get_if<protocol::Prepare>(&message)) {
        prepare(from, *prepared);
    } else if (const auto* chunk = std::get_if<protocol::FileChunk>(&message)) {
        if (owns_run(from)) run_->on_chunk(*chunk);
    } else if (const auto* start = std::get_if<protocol::Start>(&message)) {
        if (AgentRun* run = run_of(from, start->run)) run->on_start(*start);
    } else if (const auto* stop = std::get_if<protocol::Stop>(&message)) {
        const auto mode = stop->at_once ? worker::StopMode::AtOnce : worker::StopMode::Gracefully;
        if (AgentRun* run = run_of(from, stop->run)) run->on_stop(mode, stop->reason);
    } else if (const auto* amend = std::get_if<protocol::Amend>(&message)) {
        if (AgentRun* run = run_of(from, amend->run)) run->on_amend(*amend);
    } else if (const auto* done = std::get_if<protocol::Release>(&message)) {
        if (run_of(from, done->run) != nullptr) release(*done);
    } else if (const auto* again = std::get_if<protocol::Resume>(&message)) {
        resume(from, *again);
    }
}

void AgentService::prepare(Conversation& from, const protocol::Prepare& prepare) {
    if (shutting_down_) return from.send(protocol::Prepared{prepare.run, {"the agent is being stopped"}, ""});
    if (run_ && !run_->over()) {
        const std::string held = "the agent is busy with run " + run_->id();
        return from.send(protocol::Prepared{prepare.run, {held}, run_->id()});
    }
    const std::uint64_t serial = ++run_serial_;
    drop_run();
    line_ = std::make_unique<RunLine>(from);
    AgentRun::Setup setup{.engines = setup_.engines,
                          .charter = setup_.charter,
                          .engine_options = setup_.engine_options,
                          .files = setup_.files,
                          .scheduler = *setup_.scheduler,
                          .outlet = *line_,
                          .keep_running_for = setup_.keep_running_for,
                          // Called on the engine's thread: by the time the task runs, that run may be gone.
                          .wake = [this, serial] {
                              setup_.post([this, serial] {
                                  if (run_ && run_serial_ == serial) run_->drain();
                              });
                          }};
    run_ = std::make_unique<AgentRun>(std::move(setup), prepare);
    owner_ = &from;
    from.set_run(prepare.run);
    log::info("run prepared by " + from.peer_name(), {{"run", prepare.run}});
    run_->begin();
}

void AgentService::release(const protocol::Release& release) {
    if (!run_->over()) return log::warning("a run that still goes on was not released", {{"run", release.run}});
    log::info("run released", {{"run", release.run}});
    drop_run();
}

void AgentService::drop_run() {
    run_.reset();
    line_.reset();
    owner_ = nullptr;
}

// Only the controller that owned the run, by its certificate, gets anything of it.
void AgentService::resume(Conversation& from, const protocol::Resume& resume) {
    Delivery::Wish wish{.run = resume.run, .after = resume.intervals};
    bool was_ours = owns_run(from);
    for (const auto& [peer, conversation] : conversations_) {
        if (conversation.get() == &from || peer.node != from.peer().node || conversation->run() != resume.run) continue;
        wish.earlier = peer;
        wish.unsent = conversation->take_unsent();
        was_ours = was_ours || owns_run(*conversation);
        conversation->close("the run went on in another session");
        retire(*conversation);
        break;
    }
    from.set_run(resume.run);
    if (was_ours && run_->id() == resume.run) {
        log::info("run taken up again by " + from.peer_name(), {{"run", resume.run}});
        line_->hold(from);
        owner_ = &from;
        run_->on_back();
    }
    Conversation* const to = &from;  // its deliveries end with it
    deliveries_[to] = std::make_unique<Delivery>(
        setup_.spool, *setup_.scheduler, from, std::move(wish),
        [this, to, resume](const Delivery::Delivered& delivered) { resumed(*to, resume, delivered); });
}

void AgentService::resumed(Conversation& from, const protocol::Resume& resume, const Delivery::Delivered& delivered) {
    if (owns_run(from) && run_->id() == resume.run) {
        line_->release();
        return run_->on_writable();
    }
    if (delivered.told_end) return;
    const std::uint64_t sent = std::max(delivered.last_interval, resume.intervals);
    from.send(protocol::RunLeft{resume.run, "the agent was restarted in the middle of the run", sent});
}

AgentRun* AgentService::run_of(const Conversation& from, std::string_view id) {
    if (owns_run(from) && run_->id() == id) return run_.get();
    log::warning("a message about a run that this controller has not prepared here was ignored",
                 {{"controller", from.peer_name()}, {"run", std::string(id)}});
    return nullptr;
}

void AgentService::on_interrupted(Conversation& conversation) {
    if (owns_run(conversation)) run_->on_cut_off();
}

void AgentService::on_resumed(Conversation& conversation) {
    if (owns_run(conversation)) run_->on_back();
}

void AgentService::on_room(Conversation& conversation) {
    if (owns_run(conversation)) run_->on_writable();
}

void AgentService::on_over(Conversation& conversation, const Error& why) {
    if (owns_run(conversation)) {
        // Nobody is left who could stop it or hear its results.
        if (!run_->over()) log::warning("run ended: its controller is gone: " + why.message, {{"run", run_->id()}});
        drop_run();
    }
    retire(conversation);
}

// It may still be on the stack.
void AgentService::retire(Conversation& conversation) {
    if (auto delivery = deliveries_.extract(&conversation); !delivery.empty())
        ended_deliveries_.push_back(std::move(delivery.mapped()));
    const auto found = conversations_.find(conversation.peer());
    if (found == conversations_.end() || found->second.get() != &conversation) return;
    ended_.push_back(std::move(found->second));
    conversations_.erase(found);
    if (sweep_timer_) return;
    sweep_timer_ = setup_.scheduler->after(Duration::zero(), [this] {
        sweep_timer_.reset();
        ended_deliveries_.clear();
        const auto ended = std::exchange(ended_, {});
        for (const auto& one : ended) {
            if (setup_.spool != nullptr) drop_idle_talk(*setup_.spool, one->peer().node);
        }
    });
}

protocol::AgentHello AgentService::hello() const {
    protocol::AgentHello hello = setup_.description;
    hello.charter = {setup_.charter.targets, setup_.charter.max_rate, setup_.charter.max_users, setup_.charter.engines};
    hello.cpu_percent = cpu_percent();
    if (setup_.proxy) hello.proxy = setup_.proxy();
    if (run_ && !run_->over()) {
        hello.run = run_->id();
        hello.run_state = run_->state();
    }
    return hello;
}

double AgentService::cpu_percent() const {
    return setup_.cpu_percent ? setup_.cpu_percent() : 0;
}

void AgentService::send_status() {
    status_timer_ = setup_.scheduler->after(kStatusEvery, [this] { send_status(); });
    protocol::AgentStatus status;
    status.cpu_percent = cpu_percent();
    if (setup_.proxy) status.proxy = setup_.proxy();
    if (setup_.spooled) status.spooled_bytes = setup_.spooled().count;
    if (run_ && !run_->over()) {
        status.run = run_->id();
        status.run_state = run_->state();
    }
    // It is stale when it has to wait.
    for (const auto& [peer, conversation] : conversations_) {
        if (conversation->connected() && conversation->has_room()) conversation->send(status);
    }
}

void AgentService::shut_down(std::function<void()> done) {
    if (std::exchange(shutting_down_, true)) return;
    shut_down_done_ = std::move(done);
    shut_down_deadline_ = setup_.scheduler->now() + kLongestShutDown;
    if (run_) run_->on_stop(worker::StopMode::Gracefully, "the agent was stopped");
    shut_down_timer_ = setup_.scheduler->after(Duration::zero(), [this] { check_shut_down(); });
}

void AgentService::close_all(std::string_view reason) {
    status_timer_.reset();
    shut_down_timer_.reset();
    drop_run();
    deliveries_.clear();
    for (const auto& [peer, conversation] : conversations_) conversation->close(reason);
}

void AgentService::check_shut_down() {
    const bool idle = !run_ || run_->over();
    const bool settled = std::all_of(conversations_.begin(), conversations_.end(), [](const auto& entry) {
        return !entry.second->connected() || entry.second->settled();
    });
    if ((idle && settled) || setup_.scheduler->now() >= shut_down_deadline_) {
        shut_down_timer_.reset();
        return std::exchange(shut_down_done_, {})();
    }
    shut_down_timer_ = setup_.scheduler->after(std::chrono::milliseconds(50), [this] { check_shut_down(); });
}

}  // namespace culvert::agent::session
