// What the parsers of a plan's parts share while one plan is read: the problems so far, the names, and what the whole
// plan says for all steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/units.h"
#include "common/config/document.h"
#include "common/workload/names.h"
#include "common/workload/plan.h"
#include "common/workload/template_parser.h"

namespace culvert::workload {

struct DefaultHeader {
    NamedTemplate header;
    TextPlace place;
    bool told = false;  // a step came before its variables are saved, and the user knows
};

struct HttpDefaults {
    Duration timeout{};
    Duration connect_timeout{};
    std::uint32_t follow_redirects = 0;
    std::vector<DefaultHeader> headers;
};

struct PlanContext {
    config::Problems& problems;
    Names names;
    std::vector<Variable> variables;
    HttpDefaults http;
    std::size_t requests = 0;  // of all scenarios so far

    void problem(const config::Position& where, std::string key, std::string message) {
        problems.push_back(config::Problem{where, std::move(key), std::move(message)});
    }
    void problem(const TextPlace& place, std::string message) { problem(place.where, place.key, std::move(message)); }
    Template text(std::string_view text, Template::Encoding encoding, const TextPlace& place, const Scope& scope) {
        return parse_template(text, encoding, place, scope, names, problems);
    }
};

// How long any single thing of a plan may last.
inline constexpr Duration kLongestPart = std::chrono::hours(24 * 90);

// "scenarios.browse.steps[1]"
std::string item_path(const std::string& path, std::size_t index);

}  // namespace culvert::workload
