// What a run and a trial have in common: one stay in the mesh, on one loop. Reach the relay, learn who is there, do
// what it is about, tell the agents that it is over, leave. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/run/gather.h"
#include "controller/run/mesh.h"
#include "controller/run/run_setup.h"

namespace culvert::run {

class MeshSession : protected MeshEvents, protected ConversationListener {
  public:
    ~MeshSession() override;
    MeshSession(const MeshSession&) = delete;
    MeshSession& operator=(const MeshSession&) = delete;

    // Once.
    void start();

  protected:
    // Everything given outlives the session. Without a goal nobody is gathered: start() goes on with meet({}).
    MeshSession(net::Loop& loop, MeshIdentity& who, UplinkMaker make_uplink, std::optional<GatherGoal> goal);

    // Those who are there have introduced themselves: choose, and begin.
    virtual void meet(const std::vector<roster::RosterEntry>& present) = 0;
    // It came to nothing before anything was sent; leave() follows.
    virtual void not_started(NotStarted why) = 0;
    virtual void link_lost(const Error& why, bool for_good) = 0;
    // Everybody who can hear it knows that it is over.
    virtual bool released() const = 0;
    // The last call: the mesh is left.
    virtual void left() = 0;

    void tick_every(Duration period, std::function<void()> tick);
    // Waits until released(), for a few seconds at most, then leaves. To be called once it is over.
    void part();
    // Ignored once anything was begun or given up.
    void give_up(ExitCode code, std::string problem);

    net::Loop& loop() { return loop_; }
    Mesh& mesh() { return *mesh_; }
    bool begun() const { return begun_; }

  private:
    void on_link_down(const Error& why, std::optional<Duration> retry_in) override;
    void gathered(Result<std::vector<roster::RosterEntry>> present);
    void leave();

    net::Loop& loop_;
    MeshIdentity& who_;
    const UplinkMaker make_uplink_;
    const std::optional<GatherGoal> goal_;
    std::unique_ptr<Mesh> mesh_;
    std::unique_ptr<Gathering> gathering_;
    std::unique_ptr<net::Loop::Timer> tick_timer_, leave_timer_;
    bool begun_ = false, given_up_ = false;
};

}  // namespace culvert::run
