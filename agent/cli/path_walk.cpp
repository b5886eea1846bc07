#include "agent/cli/path_walk.h"

#include <memory>
#include <utility>

#include "tunnel/link/relay_url.h"
#include "tunnel/proxy/selector.h"

namespace culvert::agent::cli {
namespace {

void tell_route(const net::Route& route, const tunnel::link::RelayUrl& relay, const std::string& chosen_by,
                Checklist& checklist) {
    if (route.proxy.empty()) {
        checklist.passed("proxy", "none (" + chosen_by + ")");
        checklist.passed("relay",
                         relay.authority() + (route.remote_address.empty() ? "" : " at " + route.remote_address));
    } else {
        checklist.passed("proxy", route.proxy + " (" + chosen_by + ")");
        checklist.passed("CONNECT",
                         "to " + relay.authority() + (route.proxy_auth.empty() ? "" : ", " + route.proxy_auth));
    }
    if (relay.tls) checklist.passed("TLS", route.tls_issuer.empty() ? "" : "certificate from " + route.tls_issuer);
}

}  // namespace

std::string step_of(net::DialStage stage) {
    switch (stage) {
        case net::DialStage::Setup:
        case net::DialStage::ResolveProxy:
        case net::DialStage::ConnectProxy:
        case net::DialStage::ProxyTls:
            return "proxy";
        case net::DialStage::ProxyAuth:
        case net::DialStage::ProxyAnswer:
            return "CONNECT";
        case net::DialStage::Resolve:
        case net::DialStage::Connect:
            return "relay";
        case net::DialStage::Tls:
            return "TLS";
    }
    return "relay";
}

Status walk_path(const tunnel::link::UplinkSettings& settings, const Clock& clock, Checklist& checklist) {
    const auto give_up = [&checklist](const std::string& step, const Error& why) {
        checklist.failed(step, why.message);
        return fail(why.code, step + ": " + why.message);
    };
    auto trust = crypto::TlsTrust::load(settings.extra_ca, settings.pins);
    if (!trust) return give_up("TLS", trust.error());
    tunnel::proxy::ProxySettings proxy = settings.proxy;
    proxy.extra_ca = settings.extra_ca;
    auto selector = tunnel::proxy::Selector::create(proxy, settings.environment, clock);
    if (!selector) return give_up("proxy", selector.error());

    const auto shared_trust = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    net::CredentialMemory memory(settings.credential_file);
    Error last{Code::InvalidInput, "the token names no relay"};
    for (const std::string& text : settings.relays) {
        const auto relay = tunnel::link::parse_relay_url(text);
        if (!relay) return give_up("token", relay.error());
        const auto choices = selector->choices_for({relay->host, relay->port, relay->tls});
        if (!choices) return give_up("proxy", choices.error());
        for (const tunnel::proxy::Choice& choice : *choices) {
            net::DialRequest request;
            request.host = relay->host;
            request.port = relay->port;
            request.tls = relay->tls;
            request.proxy = choice.proxy;
            request.chosen_by = choice.why;
            request.trust = shared_trust;
            request.connect_timeout = settings.connect_timeout;
            request.tls_timeout = settings.tls_timeout;
            const auto stream = net::dial(request, memory);
            if (stream) {
                tell_route((*stream)->route(), *relay, choice.why, checklist);
                return {};
            }
            const std::string step = step_of(stream.error().stage);
            checklist.failed(step, text + ": " + stream.error().error.message);
            last = {stream.error().error.code, step + ": " + stream.error().error.message};
        }
    }
    return tl::unexpected(last);
}

}  // namespace culvert::agent::cli
