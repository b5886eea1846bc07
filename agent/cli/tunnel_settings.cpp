#include "agent/cli/tunnel_settings.h"

#include <utility>

#include "tunnel/link/from_config.h"
#include "tunnel/proxy/from_config.h"

namespace culvert::agent::cli {

Result<tunnel::link::UplinkSettings> uplink_settings_of(const config::AgentConfig& config, const std::string& folder) {
    auto settings = tunnel::link::settings_from(config.tunnel, folder);
    if (!settings) return settings;
    settings->role = Role::Agent;
    settings->software = "culvert-agent/" CULVERT_VERSION;
    return settings;
}

Result<tunnel::proxy::ProxySettings> load_proxy_of(const config::AgentConfig& config) {
    auto proxy = tunnel::proxy::settings_from(config.load_proxy, "load.proxy");
    if (!proxy) return proxy;
    proxy->pac_copy.file = config.directory + "/load-pac-copy";
    return proxy;
}

std::string load_credential_file(const config::AgentConfig& config) {
    return config.directory + "/load-proxy-credentials";
}

std::vector<std::string> load_extra_ca(const config::AgentConfig& config) {
    std::vector<std::string> files = config.tunnel.extra_ca;  // a proxy that inspects TLS may stand before targets too
    files.insert(files.end(), config.load_extra_ca.begin(), config.load_extra_ca.end());
    return files;
}

Result<tunnel::doctor::TargetSettings> target_settings_of(const config::AgentConfig& config) {
    auto proxy = load_proxy_of(config);
    if (!proxy) return tl::unexpected(proxy.error());
    tunnel::doctor::TargetSettings settings;
    if (config.charter) settings.allowed = config.charter->targets;
    settings.proxy = std::move(*proxy);
    settings.credential_file = load_credential_file(config);
    settings.extra_ca = load_extra_ca(config);
    return settings;
}

}  // namespace culvert::agent::cli
