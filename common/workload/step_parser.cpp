#include "common/workload/step_parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/request_parser.h"
#include "common/workload/url.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;
using culvert::to_string;

constexpr std::array<std::string_view, 7> kKinds{"get", "head", "post", "put", "patch", "delete", "think"};
constexpr std::size_t kThink = 6;
constexpr std::size_t kMostSteps = 1000;       // of one list
constexpr std::size_t kMostRequests = 10'000;  // of a plan
constexpr std::size_t kLongestName = 200;
constexpr Duration kLongestThink = std::chrono::hours(24);

std::string known_kinds() {
    const std::vector<std::string> all(kKinds.begin(), kKinds.end());
    return join(all, ", ");
}

// "1s..3s" or "2s".
Result<ThinkStep> parse_range(std::string_view text) {
    const std::size_t dots = text.find("..");
    const auto least = parse_duration(trim(text.substr(0, dots)));
    if (!least) return tl::unexpected(least.error());
    const auto most = dots == std::string_view::npos ? least : parse_duration(trim(text.substr(dots + 2)));
    if (!most) return tl::unexpected(most.error());
    if (*least > *most)
        return fail(Code::InvalidInput, fmt::format("{} is more than {}; write the shorter time first",
                                                    to_string(*least), to_string(*most)));
    if (*most > kLongestThink)
        return fail(Code::InvalidInput,
                    fmt::format("{} is longer than {}", to_string(*most), to_string(kLongestThink)));
    return ThinkStep{*least, *most};
}

void declare_saves_of(const Node* steps, Names& names) {
    if (steps == nullptr) return;
    for (const Node& step : steps->items) {
        const Node* const saves = step.find("save");
        if (saves == nullptr) continue;
        for (const Node::Field& field : saves->fields) {
            if (is_identifier(field.key)) names.declare(field.key, Names::Kind::Save);
        }
    }
}

}  // namespace

void declare_saves(const Node& scenarios, Names& names) {
    for (const Node::Field& scenario : scenarios.fields) {
        declare_saves_of(scenario.value.find("once_per_user"), names);
        declare_saves_of(scenario.value.find("steps"), names);
    }
}

std::vector<Step> StepParser::parse_list(const Node& node, const std::string& path) {
    std::vector<Step> steps;
    if (node.kind != Node::Kind::Sequence) {
        context_.problem(node.where, path,
                         "is no list; write its steps one below the other, each behind \"- \": - get: "
                         "\"https://shop.example.com/\"");
        return steps;
    }
    if (node.items.empty())
        context_.problem(node.where, path, "has no step; write for example - get: \"https://shop.example.com/\"");
    if (node.items.size() > kMostSteps) {
        context_.problem(node.where, path, fmt::format("has more than {} steps", kMostSteps));
        return steps;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (auto step = parse_step(node.items[i], item_path(path, i))) steps.push_back(std::move(*step));
    }
    return steps;
}

std::optional<Step> StepParser::parse_step(const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::Map || node.fields.empty()) {
        context_.problem(node.where, path, fmt::format("is no step; a step has one of {}", known_kinds()));
        return std::nullopt;
    }
    std::vector<std::size_t> kinds;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (node.find(kKinds[i]) != nullptr) kinds.push_back(i);
    }
    if (kinds.size() > 1) {
        context_.problem(
            node.where, path,
            fmt::format("has both {} and {}; begin the second step with \"- \"", kKinds[kinds[0]], kKinds[kinds[1]]));
        return std::nullopt;
    }
    if (kinds.empty()) {
        const auto near = closest(node.fields.front().key, kKinds);
        const std::string hint =
            near ? fmt::format("did you mean \"{}\" instead of \"{}\"?", *near, excerpt(node.fields.front().key, 40))
                 : fmt::format("it has one of {}", known_kinds());
        context_.problem(node.where, path, fmt::format("says not what the step does; {}", hint));
        return std::nullopt;
    }
    if (kinds[0] == kThink) return parse_think(node, path);
    return parse_request(node, path, static_cast<Method>(kinds[0]));
}

std::optional<Step> StepParser::parse_think(const Node& node, const std::string& path) {
    MapReader map(node, path, context_.problems);
    const auto text = map.text("think");
    map.finish();
    if (!text) return std::nullopt;
    const Result<ThinkStep> think = parse_range(*text);
    if (think) return *think;
    map.problem(*node.find("think"), "think", think.error().message);
    return std::nullopt;
}

Step StepParser::parse_request(const Node& node, const std::string& path, Method method) {
    if (context_.requests++ == kMostRequests)
        context_.problem(node.where, path, fmt::format("the plan has more than {} requests", kMostRequests));
    RequestParser parser(node, path, method, scope_, context_);
    RequestStep request = parser.run();
    name_request(request, node.find("name"), parser.url_text(), path);
    for (const Save& save : request.saves) scope_.saved.insert(save.variable);
    return request;
}

void StepParser::name_request(RequestStep& request, const Node* name, const std::string& url, const std::string& path) {
    const std::string given = name != nullptr ? name->scalar : "";
    const auto tell = [&](std::string message) { context_.problem(name->where, path + ".name", std::move(message)); };
    if (name != nullptr && name->kind == Node::Kind::Scalar) {
        const bool control =
            std::any_of(given.begin(), given.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (trim(given).empty() || trim(given) != given || control) {
            tell("must be a text of one line, without blanks around it");
        } else if (given.size() > kLongestName) {
            tell(fmt::format("is longer than {} bytes", kLongestName));
        } else if (!taken_.insert(given).second) {
            tell(fmt::format("another step of this scenario is named \"{}\"; reports could not tell them apart",
                             excerpt(given, 60)));
        }
    }
    request.name = given;
    if (given.empty()) {
        const std::string base =
            excerpt(fmt::format("{} {}", to_string(request.method), path_for_name(url)), kLongestName);
        request.name = base;
        int& repeats = repeats_[base];
        while (!taken_.insert(request.name).second) request.name = fmt::format("{} ({})", base, ++repeats + 1);
    }
    request.index = static_cast<std::uint32_t>(names_.size());
    names_.push_back(request.name);
}

}  // namespace culvert::workload
