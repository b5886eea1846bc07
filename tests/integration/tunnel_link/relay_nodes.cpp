#include "tests/integration/tunnel_link/relay_nodes.h"

#include <catch2/catch.hpp>

namespace culvert::test {

using namespace std::chrono_literals;
using tunnel::link::UplinkSettings;

UplinkSettings settings_for(const TestRelay& relay) {
    UplinkSettings settings;
    settings.relays = {relay.url()};
    if (relay.url().starts_with("wss")) settings.pins = {relay.web_pin()};
    settings.environment = [](const std::string&) { return std::nullopt; };
    settings.connect_timeout = 3s;
    settings.handshake_timeout = 3s;
    return settings;
}

UplinkSettings controller_settings(const TestRelay& relay) {
    UplinkSettings settings = settings_for(relay);
    settings.role = Role::Controller;
    settings.instance = 77;
    settings.enrols = true;
    return settings;
}

void use_proxy(UplinkSettings& settings, const TestProxy& proxy, const std::string& user, const std::string& password) {
    settings.proxy.source = tunnel::proxy::ProxySettings::Source::Urls;
    settings.proxy.urls.push_back(proxy.url());
    settings.proxy.username = user;
    if (!user.empty()) settings.proxy.read_password = [password]() -> Result<Secret> { return Secret(password); };
}

crypto::MeshTrust trust_of(const TestRelay& relay) {
    static const SystemClock clock;
    auto trust = crypto::MeshTrust::from_pem(relay.ca().certificate_pem(), "acme", clock);
    REQUIRE(trust);
    return *trust;
}

std::unique_ptr<UplinkNode> agent_of(const TestRelay& relay, const std::string& name) {
    return std::make_unique<UplinkNode>(relay.agent(name), trust_of(relay));
}

std::unique_ptr<UplinkNode> controller_of(const TestRelay& relay) {
    return std::make_unique<UplinkNode>(relay.controller("ops"), trust_of(relay));
}

std::string first_down(UplinkNode& node) {
    REQUIRE(node.wait_until([](const UplinkNode::Record& record) { return !record.downs.empty(); }));
    return node.record().downs.front();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace culvert::test
