#include <catch2/catch.hpp>

#include "controller/roster/roster.h"

using namespace culvert;
using namespace culvert::roster;

namespace {

RosterEntry entry(const std::string& name, workload::Labels labels, double weight = 1) {
    RosterEntry agent;
    agent.name = name;
    agent.address.node.bytes[0] = static_cast<std::uint8_t>(name.back());
    agent.labels = std::move(labels);
    agent.weight = weight;
    agent.state = EntryState::Ready;
    return agent;
}

std::vector<RosterEntry> three() {
    return {entry("us-1", {{"region", "us"}}, 4), entry("fra-2", {{"region", "eu"}, {"size", "small"}}, 2),
            entry("fra-1", {{"region", "eu"}, {"size", "large"}})};
}

workload::Plan plan_of(const std::string& agents = "") {
    auto plan = workload::parse_plan("plan.yaml",
                                     "culvert: 1\nname: P\nscenarios:\n  all: { load: [ constant_rate: { rate: 70/s, "
                                     "for: 1s } ], steps: [ get: \"http://t.test/\" ] }\n" +
                                         agents);
    REQUIRE(plan);
    return *plan;
}

workload::Selector selector(const std::string& text) {
    auto parsed = parse_selector(text);
    REQUIRE(parsed);
    return *parsed;
}

std::string error_of(const std::vector<RosterEntry>& present, const std::string& text,
                     const workload::Plan& plan = plan_of()) {
    const auto chosen = choose(present, selector(text), plan);
    REQUIRE_FALSE(chosen);
    return chosen.error().message;
}

}  // namespace

TEST_CASE("a selector is terms with commas between them", "[roster]") {
    const workload::Selector parsed = selector("region=eu, size!=small");
    REQUIRE(parsed.terms.size() == 2);
    CHECK(parsed.terms[1].label == "size");
    CHECK(parsed.terms[1].value == "small");
    CHECK(parsed.terms[1].negated);
    CHECK(selector_text(parsed) == "region=eu,size!=small");
    CHECK(selector(" ").terms.empty());
    CHECK(selector("").matches({}));
}

TEST_CASE("a selector that is none says what to write", "[roster]") {
    const auto message = [](const std::string& text) { return parse_selector(text).error().message; };
    CHECK(message("region") == "\"region\" is no selector; write label=value or label!=value");
    CHECK(message("=eu") == "\"=eu\" names no label; write label=value");
    CHECK(message("region=") == "\"region=\" has no value; write region=value");
    CHECK(message("a=b,,c=d") == "\"\" is no selector; write label=value or label!=value");
    CHECK(message("region==eu").find("two \"=\"") != std::string::npos);
    std::string many = "a=b";
    for (int i = 0; i < 200; ++i) many += ",a=b";
    CHECK_FALSE(parse_selector(many));
}

TEST_CASE("agents are chosen by labels and by name, in the order of their names", "[roster]") {
    const auto names = [](const std::string& text) {
        const auto chosen = choose(three(), selector(text), plan_of());
        REQUIRE(chosen);
        std::string list;
        for (const RosterEntry& agent : *chosen) list += agent.name + " ";
        return list;
    };
    CHECK(names("") == "fra-1 fra-2 us-1 ");
    CHECK(names("region=eu") == "fra-1 fra-2 ");
    CHECK(names("region=eu,size!=small") == "fra-1 ");
    CHECK(names("name=us-1") == "us-1 ");
    CHECK(names("size!=small") == "fra-1 us-1 ");
}

TEST_CASE("a selector that nobody matches is named, with the labels that exist", "[roster]") {
    CHECK(error_of(three(), "region=mars") ==
          "no agent matches region=mars; the 3 agents here have the labels region=eu, us · size=large, small");
    CHECK(error_of({entry("a", {})}, "region=mars") ==
          "no agent matches region=mars; the one agent here has the labels none");
    CHECK(error_of({}, "").find("culvert invite") != std::string::npos);
    auto offline = entry("a", {});
    offline.state = EntryState::Offline;
    CHECK(error_of({offline}, "").find("no agent is connected") == 0);
}

TEST_CASE("two agents of one name are an error that tells them apart", "[roster]") {
    auto agents = three();
    agents.push_back(entry("us-1", {{"region", "eu"}}));
    agents.back().address.node.bytes[0] = 0xab;
    const std::string error = error_of(agents, "");
    CHECK(error.find("two agents have the name us-1") == 0);
    CHECK(error.find("ab000000") != std::string::npos);
    CHECK(choose(agents, selector("name!=us-1"), plan_of()));
}

TEST_CASE("an agent that is busy, incompatible or silent is named with the reason", "[roster]") {
    auto agents = three();
    agents[0].state = EntryState::Busy;
    agents[0].busy_with = "81c2";
    agents[1].state = EntryState::Incompatible;
    agents[1].note = "speaks version 9";
    const auto chosen = choose(agents, {}, plan_of());
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == Code::Overloaded);
    CHECK(chosen.error().message.find("fra-2 is incompatible: speaks version 9; us-1 is busy with run 81c2") == 0);
    CHECK(choose(agents, selector("name=fra-1"), plan_of()));
}

TEST_CASE("a scenario that none of the chosen agents may carry is an error", "[roster]") {
    const auto plan = plan_of(
        "  asia: { agents: { region: ap }, load: [ constant_rate: { rate: 1/s, for: 1s } ], steps: [ get: "
        "\"http://t.test/\" ] }\n");
    const std::string error = error_of(three(), "region=us", plan);
    CHECK(error.find("scenario asia: no agent of this run matches its selector region=ap") == 0);
    CHECK(error.find("region=us") != std::string::npos);
}

TEST_CASE("without a lost agent the others carry the whole plan", "[roster]") {
    const auto plan = plan_of();
    const auto members = members_of(three());
    const auto all = shares_without(plan, members, {});
    const auto rest = shares_without(plan, members, {true, false, false});
    REQUIRE(all.size() == 3);
    REQUIRE(rest.size() == 3);
    CHECK(all[0].scenarios[0].weights == std::vector<double>{4, 2, 1});
    CHECK(rest[0].scenarios.size() == 1);
    CHECK(rest[0].scenarios[0].weights.empty());
    CHECK(rest[1].scenarios[0].weights == std::vector<double>{2, 1});
    CHECK(rest[1].scenarios[0].index == 0);
    CHECK(rest[2].scenarios[0].index == 1);
    const auto nobody = shares_without(plan, members, {true, true, true});
    CHECK(nobody[2].scenarios[0].weights.empty());
}
