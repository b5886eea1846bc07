#include "controller/run/mesh_session.h"

#include <utility>

namespace culvert::run {
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(50);
constexpr Duration kLongestGoodbye = std::chrono::seconds(5);      // for Release to arrive
constexpr Duration kTimeToClose = std::chrono::milliseconds(200);  // for the last envelopes to leave

}  // namespace

MeshSession::MeshSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, std::optional<GatherGoal> goal)
    : loop_(loop), who_(who), make_uplink_(std::move(make_uplink)), goal_(std::move(goal)) {}

MeshSession::~MeshSession() {
    gathering_.reset();
    mesh_.reset();
}

void MeshSession::start() {
    auto mesh = Mesh::create(loop_, who_, make_uplink_, *this);
    if (!mesh) return give_up(ExitCode::Usage, mesh.error().message);
    mesh_ = std::move(*mesh);
    if (goal_) {
        gathering_ = std::make_unique<Gathering>(
            loop_, *mesh_, *goal_,
            [this](Result<std::vector<roster::RosterEntry>> present) { gathered(std::move(present)); });
    }
    mesh_->start();
    if (!goal_) gathered(std::vector<roster::RosterEntry>());
}

void MeshSession::gathered(Result<std::vector<roster::RosterEntry>> present) {
    if (given_up_) return;
    gathering_.reset();
    if (!present) return give_up(exit_code_of(present.error(), *mesh_), present.error().message);
    meet(*present);
    begun_ = !given_up_;
}

void MeshSession::on_link_down(const Error& why, std::optional<Duration> retry_in) {
    if (gathering_) gathering_->link_down(why, retry_in);
    link_lost(why, !retry_in);
}

void MeshSession::tick_every(Duration period, std::function<void()> tick) {
    tick_timer_ = loop_.every(period, std::move(tick));
}

void MeshSession::part() {
    const SteadyTime until = loop_.clock().steady_now() + kLongestGoodbye;
    tick_every(kLookEvery, [this, until] {
        if (released() || loop_.clock().steady_now() >= until) leave();
    });
}

void MeshSession::give_up(ExitCode code, std::string problem) {
    if (begun_ || std::exchange(given_up_, true)) return;
    not_started(NotStarted{code, {std::move(problem)}});
    leave();
}

void MeshSession::leave() {
    tick_timer_.reset();
    gathering_.reset();
    if (mesh_) mesh_->stop("it is over");
    leave_timer_ = loop_.after(kTimeToClose, [this] { left(); });
}

}  // namespace culvert::run
