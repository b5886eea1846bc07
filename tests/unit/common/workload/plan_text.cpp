#include "plan_text.h"

#include <sstream>
#include <variant>

#include <catch2/catch.hpp>

namespace culvert::workload {

std::string plan_with_steps(const std::string& steps, const std::string& head) {
    std::string text =
        "culvert: 1\n" + head + "scenarios:\n  s:\n    load: [ constant_rate: { rate: 10/s, for: 1m } ]\n    steps:\n";
    std::istringstream lines(steps);
    for (std::string line; std::getline(lines, line);) text += "      " + line + "\n";
    return text;
}

std::string problems_of(const std::string& text) {
    const auto plan = parse_plan("p.yaml", text);
    if (plan) return "";
    std::string out;
    for (const config::Problem& problem : plan.error()) out += to_string(problem) + "\n";
    return out;
}

Plan right_plan(const std::string& text) {
    INFO(text);
    auto plan = parse_plan("p.yaml", text);
    if (!plan) FAIL(problems_of(text));
    return std::move(*plan);
}

const RequestStep& request_of(const Plan& plan, std::size_t step) {
    return std::get<RequestStep>(plan.scenarios.at(0).steps.at(step));
}

std::string shown(const Template& text, const Plan& plan) {
    constexpr const char* kWords[] = {"raw", "url", "form", "json", "number"};
    std::string out;
    for (const Template::Part& part : text.parts) {
        if (part.variable) {
            out += "${" + plan.variable_names.at(*part.variable) + ":" +
                   kWords[static_cast<std::size_t>(part.encoding)] + "}";
        } else {
            out += part.text;
        }
    }
    return out;
}

}  // namespace culvert::workload
