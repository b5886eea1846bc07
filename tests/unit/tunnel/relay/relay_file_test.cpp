#include "tunnel/relay/relay_file.h"

#include <catch2/catch.hpp>

#include "tests/support/files.h"
#include "tests/support/temporary_folder.h"
#include "tunnel/relay/options.h"
#include "tunnel/relay/preflight.h"

using namespace culvert;
using namespace culvert::tunnel::relay;
using Catch::Matchers::Contains;

namespace {

const config::EnvironmentLookup kEmptyEnvironment = [](std::string_view) { return std::nullopt; };

config::RelayConfig sample() {
    config::RelayConfig config;
    config.file = "relay.yaml";
    config.mesh = "acme";
    config.url = "wss://relay.example.com/mesh";
    config.mesh_ca = "/etc/culvert/mesh-ca.pem";
    config.listen = {"[::]:443"};
    config.tls = config::WebTls{"/etc/culvert/web.pem", "/etc/culvert/web.key"};
    config.admin_listen = "127.0.0.1:9443";
    config.limits.links = 7;
    config.limits.queue_per_node = Bytes{12345};
    config.limits.pending_joins = 3;
    config.limits.handshake_timeout = std::chrono::seconds(4);
    config.limits.handshakes = Rate::per_second(70);
    return config;
}

}  // namespace

TEST_CASE("every key of relay.yaml reaches the relay", "[relay]") {
    const auto settings = settings_from(sample(), kEmptyEnvironment);
    REQUIRE(settings.has_value());
    CHECK(settings->config_file == "relay.yaml");
    CHECK(settings->mesh == "acme");
    CHECK(settings->url == "wss://relay.example.com/mesh");
    CHECK(settings->mesh_ca_file == "/etc/culvert/mesh-ca.pem");
    CHECK(settings->listen == std::vector<std::string>{"[::]:443"});
    CHECK(settings->certificate_file == "/etc/culvert/web.pem");
    CHECK(settings->key_file == "/etc/culvert/web.key");
    CHECK(settings->admin_listen == "127.0.0.1:9443");
    CHECK(settings->limits.links == 7);
    CHECK(settings->limits.queue_per_node == 12345);
    CHECK(settings->limits.pending_joins == 3);
    CHECK(settings->limits.handshake_timeout == std::chrono::seconds(4));
    CHECK(settings->limits.handshakes == Rate::per_second(70));
}

TEST_CASE("revocations are kept beside the mesh CA, or where systemd gives a state folder", "[relay]") {
    CHECK(settings_from(sample(), kEmptyEnvironment)->revocations_file == "/etc/culvert/acme.crl");
    const config::EnvironmentLookup systemd = [](std::string_view name) {
        return name == "STATE_DIRECTORY" ? std::optional<std::string>("/var/lib/culvert-relay:/var/lib/more")
                                         : std::nullopt;
    };
    CHECK(settings_from(sample(), systemd)->revocations_file == "/var/lib/culvert-relay/acme.crl");
}

TEST_CASE("what this version cannot do is refused, not ignored", "[relay]") {
    auto config = sample();
    config.cluster_nats = "nats://127.0.0.1:4222";
    const auto settings = settings_from(config, kEmptyEnvironment);
    REQUIRE_FALSE(settings.has_value());
    CHECK_THAT(settings.error().message, Contains("cluster"));
}

TEST_CASE("all mistakes of a relay.yaml come at once", "[relay]") {
    const test::TemporaryFolder folder;
    test::write_file(folder.file("relay.yaml"), "mesh: acme\nurl: \"http://x\"\nlisen: [ \"[::]:443\" ]\n");
    const auto file = load_relay_file(folder.file("relay.yaml"));
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().code == Code::InvalidInput);
    CHECK_THAT(file.error().message,
               Contains("relay.yaml:2:") && Contains("relay.yaml:3:") && Contains("listen") && Contains("mesh_ca"));
}

TEST_CASE("the example of a relay.yaml is understood", "[relay]") {
    const test::TemporaryFolder folder;
    test::write_file(
        folder.file("relay.yaml"),
        "mesh: acme\nurl: \"wss://relay.example.com/mesh\"\nmesh_ca: mesh-ca.pem\nlisten: [ \"[::]:443\" ]\n"
        "tls: { certificate: fullchain.pem, key: privkey.pem }\n");
    const auto file = load_relay_file(folder.file("relay.yaml"));
    REQUIRE(file.has_value());
    CHECK(file->file == folder.file("relay.yaml"));
    CHECK(file->settings.certificate_file == folder.file("fullchain.pem"));
    CHECK(file->settings.admin_listen.empty());
}

TEST_CASE("the command line of culvert-relay", "[relay]") {
    const auto parse = [](std::vector<std::string> words) {
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        return parse_options(static_cast<int>(arguments.size()), arguments.data());
    };
    const auto options = parse({"culvert-relay", "--config", "r.yaml", "--check", "--log", "json"});
    REQUIRE(options.has_value());
    CHECK(options->config == "r.yaml");
    CHECK(options->check_only);
    CHECK(options->log_format == log::Format::Json);
    CHECK(parse({"culvert-relay", "--version"}).error() == ExitCode::Ok);
    CHECK(parse({"culvert-relay", "--confg", "x"}).error() == ExitCode::Usage);
    CHECK(parse({"culvert-relay", "--log", "xml"}).error() == ExitCode::Usage);
}

TEST_CASE("the path of the WebSocket is the path of the public address", "[relay]") {
    CHECK(path_of("wss://relay.example.com/mesh") == "/mesh");
    CHECK(path_of("wss://relay.example.com:8443/a/b?x=1") == "/a/b");
    CHECK(path_of("wss://relay.example.com") == "/");
}

TEST_CASE("a web certificate that is not valid now is warned about", "[relay]") {
    const WallTime now(std::chrono::hours(24 * 20000));
    const auto warnings = [now](Duration begin, Duration end) {
        return warnings_about_time({"", now + begin, now + end}, "web.pem", now);
    };
    CHECK(warnings(-std::chrono::hours(1), std::chrono::hours(1)).empty());
    CHECK_THAT(warnings(-std::chrono::hours(2), -std::chrono::hours(1)).at(0),
               Contains("web.pem") && Contains("expired"));
    CHECK_THAT(warnings(std::chrono::hours(1), std::chrono::hours(2)).at(0), Contains("clock"));
}
