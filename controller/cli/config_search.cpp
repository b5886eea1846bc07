#include "controller/cli/config_search.h"

#include <system_error>

#include "common/base/log.h"

namespace culvert::cli {

std::vector<std::filesystem::path> config_places(const std::string& given, const Environment& environment) {
    if (!given.empty()) return {given};
    const auto of = [&](const char* name) { return environment(name).value_or(""); };
    if (const std::string named = of("CULVERT_CONFIG"); !named.empty()) return {named};
    std::vector<std::filesystem::path> places{"controller.yaml"};
    if (const std::string config_home = of("XDG_CONFIG_HOME"); !config_home.empty()) {
        places.push_back(std::filesystem::path(config_home) / "culvert/controller.yaml");
    } else if (const std::string home = of("HOME"); !home.empty()) {
        places.push_back(std::filesystem::path(home) / ".config/culvert/controller.yaml");
    }
    places.emplace_back("/etc/culvert/controller.yaml");
    return places;
}

Result<std::filesystem::path> find_config(const std::string& given, const Environment& environment) {
    const std::vector<std::filesystem::path> places = config_places(given, environment);
    std::string looked;
    for (const std::filesystem::path& place : places) {
        std::error_code unreadable;
        if (std::filesystem::exists(place, unreadable)) return place;
        looked += (looked.empty() ? "" : ", ") + place.string();
    }
    if (places.size() == 1) return fail(Code::InvalidInput, "no configuration at " + looked);
    return fail(Code::InvalidInput, "no controller.yaml found (looked at " + looked + "); name one with --config, or make a mesh: culvert init DIR --relay wss://HOST/mesh");
}

tl::expected<config::ControllerConfig, config::Problems> load_config(const std::string& given) {
    const Result<std::filesystem::path> file = find_config(given, process_environment());
    if (!file) return tl::unexpected<config::Problems>(config::Problems{config::Problem{{"culvert", 0, 0}, "", file.error().message}});
    auto loaded = config::load_controller_config(file->string());
    if (loaded) log::info("configuration " + file->string());
    return loaded;
}

}  // namespace culvert::cli
