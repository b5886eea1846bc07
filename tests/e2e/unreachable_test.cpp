// Ways to the relay that are closed: each gives exit code 5 and one line with what is in the way.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "e2e_mesh.h"
#include "refusals.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

constexpr demo::Exit kNotReached = 5;
constexpr const char* kPlan =
    "culvert: 1\nname: Far\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10/s, for: 2s } ]\n    steps: [ "
    "get: "
    "\"{target}/products\" ]\n";

// A controller of a mesh of its own, whose relay is at `url`.
Outcome run_with_relay(E2eMesh& mesh, const std::string& name, const std::string& url, const std::string& proxy) {
    const auto folder = mesh.mesh().file(name);
    std::vector<std::string> init{"culvert", "init", folder.string(), "--relay", url, "--proxy", proxy};
    if (proxy != "none")
        init.insert(init.end(),
                    {"--proxy-user", "demo", "--proxy-password-file", mesh.mesh().file("proxy-password").string()});
    const auto made = mesh.program(init);
    INFO(made.err);
    REQUIRE(made.exit == 0);
    return mesh.program({"culvert", "run", mesh.write_plan(with_target(mesh, kPlan), name + ".yaml").string(),
                         "--progress", "plain", "--out", mesh.mesh().file(name + "-out").string(), "--config",
                         (folder / "controller.yaml").string()});
}

std::string fingerprint(E2eMesh& mesh, const std::filesystem::path& certificate) {
    std::string out =
        mesh.program({"openssl", "x509", "-in", certificate.string(), "-noout", "-fingerprint", "-sha256"}).out;
    out = to_lower_ascii(out.substr(out.find('=') + 1, 3 * 32 - 1));
    out.erase(std::remove(out.begin(), out.end(), ':'), out.end());
    return out;
}

// What a pin is: the SHA-256 of the public key.
std::string key_digest(E2eMesh& mesh, const std::filesystem::path& certificate) {
    return mesh
        .program({"sh", "-c",
                  fmt::format("openssl x509 -in {} -noout -pubkey | openssl pkey -pubin -outform der | sha256sum",
                              certificate.string())})
        .out.substr(0, 64);
}

void serve_another_certificate(E2eMesh& mesh) {
    const auto folder = mesh.mesh().file("mesh");
    const auto made = mesh.program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                    "-nodes", "-days", "2", "-subj", "/CN=relay.demo.test", "-keyout",
                                    (folder / "other.key").string(), "-out", (folder / "other.pem").string()});
    REQUIRE(made.exit == 0);
    std::string conf = read_text(folder / "relay.yaml");
    const auto tls = conf.find("tls:");
    REQUIRE(tls != std::string::npos);
    conf.replace(tls, conf.find('\n', tls) - tls, "tls: { certificate: other.pem, key: other.key }");
    std::ofstream(folder / "relay.yaml") << conf;
    mesh.mesh().stop_relay();
    REQUIRE(mesh.mesh().start_relay());
}

}  // namespace

TEST_CASE("a proxy that refuses: its answer is in the line, and what it means", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    REQUIRE(
        wait_until([&] { return read_text(mesh.mesh().file("a1.log")).find("connected") != std::string::npos; }, 20s));
    const std::string proxy = mesh.mesh().squid().url();
    const auto refused = [&mesh] {
        const auto log = read_lines(mesh.mesh().squid().access_log);
        return std::count_if(log.begin(), log.end(),
                             [](const std::string& line) { return line.find("/407 ") != std::string::npos; });
    };
    SECTION("407: the password is wrong, and it is tried once") {
        std::ofstream(mesh.mesh().file("proxy-password")) << "wrong\n";
        Refusals refusals(mesh);
        const auto before = refused();
        refusals.run(kPlan, kNotReached, {proxy, "407", "rejected the password of user demo"});
        CHECK(refused() - before == 2);  // one CONNECT without the password, one with it
    }
    SECTION("403: its policy denies the relay") {
        mesh.mesh().stop_proxy();
        REQUIRE(mesh.mesh().start_proxy(demo::ProxyPolicy::DenyRelay));
        Refusals refusals(mesh);
        refusals.run(
            kPlan, kNotReached,
            {proxy, "403", "CONNECT relay.demo.test", "its policy does not let us go there", "ask its operator"});
    }
    SECTION("503: it cannot reach the relay, which is down") {
        mesh.mesh().stop_relay();
        Refusals refusals(mesh);
        refusals.run(kPlan, kNotReached, {proxy, "503", "CONNECT relay.demo.test", "it cannot reach that host"});
    }
    SECTION("it cannot resolve the relay's name") {
        Refusals refusals(mesh);
        refusals.check(
            run_with_relay(mesh, "lost", "wss://relay.nowhere.test/mesh", proxy), kNotReached,
            {proxy, "answered 50", "CONNECT relay.nowhere.test"});  // 503, or 500 where there is no DNS at all
    }
    SECTION("it is down itself") {
        mesh.mesh().stop_proxy();
        Refusals refusals(mesh);
        refusals.run(kPlan, kNotReached, {proxy, "Connection refused"});
    }
}

TEST_CASE("a relay without a proxy that cannot be reached: nobody listens, or its name is unknown", "[e2e]") {
    E2eMesh mesh;
    Refusals refusals(mesh);
    const auto port = test::unused_port();
    refusals.check(run_with_relay(mesh, "silent", fmt::format("wss://127.0.0.1:{}/mesh", port), "none"), kNotReached,
                   {fmt::format("127.0.0.1:{}", port), "Connection refused"});
    refusals.check(run_with_relay(mesh, "nameless", "wss://relay.nowhere.test/mesh", "none"), kNotReached,
                   {"cannot resolve relay.nowhere.test", "configure that proxy"});
}

TEST_CASE("a relay whose web certificate is not the pinned one, or of no known CA, is refused with its fingerprint",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto folder = mesh.mesh().file("mesh");
    SECTION("another certificate than the pinned one") {
        serve_another_certificate(mesh);
        Refusals refusals(mesh);
        refusals.run(kPlan, kNotReached,
                     {"another certificate than the pinned one", fingerprint(mesh, folder / "other.pem"),
                      "pin_sha256 needs " + key_digest(mesh, folder / "other.pem")});
    }
    SECTION("an unknown issuer where nothing is pinned") {
        std::string conf = read_text(folder / "controller.yaml");
        const auto pin = conf.find("  pin_sha256:");
        REQUIRE(pin != std::string::npos);
        conf.erase(pin, conf.find('\n', pin) + 1 - pin);
        std::ofstream(folder / "controller.yaml") << conf;
        Refusals refusals(mesh);
        refusals.run(kPlan, kNotReached, {"unknown issuer", fingerprint(mesh, folder / "web.pem"), "extra_ca"});
    }
}
