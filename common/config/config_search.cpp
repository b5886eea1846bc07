#include "common/config/config_search.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::config {
namespace {

constexpr const char* kControllerVariable = "CULVERT_CONFIG";

bool is_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) && !std::filesystem::is_directory(file, ignored);
}

Result<std::string> named(const std::string& file, std::string_view by, const std::string& usual_name) {
    if (is_there(file)) return file;
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        const std::string inside = (std::filesystem::path(file) / usual_name).string();
        return fail(Code::InvalidInput, fmt::format("{} ({}) is a folder; write {}", file, by,
                                                    is_there(inside) ? inside : "the file in it"));
    }
    return fail(Code::InvalidInput, fmt::format("{} ({}): no such file", file, by));
}

}  // namespace

std::optional<std::string> environment(std::string_view name) {
    const char* const value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
}

std::string config_variable(std::string_view name) {
    if (name == "agent.yaml") return "CULVERT_AGENT_CONFIG";
    if (name == "relay.yaml") return "CULVERT_RELAY_CONFIG";
    return kControllerVariable;
}

Result<std::string> find_config(const std::string& name, const std::optional<std::string>& explicit_file,
                                const EnvironmentLookup& lookup) {
    if (explicit_file) return named(*explicit_file, "--config", name);
    const std::string variable = config_variable(name);
    if (const auto file = lookup(variable)) return named(*file, "$" + variable, name);
    std::vector<std::string> places{"./" + name};
    const auto home = lookup("HOME");
    if (const auto folder = lookup("XDG_CONFIG_HOME")) {
        places.push_back(*folder + "/culvert/" + name);
    } else if (home) {
        places.push_back(*home + "/.config/culvert/" + name);
    }
    places.push_back("/etc/culvert/" + name);
    for (const std::string& place : places) {
        if (is_there(place)) return place;
    }
    const bool controllers = variable != kControllerVariable && lookup(kControllerVariable);
    return fail(Code::InvalidInput,
                fmt::format("no {} in {}; name one with --config FILE or ${}{}", name, join(places, ", "), variable,
                            controllers ? " ($CULVERT_CONFIG is the controller's and not read here)" : ""));
}

}  // namespace culvert::config
