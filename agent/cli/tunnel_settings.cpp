#include "agent/cli/tunnel_settings.h"

#include <utility>

#include "tunnel/proxy/from_config.h"

namespace culvert::agent::cli {

Result<tunnel::link::UplinkSettings> uplink_settings_of(const config::AgentConfig& config, const std::string& folder) {
    auto proxy = tunnel::proxy::settings_from(config.tunnel.proxy, "tunnel.proxy");
    if (!proxy) return tl::unexpected(proxy.error());
    if (config.tunnel.transport == config::Transport::LongPoll) {
        return fail(Code::InvalidInput, "tunnel.transport: long_poll is not in this version; write auto or websocket");
    }
    tunnel::link::UplinkSettings settings;
    settings.relays = config.tunnel.relays;
    settings.proxy = std::move(*proxy);
    settings.extra_ca = config.tunnel.extra_ca;
    settings.pins = config.tunnel.pin_sha256;
    settings.heartbeat = config.tunnel.heartbeat;
    settings.credential_file = folder + "/proxy-credentials";
    settings.role = Role::Agent;
    settings.software = "culvert-agent/" CULVERT_VERSION;
    return settings;
}

}  // namespace culvert::agent::cli
