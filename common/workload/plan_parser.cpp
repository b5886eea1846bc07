// From the text of a plan to its value: the top of the plan here, its parts in the parsers beside this file.
#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/data_parser.h"
#include "common/workload/load_curve.h"
#include "common/workload/load_parser.h"
#include "common/workload/plan.h"
#include "common/workload/request_parser.h"
#include "common/workload/scenario_parser.h"
#include "common/workload/step_parser.h"
#include "common/workload/threshold_parser.h"
#include "common/workload/variable_parser.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;
using config::Problem;
using config::Problems;
using culvert::to_string;

constexpr std::int64_t kVersion = 1;
constexpr config::Range<Duration> kTimeout{std::chrono::milliseconds(1), std::chrono::hours(1)};
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kToldAtMost = 500;  // problems of one plan

class PlanParser {
  public:
    PlanParser(const Node& root, const CsvFactsByName& facts, Plan& plan, Problems& problems)
        : root_(root), facts_(facts), plan_(plan), map_(root, "", problems), context_{problems, {}, {}, {}, 0} {}

    void run() {
        if (root_.kind != Node::Kind::Map) return;
        parse_head();
        declare_names();
        parse_http();
        parse_scenarios_and_load();
        parse_rest();
        map_.finish();
        plan_.variables = std::move(context_.variables);
        plan_.variable_names = context_.names.all();
        adopt_columns(plan_.data, context_.names);
    }

  private:
    void parse_head() {
        const Node* const version =
            map_.required_child("culvert", "culvert: 1, the version of the format, as the first line");
        if (version != nullptr && version->scalar != "1") {
            map_.problem(*version, "culvert",
                         fmt::format("\"{}\" is not a version this Culvert reads; write culvert: {}",
                                     excerpt(version->scalar, 20), kVersion));
        }
        plan_.name = map_.text("name").value_or(std::filesystem::path(plan_.file).stem().string());
        const bool control = std::any_of(plan_.name.begin(), plan_.name.end(),
                                         [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        const Node* const name = root_.find("name");
        if (name != nullptr && (trim(plan_.name).empty() || control || plan_.name.size() > kLongestName)) {
            map_.problem(*name, "name", fmt::format("must be a text of one line, at most {} bytes", kLongestName));
        }
    }

    // Everything a template may name is declared before the first template is read.
    void declare_names() {
        const Node* const variables = map_.child("variables");
        declare_variables(variables, context_);
        plan_.first_builtin = static_cast<std::uint32_t>(context_.variables.size());
        if (const Node* const data = map_.child("data")) plan_.data = parse_data(*data, facts_, context_);
        if (const Node* const scenarios = map_.child("scenarios")) declare_saves(*scenarios, context_.names);
        parse_variables(variables, context_);
    }

    void parse_http() {
        static const Node kNone{Node::Kind::Map, {}, "", false, {}, {}};
        const Node* const http = map_.child("http");
        MapReader map(http != nullptr ? *http : kNone, "http", context_.problems);
        HttpDefaults& defaults = context_.http;
        defaults.timeout = map.duration("timeout", kTimeout, std::chrono::seconds(30));
        defaults.connect_timeout = map.duration("connect_timeout", kTimeout, std::chrono::seconds(10));
        defaults.follow_redirects = static_cast<std::uint32_t>(map.integer("follow_redirects", {0, 20}, 0));
        if (const Node* const headers = map.child("headers")) parse_default_headers(*headers);
        map.finish();
    }

    void parse_default_headers(const Node& headers) {
        if (headers.kind != Node::Kind::Map)
            return context_.problem(headers.where, "http.headers", "must be a map: { Accept: application/json }");
        check_header_limits(headers, "http.headers", context_);
        if (headers.fields.size() > kMostHeaders) return;
        Scope scope;  // each request looks for itself whether its saves have been made
        for (std::uint32_t i = 0; i < context_.names.all().size(); ++i) scope.saved.insert(i);
        for (const Node::Field& field : headers.fields) {
            const std::string lower = to_lower_ascii(field.key);
            const auto same = [&lower](const DefaultHeader& given) {
                return to_lower_ascii(given.header.name) == lower;
            };
            if (std::any_of(context_.http.headers.begin(), context_.http.headers.end(), same)) {
                context_.problem(field.key_where, "http.headers",
                                 fmt::format("header \"{}\" is given twice; upper and lower case are the same",
                                             excerpt(field.key, 60)));
                continue;
            }
            context_.http.headers.push_back(DefaultHeader{parse_header(field, "http.headers", scope, context_),
                                                          TextPlace{field.value.where, "http.headers." + field.key},
                                                          false});
        }
    }

    void parse_scenarios_and_load() {
        const Node* const load = map_.child("load");
        if (load != nullptr) plan_.mix_load = parse_load(*load, "load", context_.problems);
        const Node* const scenarios =
            map_.required_child("scenarios", "scenarios: { browse: { load: [ ... ], steps: [ ... ] } }");
        if (scenarios != nullptr) plan_.scenarios = parse_scenarios(*scenarios, load != nullptr, context_);
    }

    void parse_rest() {
        if (const Node* const thresholds = map_.child("thresholds"))
            plan_.thresholds = parse_thresholds(*thresholds, plan_.scenarios, context_.problems);
        plan_.warmup = map_.duration("warmup", {Duration{0}, kLongestPart}, Duration{0});
        if (!context_.problems.empty()) return;
        Duration longest = length_of(plan_.mix_load);
        for (const Scenario& scenario : plan_.scenarios) longest = std::max(longest, length_of(scenario.load));
        if (plan_.warmup >= longest) {
            map_.problem(*root_.find("warmup"), "warmup",
                         fmt::format("{} leaves nothing of a run of {}", to_string(plan_.warmup), to_string(longest)));
        }
    }

    const Node& root_;
    const CsvFactsByName& facts_;
    Plan& plan_;
    MapReader map_;
    PlanContext context_;
};

tl::expected<Plan, Problems> finished(Plan plan, Problems problems) {
    if (problems.empty()) return plan;
    config::sort_problems(problems);
    if (problems.size() > kToldAtMost) {
        const std::size_t more = problems.size() - kToldAtMost;
        problems.resize(kToldAtMost);
        problems.push_back(Problem{config::Position{plan.file, 0, 0}, "", fmt::format("{} more problems", more)});
    }
    return tl::unexpected(std::move(problems));
}

Plan parse_tree(std::string file, std::string_view text, const Node& root, const CsvFactsByName& facts,
                Problems& problems) {
    Plan plan;
    plan.file = std::move(file);
    plan.text = text;
    PlanParser(root, facts, plan, problems).run();
    return plan;
}

}  // namespace

std::string item_path(const std::string& path, std::size_t index) {
    return fmt::format("{}[{}]", path, index);
}

tl::expected<Plan, Problems> parse_plan(std::string file, std::string_view text, const ParseOptions& options) {
    Problems problems;
    const std::optional<Node> root = config::parse_document(file, text, problems);
    if (!root) return tl::unexpected(std::move(problems));
    CsvFactsByName facts;
    if (options.columns != nullptr) {
        for (const auto& [name, columns] : *options.columns) facts[name] = CsvFacts{columns, 0};
    }
    Plan plan = parse_tree(std::move(file), text, *root, facts, problems);
    return finished(std::move(plan), std::move(problems));
}

tl::expected<Plan, Problems> load_plan(const std::string& file) {
    const Result<std::string> text = config::load_text(file, config::kLargestDocument);
    if (!text) return tl::unexpected(Problems{Problem{config::Position{}, "", text.error().message}});
    Problems problems;
    const std::optional<Node> root = config::parse_document(file, *text, problems);
    if (!root) return tl::unexpected(std::move(problems));
    if (root->find("mesh") != nullptr && root->find("culvert") == nullptr && root->find("scenarios") == nullptr) {
        return tl::unexpected(Problems{
            Problem{config::Position{file, 0, 0}, "", "is the configuration of a node; a plan is wanted here"}});
    }
    CsvFactsByName facts;
    for (const auto& [name, csv] : csv_files_of(*root)) facts[name] = inspect_csv(config::beside(file, csv), problems);
    Plan plan = parse_tree(file, *text, *root, facts, problems);
    return finished(std::move(plan), std::move(problems));
}

}  // namespace culvert::workload
