#include "check_doctor.h"

#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "lab.h"

namespace culvert::netlab {
namespace {

std::vector<std::string> hops_that(const nlohmann::json& diagnosis, std::string_view outcome) {
    std::vector<std::string> hops;
    for (const auto& check : diagnosis.at("checks")) {
        if (check.at("outcome") == outcome) hops.push_back(check.at("hop"));
    }
    return hops;
}

}  // namespace

std::vector<std::string> check_doctor(const DoctorRule& rule, std::optional<demo::Exit> exit,
                                      const std::filesystem::path& json, const std::filesystem::path& report) {
    const std::string who = "the doctor of the " + rule.on;
    if (!exit) return {who + " did not end"};
    std::vector<std::string> wrong;
    if (*exit != rule.exit) wrong.push_back(fmt::format("{} ended with exit code {}, not {}", who, *exit, rule.exit));
    const auto read = nlohmann::json::parse(read_text(json), nullptr, false);
    if (read.is_discarded()) return wrong.push_back(who + " printed no JSON"), wrong;
    if (const auto failed = hops_that(read, "failed"); failed != rule.failing)
        wrong.push_back(fmt::format("{} names [{}] as failing, not [{}]", who, fmt::join(failed, ", "),
                                    fmt::join(rule.failing, ", ")));
    if (const auto noted = hops_that(read, "noted"); rule.noted && noted != *rule.noted)
        wrong.push_back(
            fmt::format("{} notes [{}], not [{}]", who, fmt::join(noted, ", "), fmt::join(*rule.noted, ", ")));
    const std::string text = read_text(report);
    if (!std::regex_search(text, std::regex(rule.says)))
        wrong.push_back(fmt::format("{} does not say \"{}\", but\n{}", who, rule.says, text));
    return wrong;
}

}  // namespace culvert::netlab
