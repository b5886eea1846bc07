#include "common/workload/scenario_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/load_parser.h"
#include "common/workload/step_parser.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;

constexpr std::size_t kMostScenarios = 200;
constexpr std::size_t kLongestName = 100;
constexpr Duration kFinishWithin = std::chrono::seconds(30);
constexpr config::Range<double> kWeight{0.001, 1000};
constexpr config::Range<Duration> kPace{std::chrono::milliseconds(1), std::chrono::hours(24)};

Selector parse_selector(const Node& node, const std::string& path, PlanContext& context) {
    Selector selector;
    if (node.kind != Node::Kind::Map) {
        context.problem(
            node.where, path,
            "must be a map of labels: { region: eu } or { size: \"!small\" }; leave it out for every agent");
        return selector;
    }
    if (node.fields.empty())
        context.problem(node.where, path, "is empty; write a label, or leave it out for every agent");
    for (const Node::Field& field : node.fields) {
        const std::string key = path + "." + field.key;
        const Node& value = field.value;
        const bool negated = value.kind == Node::Kind::Scalar && value.scalar.substr(0, 1) == "!";
        const std::string text = negated ? value.scalar.substr(1) : value.scalar;
        if (value.kind != Node::Kind::Scalar) {
            context.problem(value.where, key, "must be one value of the label, or \"!value\" for all others");
        } else if (trim(text).empty()) {
            context.problem(value.where, key, "is empty; write the value of the label");
        } else {
            selector.terms.push_back(Selector::Term{field.key, text, negated});
        }
    }
    return selector;
}

class ScenarioParser {
  public:
    ScenarioParser(const Node::Field& field, bool mix, PlanContext& context)
        : field_(field),
          path_("scenarios." + field.key),
          mix_(mix),
          map_(field.value, path_, context.problems),
          context_(context) {}

    Scenario run() {
        Scenario scenario;
        scenario.name = field_.key;
        check_name();
        if (map_.node().kind != Node::Kind::Map) return scenario;
        if (const Node* const agents = map_.child("agents"))
            scenario.agents = parse_selector(*agents, path_ + ".agents", context_);
        parse_load_of(scenario);
        scenario.pace = map_.optional_duration("pace", kPace);
        scenario.finish_within = map_.duration("finish_within", {Duration{0}, std::chrono::hours(24)}, kFinishWithin);
        parse_steps(scenario);
        map_.finish();
        return scenario;
    }

  private:
    void check_name() {
        const std::string& name = field_.key;
        const bool bad = name.find_first_of("/()\n\r\t") != std::string::npos || trim(name) != name || name.empty();
        if (bad)
            context_.problem(field_.key_where, "scenarios",
                             fmt::format("\"{}\" is no name of a scenario; it has no / ( ) and no blanks around it",
                                         excerpt(name, 60)));
        if (name.size() > kLongestName)
            context_.problem(field_.key_where, "scenarios",
                             fmt::format("a name of a scenario is longer than {} bytes", kLongestName));
    }

    void parse_load_of(Scenario& scenario) {
        const Node* const load = map_.child("load");
        const Node* const weight = map_.child("weight");
        if (load != nullptr && mix_) {
            map_.problem(*load, "load",
                         "stands beside the load of the whole plan; give this scenario a weight: instead, or every "
                         "scenario its own load:");
        } else if (load != nullptr) {
            scenario.load = parse_load(*load, path_ + ".load", context_.problems);
        } else if (!mix_) {
            map_.problem(map_.node(), "load",
                         "is missing; write for example load: [ constant_rate: { rate: 10/s, for: 1m } ]");
        }
        if (weight != nullptr && !mix_) {
            map_.problem(*weight, "weight",
                         "has a meaning only where the plan has a load: that its scenarios share; leave it out");
        } else if (weight != nullptr) {
            scenario.weight = map_.number("weight", kWeight, 1);
        } else if (mix_ && load == nullptr) {
            map_.problem(map_.node(), "weight",
                         "is missing; write its part of the plan's load, for example weight: 70");
        }
    }

    void parse_steps(Scenario& scenario) {
        StepParser parser(context_);
        if (const Node* const once = map_.child("once_per_user"))
            scenario.once_per_user = parser.parse_list(*once, path_ + ".once_per_user");
        const std::size_t before = parser.requests();
        const Node* const steps = map_.required_child("steps", "steps: [ get: \"https://shop.example.com/\" ]");
        if (steps != nullptr) {
            const std::size_t problems = context_.problems.size();
            scenario.steps = parser.parse_list(*steps, path_ + ".steps");
            const bool idle = parser.requests() == before && context_.problems.size() == problems;
            if (idle) map_.problem(*steps, "steps", "has no request: its users would only think");
        }
        scenario.request_names = parser.take_names();
    }

    const Node::Field& field_;
    const std::string path_;
    const bool mix_;
    MapReader map_;
    PlanContext& context_;
};

}  // namespace

std::vector<Scenario> parse_scenarios(const Node& node, bool mix, PlanContext& context) {
    std::vector<Scenario> scenarios;
    if (node.kind != Node::Kind::Map) {
        context.problem(node.where, "scenarios",
                        "must be a map: the name of each scenario, and its load and steps below it");
        return scenarios;
    }
    if (node.fields.empty()) context.problem(node.where, "scenarios", "is empty; a plan has at least one scenario");
    if (node.fields.size() > kMostScenarios) {
        context.problem(node.where, "scenarios", fmt::format("has more than {} scenarios", kMostScenarios));
        return scenarios;
    }
    for (const Node::Field& field : node.fields) scenarios.push_back(ScenarioParser(field, mix, context).run());
    return scenarios;
}

}  // namespace culvert::workload
