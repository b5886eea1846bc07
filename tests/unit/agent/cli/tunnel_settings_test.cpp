#include "agent/cli/tunnel_settings.h"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::agent::cli;

namespace {

config::AgentConfig parsed(const std::string& more) {
    const auto config = config::parse_agent_config(
        "/etc/culvert/agent.yaml", "mesh: acme\ntunnel: { relays: [ \"wss://r/mesh\" ], extra_ca: corp.pem }\n" + more);
    REQUIRE(config);
    return *config;
}

}  // namespace

TEST_CASE("what tunnel and load keep beside the configuration has different names", "[cli]") {
    const auto config = parsed("load: { proxy: { pac: \"http://wpad/wpad.dat\" }, extra_ca: services.pem }\n");
    const auto uplink = uplink_settings_of(config, config.directory);
    REQUIRE(uplink);
    CHECK(uplink->role == Role::Agent);
    CHECK(uplink->credential_file == "/etc/culvert/proxy-credentials");
    CHECK(uplink->learnt_file == "/etc/culvert/learnt-path");
    CHECK(uplink->proxy.pac_copy.file == "/etc/culvert/pac-copy");
    const auto load = load_proxy_of(config);
    REQUIRE(load);
    CHECK(load->pac_copy.file == "/etc/culvert/load-pac-copy");
    CHECK(load_credential_file(config) == "/etc/culvert/load-proxy-credentials");
}

TEST_CASE("the doctor tries the charter's targets by the load's proxy, with every CA that the load knows", "[cli]") {
    const auto targets =
        target_settings_of(parsed("load: { proxy: { urls: [ \"http://egress:3128\" ] }, extra_ca: services.pem "
                                  "}\ncharter: { targets: [ \"shop:443\" ] }\n"));
    REQUIRE(targets);
    CHECK(targets->allowed == std::vector<std::string>{"shop:443"});
    CHECK(targets->proxy.urls == std::vector<std::string>{"http://egress:3128"});
    CHECK(targets->extra_ca == std::vector<std::string>{"/etc/culvert/corp.pem", "/etc/culvert/services.pem"});
    CHECK(targets->credential_file == "/etc/culvert/load-proxy-credentials");
    CHECK(target_settings_of(parsed(""))->allowed.empty());
}
