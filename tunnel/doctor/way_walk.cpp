#include "tunnel/doctor/way_walk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/net/dial.h"
#include "tunnel/doctor/advice.h"
#include "tunnel/doctor/relay_time.h"

namespace culvert::tunnel::doctor {
namespace {

net::DialRequest request_of(const link::RelayUrl& relay, const proxy::Choice& choice,
                            const link::UplinkSettings& settings,
                            const std::shared_ptr<const crypto::TlsTrust>& trust) {
    net::DialRequest request;
    request.host = relay.host;
    request.port = relay.port;
    request.tls = relay.tls;
    request.proxy = choice.proxy;
    request.chosen_by = choice.why;
    request.trust = trust;
    request.connect_timeout = settings.connect_timeout;
    request.tls_timeout = settings.tls_timeout;
    return request;
}

}  // namespace

std::optional<Reached> WayWalk::reach() {
    const link::UplinkSettings& uplink = settings_.uplink;
    auto trust = crypto::TlsTrust::load(uplink.extra_ca, uplink.pins);
    if (!trust) {
        record_.stop(Hop::Config, trust.error().message, {trust.error().message, "", ""}, ExitCode::Usage);
        return std::nullopt;
    }
    trust_ = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    proxy::ProxySettings proxy = uplink.proxy;
    proxy.extra_ca = uplink.extra_ca;
    proxy.pac_copy.writes = false;
    const auto selector = proxy::Selector::create(proxy, uplink.environment, clock_);
    if (!selector) {
        record_.stop(Hop::WhichProxy, selector.error().message, {selector.error().message, "", ""}, ExitCode::Usage);
        return std::nullopt;
    }
    std::vector<link::RelayUrl> relays;
    for (const std::string& text : uplink.relays) {
        auto relay = link::parse_relay_url(text);
        if (!relay) {
            record_.stop(Hop::Config, relay.error().message, {relay.error().message, "", ""}, ExitCode::Usage);
            return std::nullopt;
        }
        relays.push_back(std::move(*relay));
    }
    for (std::size_t i = 0; i < relays.size() && !given_up_; ++i) {
        record_.towards(relays[i].text);
        if (auto reached = reach(relays[i], *selector, i + 1 == relays.size())) return reached;
    }
    return std::nullopt;
}

std::optional<Reached> WayWalk::reach(const link::RelayUrl& relay, const proxy::Selector& selector, bool last) {
    const SteadyTime asked = clock_.steady_now();
    const auto choices = selector.choices_for({relay.host, relay.port, relay.tls});
    if (!choices) {
        given_up_ = true;
        record_.stop(Hop::WhichProxy, choices.error().message, {choices.error().message, "", ""},
                     ExitCode::RelayNotReached);
        return std::nullopt;
    }
    const Duration thought = clock_.steady_now() - asked;
    std::string passed_over;
    for (std::size_t i = 0; i < choices->size(); ++i) {
        const proxy::Choice& choice = (*choices)[i];
        auto dialled = dial(relay, choice);
        if (!dialled && i + 1 < choices->size() && net::proxy_is_dead(dialled.error())) {
            passed_over += fmt::format("; {} does not work: {}", choice.proxy ? choice.proxy->url : "direct",
                                       dialled.error().error.message);
            continue;
        }
        tell_choice(choice, passed_over, thought);
        if (!dialled) {
            failed(dialled.error(), relay, choice, last);
            return std::nullopt;
        }
        tell_route(*dialled);
        return std::move(*dialled);
    }
    return std::nullopt;
}

tl::expected<Reached, net::DialError> WayWalk::dial(const link::RelayUrl& relay, const proxy::Choice& choice) {
    Reached reached{relay, request_of(relay, choice, settings_.uplink, trust_), {}, nullptr};
    auto stream = net::dial(reached.request, memory_);
    if (!stream) return tl::unexpected(stream.error());
    reached.route = (*stream)->route();
    reached.stream = std::move(*stream);
    return reached;
}

void WayWalk::tell_choice(const proxy::Choice& choice, const std::string& passed_over, Duration thought) {
    const bool notable = !passed_over.empty() || !choice.note.empty();
    record_.check(Hop::WhichProxy, notable ? Outcome::Noted : Outcome::Passed,
                  fmt::format("{} ({}){}{}{}", choice.proxy ? choice.proxy->url : "none", choice.why,
                              choice.note.empty() ? "" : "; ", choice.note, passed_over),
                  thought);
}

void WayWalk::failed(const net::DialError& error, const link::RelayUrl& relay, const proxy::Choice& choice, bool last) {
    const bool through_proxy = choice.proxy.has_value();
    const Hop hop = hop_of(error.stage, through_proxy);
    const std::string proxy = through_proxy ? choice.proxy->url : "";
    if (through_proxy && hop > Hop::ReachProxy) record_.check(Hop::ReachProxy, Outcome::Passed, proxy);
    if (through_proxy && hop > Hop::Connect)
        record_.check(Hop::Connect, Outcome::Passed, fmt::format("to {}", relay.authority()));
    if (!last)
        return record_.check(hop, Outcome::Noted,
                             fmt::format("{}: {}; the next relay is tried", relay.text, error.error.message));
    if (error.by_time && hop == Hop::Tls) return failed_by_time(error, relay, choice);
    record_.stop(hop, error.error.message, advice_for_dial(error, proxy, relay), ExitCode::RelayNotReached);
}

// The clock comes before the certificate that is judged by it.
void WayWalk::failed_by_time(const net::DialError& error, const link::RelayUrl& relay, const proxy::Choice& choice) {
    const auto difference =
        ask_relay_time(relay, request_of(relay, choice, settings_.uplink, trust_), settings_.uplink, memory_, clock_);
    if (difference && clock_is_off(*difference))
        return record_.stop(Hop::Clock, clock_text(*difference) + ", so no certificate can be judged",
                            advice_for_clock(*difference), ExitCode::Usage);
    record_.stop(Hop::Tls, error.error.message, advice_for_certificate_time(relay, difference.has_value()),
                 ExitCode::RelayNotReached);
}

void WayWalk::tell_route(const Reached& reached) {
    const net::Route& route = reached.route;
    const std::string authority = reached.relay.authority();
    const bool secure_proxy = route.proxy.starts_with("https://");
    record_.check(Hop::ReachProxy, Outcome::Passed,
                  route.proxy.empty() ? fmt::format("no proxy; {} at {}", authority, route.remote_address)
                                      : fmt::format("{} at {}{}", route.proxy, route.remote_address,
                                                    secure_proxy ? "; TLS to the proxy verified" : ""),
                  route.connect_time);
    if (!route.proxy.empty()) {
        const std::string user = reached.request.proxy ? reached.request.proxy->username : "";
        const std::string as =
            user.empty() || route.proxy_auth == net::to_string(net::ProxyAuth::Negotiate) ? "" : " as " + user;
        record_.check(Hop::Connect, Outcome::Passed,
                      route.proxy_auth.empty()
                          ? fmt::format("to {}, nobody asked who we are", authority)
                          : fmt::format("to {}; the proxy asked, and took {}{}", authority, route.proxy_auth, as),
                      std::max<Duration>(Duration::zero(), route.total_time - route.connect_time - route.tls_time));
    }
    if (reached.relay.tls) tell_tls(reached);
}

void WayWalk::tell_tls(const Reached& reached) {
    const std::string& issuer = reached.route.tls_issuer;
    Check check{Hop::Tls, Outcome::Passed, "", reached.route.tls_time};
    const char* trusted_by = "system";
    const char* inspected = "not_seen";
    if (!settings_.uplink.pins.empty()) {
        check.detail = fmt::format("certificate from {}, with the pinned key: nobody inspects it", issuer);
        trusted_by = "pin_sha256";
        inspected = "no";
    } else if (needs_extra_ca(reached)) {
        check.outcome = Outcome::Noted;
        check.detail = fmt::format(
            "certificate from {}, which extra_ca lists: the relay's own CA, or a TLS inspection, which can delay mesh "
            "traffic, but neither read nor change it",
            issuer);
        trusted_by = "extra_ca";
        inspected = "possible";
    } else {
        check.detail = fmt::format("certificate from {}, which this system trusts", issuer);
    }
    check.facts = {{"issuer", issuer}, {"trusted_by", trusted_by}, {"inspected", inspected}};
    record_.check(std::move(check));
}

bool WayWalk::needs_extra_ca(const Reached& reached) {
    if (settings_.uplink.extra_ca.empty()) return false;
    auto system_store = crypto::TlsTrust::load({});
    if (!system_store) return false;
    net::DialRequest request = reached.request;
    request.trust = std::make_shared<const crypto::TlsTrust>(std::move(*system_store));
    const auto stream = net::dial(request, memory_);
    return !stream && stream.error().stage == net::DialStage::Tls;
}

}  // namespace culvert::tunnel::doctor
