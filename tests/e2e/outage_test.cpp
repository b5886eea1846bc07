// What happens to a run when the network between its parts goes away and comes back.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

std::string steady_plan(const E2eMesh& mesh, const std::string& length) {
    return fmt::format(
        "culvert: 1\nname: Steady\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 100/s, for: {} }} ]\n    "
        "steps: [ get: \"{}/products\" ]\n",
        length, mesh.target());
}

bool requests_flow(const E2eMesh& mesh, std::size_t at_least) {
    return read_lines(mesh.nginx().access_log).size() >= at_least;
}

struct Running {
    std::unique_ptr<demo::ChildProcess> process;
    std::filesystem::path out;
};

Running start_run(E2eMesh& mesh, const std::string& plan, std::size_t agents) {
    const auto out = mesh.mesh().file("out");
    return {mesh.start_culvert({"run", mesh.write_plan(plan).string(), "--wait-for-agents", fmt::format("{}", agents),
                                "--progress", "plain", "--out", out.string()},
                               "run"),
            out};
}

void check_nothing_lost(const E2eMesh& mesh, const nlohmann::json& report) {
    CHECK(report["ledger"]["balanced"] == true);
    CHECK(report["ledger"]["lost"] == 0);
    CHECK(report["ledger"]["sent"] == report["ledger"]["reported"]);
    CHECK(report["totals"]["requests"].get<std::uint64_t>() == read_lines(mesh.nginx().access_log).size());
}

}  // namespace

TEST_CASE("every link is cut in the middle of a run and comes back: nothing is lost and nothing counts twice",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    mesh.join("a2");
    auto run = start_run(mesh, steady_plan(mesh, "20s"), 2);
    REQUIRE(wait_until([&] { return requests_flow(mesh, 300); }, 30s));
    mesh.mesh().stop_proxy();
    REQUIRE(mesh.mesh().start_proxy());
    const auto exit = run.process->wait(90s);
    INFO(read_text(mesh.mesh().file("run.err")));
    REQUIRE(exit.has_value());
    REQUIRE((*exit == 0 || *exit == 6));
    const auto report = nlohmann::json::parse(read_text(run.out / "report.json"));
    check_nothing_lost(mesh, report);
    CHECK(report["totals"]["planned"] == 2000);
}

TEST_CASE("the relay is restarted in the middle of a run: the run goes on and its ledger balances", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    auto run = start_run(mesh, steady_plan(mesh, "15s"), 1);
    REQUIRE(wait_until([&] { return requests_flow(mesh, 200); }, 30s));
    mesh.mesh().stop_relay();
    REQUIRE(mesh.mesh().start_relay());
    const auto exit = run.process->wait(90s);
    INFO(read_text(mesh.mesh().file("run.err")));
    REQUIRE(exit.has_value());
    REQUIRE((*exit == 0 || *exit == 6));
    check_nothing_lost(mesh, nlohmann::json::parse(read_text(run.out / "report.json")));
}

TEST_CASE("Ctrl-C stops a run cleanly and still reports what was measured", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    auto run = start_run(mesh, steady_plan(mesh, "5m"), 1);
    REQUIRE(wait_until([&] { return requests_flow(mesh, 200); }, 30s));
    run.process->signal(SIGINT);
    const auto exit = run.process->wait(60s);
    INFO(read_text(mesh.mesh().file("run.err")));
    REQUIRE(exit == 130);
    const auto report = nlohmann::json::parse(read_text(run.out / "report.json"));
    check_nothing_lost(mesh, report);
    CHECK(std::filesystem::exists(run.out / "report.html"));
}

TEST_CASE("an agent that dies is lost after the grace period, and its share goes to the others", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    mesh.join("a2");
    auto run = start_run(mesh, steady_plan(mesh, "40s"), 2);
    REQUIRE(wait_until([&] { return requests_flow(mesh, 300); }, 30s));
    mesh.mesh().agent("a2").signal(SIGKILL);
    const auto exit = run.process->wait(150s);
    INFO(read_text(mesh.mesh().file("run.err")));
    REQUIRE(exit.has_value());
    const auto report = nlohmann::json::parse(read_text(run.out / "report.json"));
    CHECK(report["run"]["trust"]["stamp"] == "SUSPECT");
    bool lost = false;
    for (const auto& reason : report["run"]["trust"]["reasons"]) lost = lost || reason["id"] == "lost_agent";
    CHECK(lost);
    // a1 alone carries the whole rate afterwards: far more than its half.
    CHECK(report["agents"][0]["requests"].get<std::uint64_t>() > 2400);
}
