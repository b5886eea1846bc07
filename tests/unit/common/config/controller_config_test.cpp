#include <catch2/catch.hpp>

#include "common/config/node_config.h"
#include "common/config/node_config_text.h"
#include "tests/unit/common/config/problem_text.h"

using namespace culvert;
using namespace culvert::config;
using namespace std::chrono_literals;

namespace {

constexpr const char* kGood = "mesh: acme\nname: laptop\ntunnel: { relays: [ \"wss://relay.example.com/mesh\" ] }\n";

std::string problems_of(const std::string& text) {
    return test::problem_text(parse_controller_config("controller.yaml", text));
}

}  // namespace

TEST_CASE("controller.yaml is read with its defaults", "[config]") {
    const auto controller = parse_controller_config("/c/controller.yaml", kGood);
    REQUIRE(controller);
    CHECK(controller->name == "laptop");
    CHECK(controller->identity == "/c/identity.pem");
    CHECK(controller->store == "/c/runs.sqlite");
    CHECK_FALSE(controller->mesh_ca);
    CHECK_FALSE(controller->serve);
    CHECK(controller->run == RunConfig{});
}

TEST_CASE("every key of controller.yaml is read", "[config]") {
    const auto controller = parse_controller_config(
        "controller.yaml", std::string(kGood) + R"(mesh_ca: { certificate: mesh-ca.pem, key: mesh-ca.key }
store: history.sqlite
serve: { listen: "0.0.0.0:8443", tls: { certificate: web.pem, key: web.key }, users_file: users.yaml }
run: { agent_lost_after: 30s, on_lost_agent: abort, start_delay: 0s }
direct:
  - { agent: lab-7, url: "tcp://10.0.0.7:7993", proxy: { urls: "http://proxy.corp:3128" } }
  - { agent: lab-8, url: "wss://lab-8.example.com/mesh" }
)");
    if (!controller) FAIL(test::problem_text(controller));
    CHECK(controller->mesh_ca == MeshCaConfig{"mesh-ca.pem", "mesh-ca.key"});
    CHECK(controller->store == "history.sqlite");
    CHECK(controller->serve->users_file == "users.yaml");
    CHECK(controller->run.on_lost_agent == OnLostAgent::Abort);
    CHECK(controller->run.start_delay == Duration{0});
    REQUIRE(controller->direct.size() == 2);
    CHECK(controller->direct[0].proxy.urls.size() == 1);
    CHECK(controller->direct[1].proxy.source == ProxyConfig::Source::None);
}

TEST_CASE("the web server is refused on anything but loopback without tls and users", "[config]") {
    CHECK(problems_of(std::string(kGood) + "serve: { listen: \"localhost:8080\" }\n").empty());
    CHECK(problems_of(std::string(kGood) + "serve: { listen: \"0.0.0.0:8080\" }\n") ==
          "controller.yaml:4:18: serve.listen: anything but loopback needs tls: { certificate: FILE, key: FILE } and "
          "users_file: FILE\n");
}

TEST_CASE("every mistake in controller.yaml is told at once", "[config]") {
    CHECK(problems_of(std::string(kGood) +
                      "mesh_ca: mesh-ca.pem\nrun: { on_lost_agent: redistribut, agent_lost_after: 1ms }\ndirect: [ { "
                      "agent: a, url: \"http://x\" }, { agent: a, url: \"tcp://x:1\" } ]\n") ==
          R"(controller.yaml:4:10: mesh_ca: is "mesh-ca.pem" where a map (key: value) is expected
controller.yaml:5:23: run.on_lost_agent: "redistribut" is not known here; did you mean redistribute?
controller.yaml:5:54: run.agent_lost_after: "1ms" is out of range; write 1s to 1h
controller.yaml:6:28: direct[0].url: "http://x" is no agent's address; write tcp://HOST:PORT or wss://HOST[:PORT]
controller.yaml:6:42: direct[1].agent: a stands in direct[0] already
)");
    CHECK_THAT(problems_of("mesh: acme\n"), Catch::Contains("tunnel: is missing"));
    CHECK_THAT(problems_of(std::string(kGood) + "direct: lab-7\n"), Catch::Contains("is not a list"));
}

TEST_CASE("a mistake in a list of a controller's proxies is told with its place, tunnel and direct agents alike",
          "[config]") {
    CHECK(
        problems_of("mesh: acme\ntunnel:\n  relays: [ \"wss://relay.example.com/mesh\" ]\n"
                    "  proxy: { urls: [ \"http://p:3128\" ], no_proxy: [ \"*.corp:x\" ] }\n"
                    "direct:\n  - { agent: a, url: \"tcp://x:1\", proxy: { urls: \"http://p:3128\", no_proxy: "
                    "10.0.0.0/40 } }\n") ==
        R"(controller.yaml:4:51: tunnel.proxy.no_proxy[0]: "*.corp:x" has no port (1 to 65535) behind ':'; write HOST or HOST:PORT
controller.yaml:6:77: direct[0].proxy.no_proxy: "10.0.0.0/40" is no network: it needs 0 to 32 bits; write it as in 10.0.0.0/8
)");
}

TEST_CASE("a rendered controller.yaml reads back the same", "[config]") {
    ControllerConfig controller = *parse_controller_config("controller.yaml", kGood);
    CHECK(parse_controller_config("controller.yaml", render_controller_config(controller)) == controller);
    controller.mesh_ca = MeshCaConfig{"mesh-ca.pem", "mesh-ca.key"};
    controller.tunnel.pin_sha256 = {std::string(64, 'a')};
    controller.serve = ServeConfig{"0.0.0.0:8443", WebTls{"web.pem", "web.key"}, "users.yaml"};
    controller.run.on_lost_agent = OnLostAgent::Continue;
    controller.direct = {DirectAgent{"lab-7", "tcp://10.0.0.7:7993", {}},
                         DirectAgent{"lab-8", "wss://lab-8.example.com", ProxyConfig::none()}};
    const auto read = parse_controller_config("controller.yaml", render_controller_config(controller));
    if (!read) FAIL(test::problem_text(read));
    CHECK(*read == controller);
}
