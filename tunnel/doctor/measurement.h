// What an admitted link is worth: round trips, throughput, and on request how long links live.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "tunnel/doctor/doctor_settings.h"
#include "tunnel/doctor/record.h"
#include "tunnel/doctor/trial_links.h"
#include "tunnel/link/learnt_path.h"

namespace culvert::tunnel::doctor {

class Measurement {
  public:
    // All outlive it.
    Measurement(const DoctorSettings& settings, const Clock& clock, TrialLinks& links, Record& record)
        : settings_(settings), clock_(clock), links_(links), record_(record) {}

    void echo(link::Transport transport);
    // Idle cut and maximum age: watched for when probing, else what the running node has learnt.
    void lives(link::Transport transport, const link::LearntPath& learnt);

  private:
    // How long a link lived; empty: longer than `limit`.
    std::optional<Duration> watch(link::Transport transport, Duration heartbeat, Duration limit, std::string_view what);

    const DoctorSettings& settings_;
    const Clock& clock_;
    TrialLinks& links_;
    Record& record_;
};

}  // namespace culvert::tunnel::doctor
