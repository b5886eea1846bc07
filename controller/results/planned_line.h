// The planned line: what the plan asked for in each second, by the plan's own arithmetic and not by what agents
// reported, so that load which nobody carried (an agent lost, a late start) shows as a gap between planned and offered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/workload/plan.h"
#include "common/workload/scenario_load.h"

namespace culvert::results {

class PlannedLine {
  public:
    PlannedLine(std::shared_ptr<const workload::Plan> plan, std::uint64_t seed);

    // Slots of the scenario due in [from, to). Nothing where the plan itself does not say it: closed-model phases,
    // where users start iterations as they come free.
    std::optional<std::uint64_t> planned(std::size_t scenario, Duration from, Duration to) const;
    // Over all scenarios; nothing if any of them is in a closed phase.
    std::optional<std::uint64_t> planned(Duration from, Duration to) const;
    Duration length() const { return length_; }

  private:
    const std::shared_ptr<const workload::Plan> plan_;
    std::vector<workload::ScenarioLoad> loads_;  // by scenario
    Duration length_{};
};

// What the load of a run is at `t`, in the words of the live view: "hold 200/s", "ramp 0/s to 200/s", "20 users",
// "idle".
std::string describe_phase(const workload::Plan& plan, Duration t);

}  // namespace culvert::results
