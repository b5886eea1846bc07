#include "common/workload/plan_summary.h"

#include <catch2/catch.hpp>

#include "plan_text.h"

namespace culvert::workload {
namespace {

using namespace std::chrono_literals;

constexpr char kPlan[] = R"(
culvert: 1
name: Checkout
data: { customers: { csv: c.csv, next_row: each_user } }
scenarios:
  browse:
    agents: { region: eu, size: "!small" }
    load:
      - ramp_rate: { from: 0/s, to: 200/s, over: 30s }
      - constant_rate: { rate: 200/s, for: 5m }
    once_per_user: [ post: "http://h/login" ]
    steps: [ get: "http://h/${customers.id}", think: 1s, get: "http://h/b" ]
  trickle:
    load: [ constant_users: { users: 20, for: 5m30s }, iterations: { per_user: 3, users: 7, at_most: 1m } ]
    steps: [ get: "http://h/health" ]
thresholds: [ p95 < 300ms ]
warmup: 10s
)";

TEST_CASE("a summary says what each scenario will do", "[workload]") {
    const PlanSummary summary = summary_of(right_plan(kPlan));
    CHECK(summary.name == "Checkout");
    CHECK(summary.length == Duration{6min + 30s});
    CHECK(summary.iterations == 63'000 + 21);
    CHECK(summary.highest_request_rate == 400);
    CHECK(summary.thresholds == std::vector<std::string>{"p95 < 300ms"});
    CHECK(summary.members.empty());

    const ScenarioSummary& browse = summary.scenarios.at(0);
    CHECK(browse.agents == "region=eu, size!=small");
    CHECK(browse.phases == std::vector<std::string>{"ramp from 0/s to 200/s over 30s", "200/s for 5m"});
    CHECK(browse.open_model);
    CHECK_FALSE(browse.closed_model);
    CHECK(browse.iterations == 63'000);
    CHECK(browse.highest_rate == 200);
    CHECK(browse.requests_per_iteration == 2);
    CHECK(browse.requests_once_per_user == 1);
    CHECK(browse.length == Duration{5min + 30s});

    const ScenarioSummary& trickle = summary.scenarios.at(1);
    CHECK(trickle.agents == "every agent");
    CHECK(trickle.closed_model);
    CHECK(trickle.most_users == 20);
    CHECK(trickle.iterations == 21);
    CHECK(trickle.phases ==
          std::vector<std::string>{"20 users for 5m30s", "3 iterations by each of 7 users, at most 1m"});
    CHECK(summary.data.at(0).use == "split over the agents, a row for each user, in order, starts again at the end");
}

TEST_CASE("the parts of all agents add up to the plan", "[workload]") {
    Plan plan = right_plan(kPlan);
    plan.data[0].rows = 1'000;
    const std::vector<Member> members{{{{"region", "eu"}}, 4}, {{{"region", "us"}}, 2}, {{{"region", "eu"}}, 1}};
    const PlanSummary summary = summary_of(plan, members);
    REQUIRE(summary.members.size() == 3);
    std::uint64_t iterations = 0;
    std::uint64_t users = 0;
    std::uint64_t rows = 0;
    double rate = 0;
    for (const MemberSummary& member : summary.members) {
        iterations += member.iterations;
        users += member.most_users;
        rows += member.rows.at(0);
        rate += member.highest_rate;
    }
    CHECK(iterations == 63'000);
    CHECK(users == 20);
    CHECK(rows == 1'000);
    CHECK(rate == Approx(200));
    CHECK(summary.members[0].rows[0] == 800);
    CHECK(summary.members[1].rows[0] == 0);
    CHECK(summary.members[0].highest_rate == Approx(160));
}

TEST_CASE("every phase has words", "[workload]") {
    CHECK(to_string(LoadPhase{RandomRate{Rate::per_second(1), Rate::per_second(9), 10s, 1min}}) ==
          "random from 1/s to 9/s, another every 10s, for 1m");
    CHECK(to_string(LoadPhase{RampUsers{0, 50, 1min}}) == "ramp from 0 to 50 users over 1m");
    CHECK(to_string(LoadPhase{Iterations{10'000, {}, {}, Rate::per_second(100), 100s}}) == "10000 iterations at 100/s");
    CHECK(to_string(LoadPhase{Iterations{100, {}, 20, {}, 10min}}) == "100 iterations by 20 users, at most 10m");
    CHECK(to_string(LoadPhase{Idle{30s}}) == "idle for 30s");
    CHECK(to_string(LoadPhase{ConstantUsers{1, 30s}}) == "1 user for 30s");
}

}  // namespace
}  // namespace culvert::workload
