#include "tunnel/relay/relay_file.h"

#include <filesystem>
#include <utility>

namespace culvert::tunnel::relay {
namespace {

std::string state_directory(const config::RelayConfig& config, const config::EnvironmentLookup& lookup) {
    if (const auto given = lookup("STATE_DIRECTORY"); given && !given->empty())
        return given->substr(0, given->find(':'));
    return std::filesystem::path(config.mesh_ca).parent_path().string();
}

std::string as_text(const config::Problems& problems) {
    std::string text;
    for (const config::Problem& problem : problems) text += (text.empty() ? "" : "\n") + to_string(problem);
    return text;
}

}  // namespace

Result<RelaySettings> settings_from(const config::RelayConfig& config, const config::EnvironmentLookup& lookup) {
    if (config.cluster_nats)
        return fail(Code::InvalidInput,
                    config.file + ": cluster: this version of culvert-relay stands alone; leave cluster out");
    RelaySettings settings;
    settings.config_file = config.file;
    settings.mesh = config.mesh;
    settings.url = config.url;
    settings.mesh_ca_file = config.mesh_ca;
    settings.listen = config.listen;
    if (config.tls) {
        settings.certificate_file = config.tls->certificate;
        settings.key_file = config.tls->key;
    }
    settings.admin_listen = config.admin_listen.value_or("");
    settings.revocations_file =
        (std::filesystem::path(state_directory(config, lookup)) / (config.mesh + ".crl")).string();
    settings.limits.links = config.limits.links;
    settings.limits.queue_per_node = config.limits.queue_per_node.count;
    settings.limits.pending_joins = config.limits.pending_joins;
    settings.limits.handshakes = config.limits.handshakes;
    settings.limits.handshake_timeout = config.limits.handshake_timeout;
    return settings;
}

Result<RelayFile> load_relay_file(const std::optional<std::string>& explicit_file) {
    const auto file = config::find_config("relay.yaml", explicit_file);
    if (!file) return tl::unexpected<Error>(file.error());
    const auto config = config::load_relay_config(*file);
    if (!config) return fail(Code::InvalidInput, as_text(config.error()));
    auto settings = settings_from(*config);
    if (!settings) return tl::unexpected<Error>(settings.error());
    return RelayFile{*file, *std::move(settings)};
}

}  // namespace culvert::tunnel::relay
