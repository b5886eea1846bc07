// What a walk is told, and whom it tells.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tunnel/doctor/diagnosis.h"
#include "tunnel/link/uplink_settings.h"
#include "tunnel/proxy/settings.h"

namespace culvert::tunnel::doctor {

// Where an agent's load may go, and by which way.
struct TargetSettings {
    std::vector<std::string> allowed;  // entries of charter.targets; tried are those that name one HOST:PORT
    proxy::ProxySettings proxy;
    std::string credential_file;        // of the load's proxy
    std::vector<std::string> extra_ca;  // PEM files, for a proxy that speaks TLS
};

struct DoctorSettings {
    std::string program;      // "culvert-agent doctor"
    std::string config_file;  // as it was found
    std::string identity_file;
    std::string node;  // its name, where there is no identity yet
    std::string mesh;  // as configured; empty: the identity's own
    link::UplinkSettings uplink;
    std::optional<TargetSettings> targets;
    bool probe = false;                             // also looks how long links live, silent and at all
    Duration idle_probe{std::chrono::seconds(40)};  // the relay speaks after 25 s of silence by itself
    Duration age_probe{std::chrono::seconds(60)};
};

struct DoctorEvents {
    std::function<void(const Check&)> checked = [](const Check&) {};
    // While a probe watches: how far it is, 0 to 1.
    std::function<void(std::string_view what, double done)> watching = [](std::string_view, double) {};
};

}  // namespace culvert::tunnel::doctor
