#include <catch2/catch.hpp>

#include "common/config/node_config.h"
#include "common/config/node_config_text.h"
#include "tests/unit/common/config/problem_text.h"

using namespace culvert;
using namespace culvert::config;
using namespace std::chrono_literals;

namespace {

constexpr const char* kGood = R"(mesh: acme
url: "wss://relay.example.com/mesh"
mesh_ca: mesh-ca.pem
listen: [ "[::]:443" ]
tls: { certificate: fullchain.pem, key: privkey.pem }
)";

std::string problems_of(const std::string& text) {
    return test::problem_text(parse_relay_config("relay.yaml", text));
}

}  // namespace

TEST_CASE("relay.yaml is read with its defaults", "[config]") {
    const auto relay = parse_relay_config("/etc/culvert/relay.yaml", kGood);
    REQUIRE(relay);
    CHECK(relay->url == "wss://relay.example.com/mesh");
    CHECK(relay->mesh_ca == "/etc/culvert/mesh-ca.pem");
    CHECK(relay->tls == WebTls{"/etc/culvert/fullchain.pem", "/etc/culvert/privkey.pem"});
    CHECK_FALSE(relay->admin_listen);
    CHECK(relay->limits == RelayLimits{});
    CHECK_FALSE(relay->cluster_nats);
}

TEST_CASE("every key of relay.yaml is read", "[config]") {
    const auto relay = parse_relay_config("relay.yaml", std::string(kGood) + R"(admin: { listen: "127.0.0.1:9443" }
limits: { links: 100, queue_per_node: 1MiB, pending_joins: 3, handshake_timeout: 5s, handshakes: 50/s }
cluster: { nats: "nats://127.0.0.1:4222" }
)");
    REQUIRE(relay);
    CHECK(relay->admin_listen == "127.0.0.1:9443");
    CHECK(relay->limits == RelayLimits{100, Bytes{1 << 20}, 3, 5s, Rate::per_second(50)});
    CHECK(relay->cluster_nats == "nats://127.0.0.1:4222");
}

TEST_CASE("every mistake in relay.yaml is told at once", "[config]") {
    CHECK(problems_of("mesh: acme\nurl: relay.example.com\nlisten: [ \"443\", \":443\" ]\ntls: { certificate: a "
                      "}\nadmin: { }\nlimits: { links: 0, queue_per_node: 4, handshakes: 5/s }\ncluster: { nats: "
                      "\"http://x\" }\n") ==
          R"(relay.yaml:1:1: mesh_ca: is missing; write the mesh CA's certificate, for example mesh-ca.pem
relay.yaml:2:6: url: "relay.example.com" is not a URL: write SCHEME://HOST[:PORT]; write wss://HOST/mesh
relay.yaml:3:11: listen[0]: "443" is not an address; write HOST:PORT, for example 127.0.0.1:8080 or "[::]:443"
relay.yaml:3:18: listen[1]: ":443" is not an address; write HOST:PORT, for example 127.0.0.1:8080 or "[::]:443"
relay.yaml:4:6: tls.key: is missing; write the PEM file of its private key
relay.yaml:5:8: admin.listen: is missing; write an address, for example 127.0.0.1:9443
relay.yaml:6:18: limits.links: 0 is out of range; write 1 to 1000000
relay.yaml:6:37: limits.queue_per_node: "4" has no unit; write 4B or 4KiB
relay.yaml:6:52: limits.handshakes: 5/s is out of range; write 10/s to 100000/s
relay.yaml:7:18: cluster.nats: is no URL of a NATS server; write nats://HOST:4222 or tls://HOST:4222
)");
}

TEST_CASE("without tls a relay listens on loopback only", "[config]") {
    const std::string head = "mesh: acme\nurl: \"wss://relay.example.com/mesh\"\nmesh_ca: ca.pem\nlisten: ";
    CHECK(problems_of(head + "[ \"127.0.0.1:8080\", \"[::1]:8080\" ]\n").empty());
    CHECK_THAT(problems_of(head + "[ \"127.0.0.1:8080\", \"0.0.0.0:8080\" ]\n"),
               Catch::Contains("beyond loopback without tls"));
}

TEST_CASE("a rendered relay.yaml reads back the same", "[config]") {
    RelayConfig relay = *parse_relay_config("relay.yaml", kGood);
    CHECK(parse_relay_config("relay.yaml", render_relay_config(relay)) == relay);
    relay.admin_listen = "127.0.0.1:9443";
    relay.limits.links = 7;
    relay.cluster_nats = "nats://127.0.0.1:4222";
    CHECK(parse_relay_config("relay.yaml", render_relay_config(relay)) == relay);
    relay.tls.reset();
    relay.listen = {"127.0.0.1:8080"};
    CHECK(parse_relay_config("relay.yaml", render_relay_config(relay)) == relay);
}
