// Bad input of a run: one clear line, the right exit code, nothing started and nothing lost.
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "e2e_mesh.h"
#include "refusals.h"

using namespace culvert;
using namespace culvert::e2e;
using namespace std::chrono_literals;

namespace {

std::string plan_of(const std::string& steps, const std::string& before = "",
                    const std::string& load = "[ constant_rate: { rate: 10/s, for: 2s } ]") {
    return "culvert: 1\nname: Bad\n" + before + "scenarios:\n  one:\n    load: " + load + "\n    steps: " + steps +
           "\n";
}

constexpr const char* kOneGet = "[ get: \"{target}/products\" ]";
constexpr const char* kOneRow = "[ get: \"{target}/products/${rows.id}\" ]";

bool says(const Outcome& outcome, const std::string& text) {
    return outcome.err.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("plans with mistakes are refused with file, line, column and what to write, before anything starts",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    std::ofstream(mesh.mesh().file("uneven.csv")) << "id,name\n1,a\n2\n";
    Refusals refusals(mesh);
    const auto rows = [](const std::string& file) { return "data:\n  rows: { csv: " + file + " }\n"; };
    // Broken YAML.
    refusals.run("culvert: 1\nname: [\n", 2, {"plan.yaml:2:7: ", "not closed"});
    // An unknown key, and one that is there twice.
    refusals.run(plan_of(kOneGet, "thresolds: [ error_rate < 1% ]\n"), 2,
                 {"plan.yaml:3:1: ", "thresolds: unknown key", "did you mean \"thresholds\""});
    refusals.run(plan_of(kOneGet, "name: Again\n"), 2, {"plan.yaml:3:1: ", "\"name\"", "already given in line 2"});
    // A number without its unit.
    refusals.run(plan_of(kOneGet, "", "[ constant_rate: { rate: 10, for: 2s } ]"), 2,
                 {"plan.yaml:5:36: ", "\"10\" has no unit", "10/s"});
    // A data file that is not there, and one whose rows are uneven.
    refusals.run(plan_of(kOneRow, rows("missing.csv")), 2, {"missing.csv: ", "no such file", "relative to the plan"});
    refusals.run(plan_of(kOneRow, rows("uneven.csv")), 2,
                 {"uneven.csv:3:1: ", "has 1 field where the first line has 2"});
}

TEST_CASE("a run without agents that match, or against a charter, starts nothing and says why", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1, {{"region", "eu"}});
    REQUIRE(wait_until([&] { return mesh.culvert({"agents"}).out.find("a1") != std::string::npos; }, 20s));
    Refusals refusals(mesh);
    refusals.run(plan_of(kOneGet), 4, {"no agent matches region=mars", "region=eu"}, {"--agents", "region=mars"});
    // This one is refused by the agent, so there is a run, and a report of it.
    const auto forbidden = mesh.run(plan_of("[ get: \"http://127.0.0.1:1/elsewhere\" ]"), 1);
    INFO(forbidden.err);
    CHECK(forbidden.exit == 4);
    CHECK(says(forbidden, "a1: "));
    CHECK(says(forbidden, "127.0.0.1:1"));
    CHECK(says(forbidden, "charter"));
    CHECK(forbidden.report["run"]["state"] == "failed");
    CHECK(forbidden.report["totals"]["requests"] == 0);
    CHECK(read_lines(mesh.nginx().access_log).empty());
}

TEST_CASE("a target that is down is reported as refused connections, not as an error of the run", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1, {}, {"127.0.0.1:9"});
    const auto outcome = mesh.run(plan_of("[ get: \"http://127.0.0.1:9/\" ]") + "thresholds: [ error_rate < 1% ]\n", 1);
    INFO(outcome.err);
    CHECK(outcome.exit == 3);
    CHECK(outcome.report["run"]["state"] == "finished");
    CHECK(outcome.report["totals"]["failures"] == 20);
    CHECK(outcome.report["scenarios"][0]["steps"][0]["errors"]["refused"] == 20);
}

TEST_CASE("a full disk costs the report its file, not the run its result", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto out = mesh.mesh().file("full");
    std::filesystem::create_directories(out);
    std::string plan = plan_of(kOneGet);
    plan.replace(plan.find("{target}"), 8, mesh.target());
    demo::Command command = mesh.mesh().culvert(
        {"run", mesh.write_plan(plan).string(), "--wait-for-agents", "1", "--progress", "plain", "--out", out.string()},
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
    if (err.find("unshare: ") != std::string::npos) {
        WARN("not shown here: " << err);
        return;
    }
    CHECK(exit == 1);
    CHECK(err.find("No space left") != std::string::npos);
    CHECK(err.find("report.json") != std::string::npos);
    // The whole report is elsewhere, and the line says where.
    const std::string mark = "the whole report is in ";
    REQUIRE(err.find(mark) != std::string::npos);
    const std::size_t begin = err.find(mark) + mark.size();
    const std::filesystem::path spare = err.substr(begin, err.find(" instead", begin) - begin);
    CHECK(nlohmann::json::parse(read_text(spare / "report.json"))["totals"]["requests"] == 20);
    std::filesystem::remove_all(spare);
}
