#include "agent/worker/run_parts.h"

#include <set>

#include <catch2/catch.hpp>

#include "agent/worker/charter_checks.h"
#include "agent/worker/compiled_plan.h"
#include "agent/worker/user.h"
#include "tests/support/engine_run.h"

namespace culvert::agent::worker {
namespace {

using test::whole_run;

constexpr const char* kPlan = R"(
culvert: 1
variables: { base: "http://a.test" }
data:
  people: { csv: people.csv, next_row: each_user }
scenarios:
  main:
    load: [ ramp_rate: { from: 0/s, to: 90/s, over: 10s }, constant_rate: { rate: 60/s, for: 10s } ]
    steps:
      - { get: "${base}/login", save: { token: { json: /token } } }
      - { get: "${base}/${people.name}/${token}/${user}/${iteration}/${uuid}/${now_ms}" }
)";

std::vector<DataRows> people() {
    return {DataRows{{{"ann"}, {"bob"}}}};
}

TEST_CASE("variables are sorted by where their values come from", "[worker]") {
    const auto compiled = CompiledPlan::compile(whole_run(kPlan, people()));
    REQUIRE(compiled.has_value());
    const CompiledScenario& scenario = compiled->scenarios.at(0);
    CHECK(scenario.data == std::vector<std::uint32_t>{0});
    const auto& login = std::get<CompiledRequest>(scenario.steps.at(0));
    CHECK(login.request.fixed_text().find("GET /login HTTP/1.1") == 0);  // the base URL is folded
    CHECK(compiled->first_values == std::vector<std::string>{""});       // of the token, until it is saved
}

TEST_CASE("a user fills in its rows, its savings and the builtins", "[worker]") {
    const RunSpec spec = whole_run(kPlan, people());
    const auto plan = CompiledPlan::compile(spec).value();
    std::vector<std::unique_ptr<DataSource>> data;
    data.push_back(std::make_unique<DataSource>(spec.plan->data[0], spec.data[0].rows, 1));
    const SystemClock clock;
    workload::SplitMix64 random(5);
    const UserSetting setting{plan, data, clock, random};
    User user(setting);
    user.become(0, 77);
    CHECK(user.take_rows() == nullptr);
    CHECK(user.take_rows() == nullptr);  // each_user: keeps its row
    const auto& request = std::get<CompiledRequest>(plan.scenarios[0].steps[1]).request;
    const auto target = [&request, &user] { return request.url(user).value().target; };
    const std::string first = target();
    CHECK(first.find("/ann//77/0/") == 0);
    std::uint32_t token = 0;
    while (spec.plan->variable_names[token] != "token") ++token;
    user.store(token, "second");
    user.iteration = 3;
    CHECK(target().find("/ann/second/77/3/") == 0);
    CHECK(target() != target());  // a UUID is new at every use
    const std::string uuid = first.substr(std::string("/ann//77/0/").size(), 36);
    CHECK(uuid[14] == '4');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    user.become(0, 78);
    CHECK(user.take_rows() == nullptr);
    CHECK(target().find("/bob//78/0/") == 0);
}

TEST_CASE("rows go round in order, in a shuffle, or only once", "[worker]") {
    std::vector<std::vector<std::string>> rows(20, {"x"});
    workload::DataSet set;
    DataSource again(set, rows, 1);
    for (int pass = 0; pass < 2; ++pass) {
        for (std::uint32_t i = 0; i < 20; ++i) CHECK(again.next() == i);
    }
    set.order = workload::DataSet::Order::Random;
    set.at_end = workload::DataSet::AtEnd::StopUser;
    DataSource shuffled(set, rows, 1);
    std::set<std::uint32_t> seen;
    bool moved = false;
    for (std::uint32_t i = 0; i < 20; ++i) {
        const auto row = shuffled.next();
        REQUIRE(row.has_value());
        moved = moved || *row != i;
        CHECK(seen.insert(*row).second);
    }
    CHECK(moved);
    CHECK_FALSE(shuffled.next().has_value());
    const std::vector<std::vector<std::string>> none;
    CHECK_FALSE(DataSource(workload::DataSet{}, none, 1).next().has_value());
}

TEST_CASE("the highest rate of a share is found over all its phases", "[worker]") {
    const RunSpec spec = whole_run(kPlan, people());
    const std::vector<std::shared_ptr<const workload::ScenarioLoad>> loads{
        std::make_shared<workload::ScenarioLoad>(*spec.plan, 0, 7)};
    CHECK(highest_rate(*spec.plan, spec.share, loads).per_second() == Approx(90).epsilon(0.001));
    const workload::Share third{{workload::Seat{0, {1, 2}}}};
    CHECK(highest_rate(*spec.plan, third, loads).per_second() == Approx(30).epsilon(0.001));
}

TEST_CASE("what does not fit the plan is refused before anything starts", "[worker]") {
    const auto refused = [](RunSpec spec) {
        const auto parts = RunParts::prepare(std::move(spec), test::open_charter(), {});
        return !parts.has_value() && parts.error().code == Code::InvalidInput;
    };
    RunSpec few_values = whole_run(kPlan, people());
    few_values.variable_values.pop_back();
    CHECK(refused(few_values));
    CHECK(refused(whole_run(kPlan)));  // no rows at all
    RunSpec no_seat = whole_run(kPlan, people());
    no_seat.share.scenarios.clear();
    CHECK(refused(no_seat));
    RunSpec wrong_seat = whole_run(kPlan, people());
    wrong_seat.share.scenarios[0].index = 4;
    CHECK(refused(wrong_seat));
}

TEST_CASE("users have a limit that no number of threads can pass", "[worker]") {
    UserLimit limit(2);
    CHECK(limit.try_add());
    CHECK(limit.try_add());
    CHECK_FALSE(limit.try_add());
    limit.remove();
    CHECK(limit.try_add());
}

}  // namespace
}  // namespace culvert::agent::worker
