#include "tunnel/doctor/targets.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/config/endpoint.h"
#include "common/net/credential_memory.h"
#include "common/net/dial.h"
#include "tunnel/proxy/selector.h"

namespace culvert::tunnel::doctor {
namespace {

constexpr Duration kConnectLimit = std::chrono::seconds(5);
constexpr std::uint16_t kPlainPort = 80;  // any other is taken for TLS, where an environment has a proxy for each

// Only those that name one host and one port; of names and networks there is no end.
std::vector<config::Endpoint> endpoints_of(const std::vector<std::string>& allowed) {
    std::vector<config::Endpoint> endpoints;
    for (const std::string& entry : allowed) {
        const auto endpoint = config::parse_endpoint(entry);
        if (endpoint && endpoints.size() < kMostTargetsTried) endpoints.push_back(*endpoint);
    }
    return endpoints;
}

std::string text_of(const config::Endpoint& endpoint) {
    const bool ipv6 = endpoint.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", endpoint.host, ipv6 ? "]" : "", endpoint.port);
}

struct Ways {
    const proxy::Selector& selector;
    std::shared_ptr<const crypto::TlsTrust> trust;
    net::CredentialMemory& memory;
};

Check try_target(const config::Endpoint& endpoint, const Ways& ways) {
    const std::string name = text_of(endpoint);
    const auto noted = [&name](const Error& why) {
        return Check{Hop::Target, Outcome::Noted, fmt::format("{} is not reached: {}", name, why.message)};
    };
    const auto choices = ways.selector.choices_for({endpoint.host, endpoint.port, endpoint.port != kPlainPort});
    if (!choices) return noted(choices.error());
    Error last{Code::Disconnected, "there is no way to it"};
    for (const proxy::Choice& choice : *choices) {
        net::DialRequest request;
        request.host = endpoint.host;
        request.port = endpoint.port;
        request.tls = false;
        request.proxy = choice.proxy;
        request.chosen_by = choice.why;
        request.trust = ways.trust;
        request.connect_timeout = kConnectLimit;
        const auto stream = net::dial(request, ways.memory);
        if (stream)
            return Check{Hop::Target, Outcome::Passed,
                         fmt::format("{}{}, allowed by the charter", name,
                                     choice.proxy ? " through " + choice.proxy->url : std::string()),
                         (*stream)->route().total_time};
        last = stream.error().error;
    }
    return noted(last);
}

}  // namespace

void try_targets(const TargetSettings& settings, const proxy::Environment& environment, const Clock& clock,
                 Record& record) {
    if (settings.allowed.empty())
        return record.check(Hop::Target, Outcome::Noted,
                            "the charter allows none: every run will be refused; write charter.targets");
    const std::vector<config::Endpoint> endpoints = endpoints_of(settings.allowed);
    if (endpoints.empty())
        return record.check(Hop::Target, Outcome::NotSeen, "the charter names no single HOST:PORT that could be tried");
    proxy::ProxySettings proxy = settings.proxy;
    proxy.pac_copy.writes = false;
    proxy.extra_ca = settings.extra_ca;
    const auto selector = proxy::Selector::create(proxy, environment, clock);
    if (!selector) return record.check(Hop::Target, Outcome::Noted, selector.error().message);
    auto trust = crypto::TlsTrust::load(settings.extra_ca);
    if (!trust) return record.check(Hop::Target, Outcome::Noted, trust.error().message);
    net::CredentialMemory memory(settings.credential_file);
    const Ways ways{*selector, std::make_shared<const crypto::TlsTrust>(std::move(*trust)), memory};
    std::vector<Check> checks(endpoints.size());
    {
        std::vector<std::jthread> tries;
        for (std::size_t i = 0; i < endpoints.size(); ++i)
            tries.emplace_back(
                [&endpoint = endpoints[i], &check = checks[i], &ways] { check = try_target(endpoint, ways); });
    }
    for (Check& check : checks) record.check(std::move(check));
}

}  // namespace culvert::tunnel::doctor
