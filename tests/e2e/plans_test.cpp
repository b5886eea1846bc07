// What plans can ask for, each against the target's own account: mixes, redirects, targets with TLS, thresholds that
// end a run.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/crypto/web_certificate.h"
#include "e2e_mesh.h"
#include "tests/support/http_origin.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

using nlohmann::json;

json scenario_of(const json& report, const std::string& name) {
    for (const json& scenario : report["scenarios"]) {
        if (scenario["name"] == name) return scenario;
    }
    return nullptr;
}

long logged(const E2eMesh& mesh, const std::string& line) {
    const auto lines = read_lines(mesh.nginx().access_log);
    return std::count(lines.begin(), lines.end(), line);
}

}  // namespace

TEST_CASE("a weighted mix is divided exactly, redirects are followed, and a target with TLS is trusted by an extra CA",
          "[e2e]") {
    const auto certificate = crypto::make_web_certificate("127.0.0.1", SystemClock());
    REQUIRE(certificate);
    test::HttpOrigin secure([](const test::OriginRequest&) { return test::OriginAnswer{}; }, *certificate);
    const std::string host = fmt::format("127.0.0.1:{}", secure.port());
    E2eMesh mesh;
    const auto ca = mesh.mesh().file("target.pem");
    std::ofstream(ca) << certificate->certificate_pem;
    for (const auto& [name, weight] : {std::pair{"a1", 1.0}, {"a2", 3.0}}) {
        REQUIRE(mesh.mesh().join_agent({.name = name,
                                        .labels = {},
                                        .weight = weight,
                                        .allow = {mesh.target_host(), host},
                                        .more = {"--extra-ca", ca.string()}}));
    }
    const auto outcome = mesh.run(fmt::format("culvert: 1\nname: Mix\n"
                                              "load: [ constant_rate: {{ rate: 100/s, for: 4s }} ]\n"
                                              "scenarios:\n"
                                              "  browse:\n    weight: 70\n    steps: [ get: \"{0}/products\" ]\n"
                                              "  moved:\n    weight: 25\n    steps:\n"
                                              "      - get: \"{0}/moved\"\n        follow_redirects: 3\n"
                                              "        check: {{ status: 200, json: {{ /items/0/sku: exists }} }}\n"
                                              "  secure:\n    weight: 5\n    steps: [ get: \"{1}/\" ]\n"
                                              "thresholds: [ error_rate < 0.1% ]\n",
                                              mesh.target(), secure.url()),
                                  2);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    // 400 slots by 70, 25 and 5 of a hundred.
    CHECK(scenario_of(outcome.report, "browse")["iterations"] == 280);
    CHECK(scenario_of(outcome.report, "moved")["iterations"] == 100);
    CHECK(scenario_of(outcome.report, "secure")["iterations"] == 20);
    CHECK(outcome.report["totals"]["failures"] == 0);
    CHECK(logged(mesh, "GET /moved 302") == 100);
    CHECK(logged(mesh, "GET /products 200") == 280 + 100);
    CHECK(secure.requests() == 20);
    CHECK(outcome.report["ledger"]["balanced"] == true);
}

TEST_CASE("a threshold that says else abort ends the run as soon as it is crossed, with exit code 3", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto outcome = mesh.run(
        fmt::format("culvert: 1\nname: Abort\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 20/s, for: "
                    "5m }} ]\n    steps: [ get: \"{}/nowhere\" ]\n"
                    "thresholds: [ error_rate < 1% after 2s else abort ]\n",
                    mesh.target()),
        1);
    INFO(outcome.err);
    CHECK(outcome.exit == 3);
    CHECK(outcome.report["run"]["state"] == "aborted");
    CHECK(outcome.err.find("error_rate < 1%") != std::string::npos);
    CHECK(outcome.err.find("the plan says abort") != std::string::npos);
    const auto requests = outcome.report["totals"]["requests"].get<long>();
    CHECK(requests >= 40);   // two seconds of grace
    CHECK(requests < 1000);  // and not five minutes
    CHECK(logged(mesh, "GET /nowhere 404") == requests);
    CHECK(outcome.report["ledger"]["balanced"] == true);
}

TEST_CASE("a detached run is watched to its end and stopped, and its report balances", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto out = mesh.mesh().file("out");
    const auto plan =
        mesh.write_plan(fmt::format("culvert: 1\nname: Apart\nscenarios:\n  one:\n    load: [ constant_rate: "
                                    "{{ rate: 50/s, for: 5m }} ]\n    steps: [ get: \"{}/products\" ]\n",
                                    mesh.target()));
    const auto detached =
        mesh.culvert({"run", plan.string(), "--wait-for-agents", "1", "--detach", "--out", out.string()});
    INFO(detached.err);
    REQUIRE(detached.exit == 0);
    const std::string id = detached.out.substr(0, detached.out.find('\n'));
    REQUIRE(id.size() == 8);
    CHECK(detached.err.find("culvert watch " + id) != std::string::npos);
    REQUIRE(wait_until([&] { return logged(mesh, "GET /products 200") >= 100; }, 30s));
    // The beginning of the id is enough for both.
    auto watching = mesh.start_culvert({"watch", id.substr(0, 4), "--progress", "plain"}, "watch");
    REQUIRE(wait_until([&] { return !read_text(mesh.mesh().file("watch.err")).empty(); }, 20s));
    const auto stopped = mesh.culvert({"stop", id.substr(0, 4)});
    CHECK(stopped.exit == 0);
    CHECK(stopped.err.find("run " + id + " stops") != std::string::npos);
    CHECK(stopped.err.find((out).string()) != std::string::npos);
    // Who watches sees the end, the summary, and gets the run's own exit code.
    CHECK(watching->wait(60s) == 130);
    const std::string watched = read_text(mesh.mesh().file("watch.err"));
    INFO(watched);
    CHECK(watched.find("Apart") != std::string::npos);
    CHECK(watched.find("report.html") != std::string::npos);
    const auto report = json::parse(read_text(out / "report.json"));
    CHECK(report["ledger"]["balanced"] == true);
    CHECK(report["totals"]["requests"].get<long>() == logged(mesh, "GET /products 200"));
    CHECK(mesh.culvert({"runs"}).out.find(id) != std::string::npos);
    // What is over can be neither stopped nor missed.
    const auto again = mesh.culvert({"stop", id});
    CHECK(again.exit == 2);
    CHECK(again.err.find("does not run") != std::string::npos);
    CHECK(mesh.culvert({"watch", id}).exit == 130);
    const auto unknown = mesh.culvert({"watch", "zzzz"});
    CHECK(unknown.exit == 2);
    CHECK(unknown.err.find("zzzz") != std::string::npos);
}
