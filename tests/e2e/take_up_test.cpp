// A run whose process is killed, taken up by another command.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

// The one whose command line has this word; 0: none.
pid_t process_with(const std::string& word) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (read_text(entry.path() / "cmdline").find(std::string("\0", 1) + word + std::string("\0", 1)) !=
            std::string::npos)
            return static_cast<pid_t>(std::stol(name));
    }
    return 0;
}

}  // namespace

TEST_CASE("a detached run whose process is killed is taken up by culvert watch, and its ledger balances", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    mesh.join("a2");
    const auto out = mesh.mesh().file("out");
    const std::string plan = fmt::format(
        "culvert: 1\nname: Steady\nscenarios:\n  one:\n    load: [ constant_rate: {{ rate: 100/s, for: 25s }} ]\n    "
        "steps: [ get: \"{}/products\" ]\n",
        mesh.target());
    const auto detached = mesh.culvert(
        {"run", mesh.write_plan(plan).string(), "--wait-for-agents", "2", "--detach", "--out", out.string()});
    INFO(detached.err);
    REQUIRE(detached.exit == 0);
    const std::string id = detached.out.substr(0, detached.out.find('\n'));
    const auto served = [&mesh] { return read_lines(mesh.nginx().access_log).size(); };
    REQUIRE(wait_until([&] { return served() >= 400; }, 30s));

    const pid_t pid = process_with(out.string());
    REQUIRE(pid > 1);
    REQUIRE(::kill(pid, SIGKILL) == 0);
    REQUIRE(wait_until([&] { return process_with(out.string()) == 0; }, 10s));
    const std::size_t at_death = served();
    // Nobody carries the run, and its load goes on.
    REQUIRE(wait_until([&] { return served() >= at_death + 200; }, 30s));
    CHECK(mesh.culvert({"stop", id}).err.find("culvert watch " + id) != std::string::npos);

    const auto watched = mesh.culvert({"watch", id, "--progress", "plain"}, 90s);
    INFO(watched.err);
    REQUIRE((watched.exit == 0 || watched.exit == 6));
    const auto report = nlohmann::json::parse(read_text(out / "report.json"));
    CHECK(report["run"]["id"] == id);
    CHECK(report["run"]["state"] == "finished");
    CHECK(report["ledger"]["balanced"] == true);
    CHECK(report["ledger"]["lost"] == 0);
    CHECK(report["ledger"]["duplicated"] == 0);
    CHECK(report["totals"]["planned"] == 2500);
    CHECK(report["totals"]["requests"].get<std::size_t>() == served());
    CHECK_FALSE(std::filesystem::exists(out / "run.journal"));
    CHECK(mesh.culvert({"report", id}).exit == 0);
}
