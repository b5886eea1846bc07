// Does the steps of a case at their instants. Whoever waits calls advance() again and again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "mesh.h"
#include "server.h"

namespace culvert::netlab {

using Servers = std::map<std::string, std::unique_ptr<Server>>;

class Script {
  public:
    // All outlive it.
    Script(const Lab& lab, const Case& netlab_case, Mesh& mesh, Servers& servers);

    void note_started() { started_ = clock_.steady_now(); }
    void note_running() { running_ = clock_.steady_now(); }
    // When the first step of the run was done.
    std::optional<SteadyTime> first_step() const { return first_step_; }
    // Does what is due; Ok: nothing went wrong so far.
    Status advance();

  private:
    struct Due {
        const Step* step;
        Duration at;  // after its event
        bool done = false;
    };
    Status perform(const Step& step);
    Status stop(const std::string& name);
    Status start(const std::string& name);

    const SystemClock clock_;
    const Lab& lab_;
    Mesh& mesh_;
    Servers& servers_;
    std::vector<Due> due_;
    std::optional<SteadyTime> started_, running_, first_step_;
};

}  // namespace culvert::netlab
