#include "tunnel/link/from_config.h"

#include <utility>

#include "tunnel/proxy/from_config.h"

namespace culvert::tunnel::link {
namespace {

TransportChoice choice_of(config::Transport transport) {
    switch (transport) {
        case config::Transport::Auto:
            return TransportChoice::Auto;
        case config::Transport::WebSocket:
            return TransportChoice::WebSocket;
        case config::Transport::LongPoll:
            return TransportChoice::LongPoll;
    }
    return TransportChoice::Auto;
}

}  // namespace

Result<UplinkSettings> settings_from(const config::TunnelConfig& config, const std::string& folder) {
    auto proxy = proxy::settings_from(config.proxy, "tunnel.proxy");
    if (!proxy) return tl::unexpected(proxy.error());
    UplinkSettings settings;
    settings.relays = config.relays;
    settings.transport = choice_of(config.transport);
    settings.proxy = std::move(*proxy);
    settings.proxy.pac_copy.file = folder + "/pac-copy";
    settings.extra_ca = config.extra_ca;
    settings.pins = config.pin_sha256;
    settings.heartbeat = config.heartbeat;
    settings.first_climb = config.websocket_retry;
    settings.credential_file = folder + "/proxy-credentials";
    settings.learnt_file = folder + "/learnt-path";
    return settings;
}

}  // namespace culvert::tunnel::link
