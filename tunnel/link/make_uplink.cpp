#include <utility>

#include "tunnel/link/standing_uplink.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::tunnel::link {
namespace {

constexpr Duration kShortestHeartbeat = std::chrono::seconds(1);

Result<std::vector<RelayUrl>> parse_relays(const std::vector<std::string>& texts) {
    if (texts.empty())
        return fail(Code::InvalidInput, "tunnel.relays is empty; write the relay's address, wss://HOST/PATH");
    std::vector<RelayUrl> relays;
    for (const std::string& text : texts) {
        Result<RelayUrl> relay = parse_relay_url(text);
        if (!relay) return tl::unexpected(relay.error());
        relays.push_back(std::move(*relay));
    }
    return relays;
}

Result<std::unique_ptr<Uplink>> make(net::Loop& loop, Applicant applicant, crypto::MeshTrust* trust,
                                     UplinkSettings settings, UplinkEvents& events) {
    Result<std::vector<RelayUrl>> relays = parse_relays(settings.relays);
    if (!relays) return tl::unexpected(relays.error());
    if (settings.web_trust == nullptr) {
        Result<crypto::TlsTrust> web_trust = crypto::TlsTrust::load(settings.extra_ca, settings.pins);
        if (!web_trust) return tl::unexpected(web_trust.error());
        settings.web_trust = std::make_shared<const crypto::TlsTrust>(std::move(*web_trust));
    }
    settings.proxy.extra_ca = settings.extra_ca;
    Result<proxy::Selector> selector = proxy::Selector::create(settings.proxy, settings.environment, loop.clock());
    if (!selector) return tl::unexpected(selector.error());
    // `direct: never` without any proxy, and the like, are said now rather than at each attempt.
    for (const RelayUrl& relay : *relays) {
        if (selector->waits()) break;
        const auto ways = selector->choices_for({relay.host, relay.port, relay.tls});
        if (!ways) return tl::unexpected(ways.error());
    }
    if (settings.heartbeat < kShortestHeartbeat)
        return fail(Code::InvalidInput, "a heartbeat of " + to_string(settings.heartbeat) + " is too short");

    ConnectorSettings connector;
    connector.relays = std::move(*relays);
    connector.trust = std::move(settings.web_trust);
    connector.applicant = std::move(applicant);
    connector.transport = settings.transport;
    connector.first_climb = settings.first_climb;
    connector.heartbeat = settings.heartbeat;
    connector.connect_timeout = settings.connect_timeout;
    connector.tls_timeout = settings.tls_timeout;
    connector.handshake_timeout = settings.handshake_timeout;
    return std::make_unique<StandingUplink>(loop, std::move(connector), std::move(*selector),
                                            std::move(settings.credential_file), std::move(settings.learnt_file), trust,
                                            events);
}

}  // namespace

Result<std::unique_ptr<Uplink>> make_uplink(net::Loop& loop, const crypto::Identity& identity, crypto::MeshTrust& trust,
                                            UplinkSettings settings, UplinkEvents& events) {
    Applicant applicant{identity.member().mesh, &identity,       settings.role,
                        settings.instance,      settings.enrols, settings.software};
    return make(loop, std::move(applicant), &trust, std::move(settings), events);
}

Result<std::unique_ptr<Uplink>> make_pending_uplink(net::Loop& loop, const std::string& mesh, UplinkSettings settings,
                                                    UplinkEvents& events) {
    Applicant applicant;
    applicant.mesh = mesh;
    applicant.software = settings.software;
    return make(loop, std::move(applicant), nullptr, std::move(settings), events);
}

}  // namespace culvert::tunnel::link
