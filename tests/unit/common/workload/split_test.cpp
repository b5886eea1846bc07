#include "common/workload/split.h"

#include <map>
#include <sstream>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "common/workload/data_rows.h"
#include "plan_text.h"

namespace culvert::workload {
namespace {

constexpr char kPlan[] = R"(
culvert: 1
data: { customers: { csv: c.csv }, orders: { csv: o.csv, across_agents: copy }, unused: { csv: u.csv } }
scenarios:
  eu:
    agents: { region: eu }
    load: [ constant_rate: { rate: 10/s, for: 1m } ]
    steps: [ get: "http://h/${customers.id}" ]
  all:
    load: [ constant_rate: { rate: 10/s, for: 1m } ]
    steps: [ { post: "http://h/", json: { order: "${orders.id}" } } ]
)";

const std::vector<Member> kMembers{{{{"region", "eu"}}, 1}, {{{"region", "us"}}, 2}, {{{"region", "eu"}}, 4}};

std::vector<Row> numbered_rows(std::size_t count) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < count; ++i) rows.push_back({std::to_string(i)});
    return rows;
}

TEST_CASE("members have seats in the scenarios they match, in roster order", "[workload]") {
    const Plan plan = right_plan(kPlan);
    CHECK(share_for(plan, kMembers, 0).scenarios == std::vector<Seat>{{0, {1, 4}}, {0, {1, 2, 4}}});
    CHECK(share_for(plan, kMembers, 1).scenarios == std::vector<Seat>{{0, {}}, {1, {1, 2, 4}}});
    CHECK(share_for(plan, kMembers, 2).scenarios == std::vector<Seat>{{1, {1, 4}}, {2, {1, 2, 4}}});
    CHECK(scenarios_without_member(plan, kMembers).empty());
    const std::vector<Member> us{{{{"region", "us"}}, 1}};
    CHECK(scenarios_without_member(plan, us) == std::vector<std::size_t>{0});
}

TEST_CASE("rows lie only with agents that carry a scenario which uses them", "[workload]") {
    const Plan plan = right_plan(kPlan);
    CHECK(data_seat(plan, 0, kMembers, 0) == Seat{0, {1, 4}});
    CHECK(data_seat(plan, 0, kMembers, 1).weights.empty());
    CHECK(data_seat(plan, 1, kMembers, 1) == Seat{1, {1, 2, 4}});
    CHECK(data_seat(plan, 2, kMembers, 1).weights.empty());
}

TEST_CASE("every row of a split set lies with exactly one agent, in file order", "[workload]") {
    const Plan plan = right_plan(kPlan);
    CHECK(rc::check([&plan] {
        std::vector<Member> members;
        const int count = *rc::gen::inRange(1, 12);
        for (int i = 0; i < count; ++i)
            members.push_back(Member{{{"region", "eu"}}, static_cast<double>(*rc::gen::inRange(1, 100))});
        const std::vector<Row> rows = numbered_rows(*rc::gen::inRange<std::size_t>(0, 500));
        std::map<std::string, int> owners;
        for (std::size_t member = 0; member < members.size(); ++member) {
            const std::vector<Row> own = rows_of_seat(plan.data[0], rows, data_seat(plan, 0, members, member)).value();
            RC_ASSERT(std::is_sorted(own.begin(), own.end(),
                                     [](const Row& a, const Row& b) { return std::stoi(a[0]) < std::stoi(b[0]); }));
            for (const Row& row : own) ++owners[row[0]];
        }
        RC_ASSERT(owners.size() == rows.size());
        for (const auto& [row, times] : owners) RC_ASSERT(times == 1);
    }));
}

TEST_CASE("a copied set lies with every agent whole, an empty seat has nothing", "[workload]") {
    const Plan plan = right_plan(kPlan);
    const std::vector<Row> rows = numbered_rows(7);
    CHECK(rows_of_seat(plan.data[1], rows, Seat{1, {1, 2, 4}}).value() == rows);
    CHECK(rows_of_seat(plan.data[1], rows, Seat{}).value().empty());
    CHECK(rows_of_seat(plan.data[0], rows, Seat{0, {1, 2, 4}}).value().size() == 1);
}

}  // namespace
}  // namespace culvert::workload
