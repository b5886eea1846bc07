// Bad input: one clear line, the right exit code, nothing started and nothing lost.
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

std::string plan_for(const E2eMesh& mesh, const std::string& steps) {
    return fmt::format(
        "culvert: 1\nname: Bad\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 10/s, for: 2s }} ]\n{}",
        fmt::format(fmt::runtime(steps), fmt::arg("target", mesh.target())));
}

constexpr const char* kOneGet = "    steps: [ get: \"{target}/products\" ]\n";

bool says(const Outcome& outcome, const std::string& text) {
    return outcome.err.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("plans with mistakes are refused with file, line and column before anything starts", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    struct Wrong {
        std::string plan, says;
    };
    const std::vector<Wrong> wrongs{
        {"culvert: 1\nname: [\n", "plan.yaml:"},
        {"culvert: 1\nname: X\nscenarois:\n  a: 1\n", "scenarios"},
        {"culvert: 1\nname: X\nname: Y\nscenarios:\n  one:\n    load: [ idle: { for: 1s } ]\n    steps: [ think: 1s "
         "]\n",
         "line 2"},
        {"culvert: 1\nname: X\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10, for: 2s } ]\n    steps: [ "
         "get: \"http://127.0.0.1/\" ]\n",
         "10/s"},
        {"culvert: 1\nname: X\ndata:\n  rows: { csv: missing.csv }\nscenarios:\n  one:\n    load: [ constant_rate: { "
         "rate: 10/s, for: 2s } ]\n    steps: [ get: \"http://127.0.0.1/${rows.id}\" ]\n",
         "missing.csv"},
    };
    for (const Wrong& wrong : wrongs) {
        const auto outcome = mesh.run(wrong.plan, 1);
        INFO(wrong.plan << "\n" << outcome.err);
        CHECK(outcome.exit == 2);
        CHECK(says(outcome, wrong.says));
    }
    std::ofstream(mesh.mesh().file("uneven.csv")) << "id,name\n1,a\n2\n";
    const auto uneven = mesh.run(
        "culvert: 1\nname: X\ndata:\n  rows: { csv: uneven.csv }\nscenarios:\n  one:\n    load: [ constant_rate: { "
        "rate: 10/s, for: 2s } ]\n"
        "    steps: [ get: \"http://127.0.0.1/${rows.id}\" ]\n",
        1);
    INFO(uneven.err);
    CHECK(uneven.exit == 2);
    CHECK(says(uneven, "uneven.csv"));
    CHECK(says(uneven, "3"));
    CHECK(read_lines(mesh.nginx().access_log).empty());
}

TEST_CASE("a run without agents that match, or against a charter, starts nothing and says why", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1, {{"region", "eu"}});
    const auto nobody = mesh.run(plan_for(mesh, kOneGet), 1, {"--agents", "region=mars"});
    INFO(nobody.err);
    CHECK(nobody.exit == 4);
    CHECK(says(nobody, "region=mars"));
    CHECK(says(nobody, "region=eu"));

    const auto forbidden = mesh.run(plan_for(mesh, "    steps: [ get: \"http://127.0.0.1:1/elsewhere\" ]\n"), 1);
    INFO(forbidden.err);
    CHECK(forbidden.exit == 4);
    CHECK(says(forbidden, "127.0.0.1:1"));
    CHECK(says(forbidden, "charter"));
    CHECK(read_lines(mesh.nginx().access_log).empty());
}

TEST_CASE("a relay that is down, and a proxy that refuses, each give one line and exit code 5", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    SECTION("the relay is down: the proxy answers 502 or 503") {
        mesh.mesh().stop_relay();
        const auto outcome = mesh.run(plan_for(mesh, kOneGet), 1);
        INFO(outcome.err);
        CHECK(outcome.exit == 5);
        CHECK((says(outcome, "502") || says(outcome, "503")));
    }
    SECTION("the proxy is down") {
        mesh.mesh().stop_proxy();
        const auto outcome = mesh.run(plan_for(mesh, kOneGet), 1);
        INFO(outcome.err);
        CHECK(outcome.exit == 5);
        CHECK(says(outcome, "proxy"));
    }
    SECTION("the password is wrong: 407, tried once") {
        std::ofstream(mesh.mesh().file("proxy-password")) << "wrong\n";
        const auto outcome = mesh.run(plan_for(mesh, kOneGet), 1);
        INFO(outcome.err);
        CHECK(outcome.exit == 5);
        CHECK(says(outcome, "407"));
    }
    CHECK(read_lines(mesh.nginx().access_log).empty());
}

TEST_CASE("a relay whose web certificate is not the pinned one is refused with its fingerprint", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    mesh.mesh().stop_relay();
    const auto folder = mesh.mesh().file("mesh");
    const auto made =
        demo::run_to_end({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                   "-nodes", "-days", "2", "-subj", "/CN=relay.demo.test", "-keyout",
                                   (folder / "other.key").string(), "-out", (folder / "other.pem").string()},
                          .environment = {},
                          .output = mesh.mesh().file("openssl.log"),
                          .stdout_file = {},
                          .directory = {}},
                         20s);
    REQUIRE(made == 0);
    std::string conf = read_text(folder / "relay.yaml");
    const auto tls = conf.find("tls:");
    REQUIRE(tls != std::string::npos);
    conf.replace(tls, conf.find('\n', tls) - tls, "tls: { certificate: other.pem, key: other.key }");
    std::ofstream(folder / "relay.yaml") << conf;
    REQUIRE(mesh.mesh().start_relay());
    const auto outcome = mesh.run(plan_for(mesh, kOneGet), 1);
    INFO(outcome.err);
    CHECK(outcome.exit == 5);
    CHECK((says(outcome, "SHA-256") || says(outcome, "sha256")));
}

TEST_CASE("a target that is down is reported as refused connections, not as an error of the run", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1, {}, {"127.0.0.1:9"});
    const auto outcome = mesh.run(
        "culvert: 1\nname: Down\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10/s, for: 2s } ]\n    steps: "
        "[ get: \"http://127.0.0.1:9/\" ]\nthresholds: [ error_rate < 1% ]\n",
        1);
    INFO(outcome.err);
    CHECK(outcome.exit == 3);
    CHECK(outcome.report["totals"]["failures"] == 20);
    CHECK(outcome.report["scenarios"][0]["steps"][0]["errors"]["refused"] == 20);
}

TEST_CASE("a second agent of a name that is taken cannot join", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto again = mesh.mesh().join_agent({.name = "a1", .labels = {}, .weight = 1, .allow = {}, .more = {}});
    REQUIRE_FALSE(again);
    CHECK(again.error().message.find("a1") != std::string::npos);
}

TEST_CASE("a full disk costs the report its file, not the run its result", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto out = mesh.mesh().file("full");
    std::filesystem::create_directories(out);
    demo::Command command =
        mesh.mesh().culvert({"run", mesh.write_plan(plan_for(mesh, kOneGet)).string(), "--wait-for-agents", "1",
                             "--progress", "plain", "--out", out.string()},
                            "full.err");
    // A mount of our own mount namespace: 64 KiB, and 60 of them taken.
    command.argv.insert(
        command.argv.begin(),
        {"unshare", "-m", "sh", "-c",
         fmt::format("mount -t tmpfs -o size=64k none {0} && head -c 61440 /dev/zero > {0}/ballast && exec \"$@\"",
                     out.string()),
         "sh"});
    command.argv[6] = demo::find_program("culvert")->string();
    if (::geteuid() != 0) {
        WARN("not shown here: a small file system needs root");
        return;
    }
    auto process = mesh.playground().start(demo::Zone::Corp, command);
    REQUIRE(process);
    const auto exit = (*process)->wait(60s);
    const std::string err = read_text(mesh.mesh().file("full.err"));
    INFO(err);
    CHECK(exit == 1);
    CHECK(err.find("No space left") != std::string::npos);
    CHECK(err.find("report.json") != std::string::npos);
}
