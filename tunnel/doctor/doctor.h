// Walks the path from this node to its relay hop by hop, as its uplink would, and says what is wrong with it. Blocks;
// nothing of a node that runs beside it is disturbed.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/crypto/identity.h"
#include "tunnel/doctor/diagnosis.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::tunnel::doctor {

struct DoctorSettings {
    std::string program;      // "culvert-agent doctor"
    std::string config_file;  // as it was found
    std::string identity_file;
    link::UplinkSettings uplink;
    bool probe = false;                             // also looks how long links live, silent and at all
    Duration idle_probe{std::chrono::seconds(40)};  // the relay speaks after 25 s of silence by itself
    Duration age_probe{std::chrono::seconds(60)};
};

struct DoctorEvents {
    std::function<void(const Check&)> checked = [](const Check&) {};
    // While a probe watches: how far it is, 0 to 1.
    std::function<void(std::string_view what, double done)> watching = [](std::string_view, double) {};
};

Diagnosis diagnose(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                   const DoctorEvents& events);

}  // namespace culvert::tunnel::doctor
