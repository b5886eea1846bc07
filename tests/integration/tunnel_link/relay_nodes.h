// Nodes of a test relay, and the settings by which they reach it.
#pragma once

#include <memory>
#include <string>

#include "tests/integration/tunnel_link/node.h"
#include "tests/support/test_proxy.h"
#include "tests/support/test_relay.h"

namespace culvert::test {

tunnel::link::UplinkSettings settings_for(const TestRelay& relay);
tunnel::link::UplinkSettings controller_settings(const TestRelay& relay);
void use_proxy(tunnel::link::UplinkSettings& settings, const TestProxy& proxy, const std::string& user = "",
               const std::string& password = "");

crypto::MeshTrust trust_of(const TestRelay& relay);
std::unique_ptr<UplinkNode> agent_of(const TestRelay& relay, const std::string& name = "fra-1");
std::unique_ptr<UplinkNode> controller_of(const TestRelay& relay);

// The first thing said after start(), if it was a failure.
std::string first_down(UplinkNode& node);

bool contains(const std::string& text, const std::string& part);

}  // namespace culvert::test
