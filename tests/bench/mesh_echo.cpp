#include "tests/bench/mesh_echo.h"

#include <utility>

namespace culvert::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr auto kGlance = 100ms;  // how often a wait looks whether somebody pressed Ctrl-C

}  // namespace

Result<std::unique_ptr<EchoController>> EchoController::start(const BenchMesh& mesh, const std::string& name,
                                                              BenchMesh::Way way) {
    auto controller = std::make_unique<EchoController>();
    tunnel::session::Endpoint::Handlers handlers;
    handlers.on_presence = [self = controller.get()](const std::vector<tunnel::link::Presence>& changes, bool) {
        for (const tunnel::link::Presence& change : changes) {
            if (change.online && change.role == Role::Agent)
                self->node_->endpoint().open(change.address, change.name, *self);
        }
    };
    auto node = MeshNode::create(mesh, name, Role::Controller, way, std::move(handlers));
    if (!node) return tl::unexpected(node.error());
    controller->node_ = std::move(*node);
    controller->node_->start();
    return controller;
}

void EchoController::on_message(Session& session, std::string_view message) {
    static_cast<void>(session.send(std::string(message)));  // a refused one is an echo that never comes
}

Result<std::unique_ptr<EchoAgent>> EchoAgent::start(const BenchMesh& mesh) {
    auto agent = std::make_unique<EchoAgent>();
    tunnel::session::Endpoint::Handlers handlers;
    handlers.accept = [self = agent.get()](const Address&, const std::string&) -> tunnel::session::SessionEvents& {
        return *self;
    };
    auto node = MeshNode::create(mesh, "agent", Role::Agent, BenchMesh::Way::ThroughProxy, std::move(handlers));
    if (!node) return tl::unexpected(node.error());
    agent->node_ = std::move(*node);
    agent->node_->start();
    return agent;
}

Status EchoAgent::wait_for(const std::string& controller) {
    return wait_until([this, &controller] { return open_.contains(controller); });
}

Status EchoAgent::measure(const std::string& controller, const std::string& body, std::size_t count,
                          std::vector<double>& micros) {
    if (const Status there = wait_for(controller); !there) return there;
    round_over_ = false;
    node_->on_loop([this, &controller, &body, count] {
        round_ = Round{open_.at(controller), body, count};
        send_next();
    });
    if (const Status over = wait_until([this] { return round_over_; }); !over) return over;
    micros.insert(micros.end(), round_.micros.begin(), round_.micros.end());
    return {};
}

void EchoAgent::send_next() {
    round_.sent = clock_.steady_now();
    if (const Status sent = round_.session->send(round_.body); !sent) on_interrupted(*round_.session, sent.error());
}

void EchoAgent::on_message(Session& session, std::string_view message) {
    const SteadyTime now = clock_.steady_now();
    if (&session != round_.session || round_.left == 0 || message != round_.body)
        return on_interrupted(session, {Code::Internal, "something came back that was not sent"});
    round_.micros.push_back(std::chrono::duration<double, std::micro>(now - round_.sent).count());
    if (--round_.left > 0) return send_next();
    const std::lock_guard lock(mutex_);
    round_over_ = true;
    changed_.notify_all();
}

void EchoAgent::on_open(Session& session) {
    const std::lock_guard lock(mutex_);
    open_[session.peer_name()] = &session;
    changed_.notify_all();
}

void EchoAgent::on_interrupted(Session& session, const Error& why) {
    const std::lock_guard lock(mutex_);
    broken_ = Error{why.code, "the session with " + session.peer_name() + ": " + why.message};
    changed_.notify_all();
}

Status EchoAgent::wait_until(const std::function<bool()>& holds) {
    const SteadyTime deadline = clock_.steady_now() + kPatience;
    std::unique_lock lock(mutex_);
    while (!holds()) {
        if (broken_) return tl::unexpected(*broken_);
        if (BenchMesh::interrupted()) return fail(Code::Disconnected, "interrupted");
        if (clock_.steady_now() > deadline) return fail(Code::Timeout, "the agent waited for too long");
        changed_.wait_for(lock, kGlance);
    }
    return {};
}

}  // namespace culvert::bench
