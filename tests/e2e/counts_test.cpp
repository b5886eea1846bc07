// The report against the target's own account, with the real programs, a real squid and a real nginx.
#include <algorithm>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;

namespace {

void check_ledger(const nlohmann::json& report) {
    CHECK(report["ledger"]["balanced"] == true);
    CHECK(report["ledger"]["lost"] == 0);
    CHECK(report["ledger"]["sent"] == report["ledger"]["reported"]);
}

std::uint64_t requests_of(const nlohmann::json& report, const std::string& agent) {
    for (const auto& entry : report["agents"]) {
        if (entry["name"] == agent) return entry["requests"];
    }
    return 0;
}

}  // namespace

TEST_CASE("10000 iterations over agents of weights 1, 2 and 4 are counted exactly, by nginx and by the report",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1);
    mesh.join("a2", 2);
    mesh.join("a4", 4);
    const auto outcome = mesh.run(fmt::format("culvert: 1\nname: Exact\nscenarios:\n  one:\n    load: [ iterations: {{ "
                                              "total: 10000, users: 30, at_most: 2m }} ]\n"
                                              "    steps: [ get: \"{}/products\" ]\n",
                                              mesh.target()),
                                  3);
    INFO(outcome.err);
    REQUIRE(outcome.exit == 0);
    CHECK(outcome.report["totals"]["requests"] == 10000);
    CHECK(outcome.report["totals"]["iterations"] == 10000);
    CHECK(read_lines(mesh.nginx().access_log).size() == 10000);
    // 10000 = 1428 × 7 + 4: each agent has its weight of every seven, and the last four have one owner each.
    CHECK(requests_of(outcome.report, "a1") >= 1428);
    CHECK(requests_of(outcome.report, "a1") <= 1429);
    CHECK(requests_of(outcome.report, "a4") >= 1428 * 4);
    CHECK(requests_of(outcome.report, "a1") + requests_of(outcome.report, "a2") + requests_of(outcome.report, "a4") ==
          10000);
    check_ledger(outcome.report);
}

TEST_CASE("a minute of an open model is counted exactly, by nginx and by the report", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1);
    mesh.join("a2", 3);
    const auto outcome =
        mesh.run(fmt::format("culvert: 1\nname: Open\nscenarios:\n  browse:\n    load:\n      - ramp_rate: {{ from: "
                             "0/s, to: 100/s, over: 20s }}\n"
                             "      - constant_rate: {{ rate: 100/s, for: 40s }}\n    steps:\n      - get: "
                             "\"{0}/products\"\n      - post: \"{0}/cart\"\n        json: {{ sku: x }}\n",
                             mesh.target()),
                 2);
    INFO(outcome.err);
    REQUIRE((outcome.exit == 0 || outcome.exit == 6));
    // 20 s of a ramp to 100/s are 1000 slots, 40 s at 100/s are 4000.
    CHECK(outcome.report["totals"]["planned"] == 5000);
    CHECK(outcome.report["totals"]["offered"].get<std::uint64_t>() +
              outcome.report["totals"]["missed_slots"].get<std::uint64_t>() ==
          5000);
    CHECK(outcome.report["totals"]["requests"].get<std::uint64_t>() == read_lines(mesh.nginx().access_log).size());
    check_ledger(outcome.report);
}

TEST_CASE("every row of a split file is used exactly once", "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1", 1);
    mesh.join("a2", 2.5);
    constexpr int kRows = 700;
    {
        std::ofstream rows(mesh.mesh().file("rows.csv"));
        rows << "id,name\n";
        for (int i = 0; i < kRows; ++i) rows << i << ",\"row, " << i << "\"\n";
    }
    const auto outcome =
        mesh.run(fmt::format("culvert: 1\nname: Rows\ndata:\n  rows: {{ csv: rows.csv, across_agents: split, next_row: "
                             "each_iteration, at_end: stop_user }}\nscenarios:\n  one:\n"
                             "    load: [ constant_users: {{ users: 8, for: 10s }} ]\n    steps: [ get: "
                             "\"{}/products/${{rows.id}}\" ]\n",
                             mesh.target()),
                 2);
    INFO(outcome.err);
    REQUIRE(outcome.exit == 0);
    std::map<std::string, int> used;
    for (const std::string& line : read_lines(mesh.nginx().access_log)) ++used[line];
    CHECK(used.size() == kRows);
    CHECK(std::all_of(used.begin(), used.end(), [](const auto& row) { return row.second == 1; }));
    check_ledger(outcome.report);
}
