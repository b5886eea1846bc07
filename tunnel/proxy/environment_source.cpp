#include <cstdlib>
#include <utility>

#include "common/base/text.h"
#include "tunnel/proxy/no_proxy.h"
#include "tunnel/proxy/proxy_url.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {
namespace {

struct Found {
    std::string name, value;
    std::string not_used;  // a variable of the same meaning that says something else; empty: none
};
// The first of these that is set to something.
std::optional<Found> first_set(const Environment& environment, const std::vector<std::string>& names) {
    std::optional<Found> found;
    for (const std::string& name : names) {
        const std::optional<std::string> value = environment(name);
        if (!value || trim(*value).empty()) continue;
        if (!found) {
            found = Found{name, std::string(trim(*value)), ""};
        } else if (found->not_used.empty() && trim(*value) != found->value) {
            found->not_used = name;
        }
    }
    return found;
}

std::string words_for(const Found& found) {
    return "environment " + found.name + (found.not_used.empty() ? "" : ", which comes before " + found.not_used);
}

class EnvironmentSource final : public Source {
  public:
    // A list of hosts that go past the proxy, with what it is called.
    struct Past {
        std::string name;
        NoProxy hosts;
    };

    EnvironmentSource(Choice secure, Choice plain, std::vector<Past> past)
        : secure_(std::move(secure)), plain_(std::move(plain)), past_(std::move(past)) {}

    Result<std::vector<Choice>> choices_for(const Target& target, const std::stop_token&) override {
        const Choice& choice = target.tls ? secure_ : plain_;
        for (const Past& list : past_) {
            if (!choice.proxy) break;
            if (const std::optional<std::string> entry = list.hosts.match(target.host, target.port))
                return std::vector<Choice>{Choice{std::nullopt, list.name + " " + *entry}};
        }
        return std::vector<Choice>{choice};
    }

  private:
    Choice secure_, plain_;
    std::vector<Past> past_;
};

Result<Choice> choice_from(const ProxySettings& settings, const std::optional<Found>& found) {
    if (!found) return Choice{std::nullopt, "no proxy is configured"};
    const std::string why = words_for(*found);
    Result<ProxyUrl> url = parse_proxy_url(found->value);
    if (!url) return fail(url.error(), "environment " + found->name);
    net::ProxyHop hop{url->url, url->username, url->password, settings.methods, why};
    if (hop.username.empty()) hop.username = settings.username;
    return Choice{std::move(hop), why};
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

Result<std::unique_ptr<Source>> make_environment_source(const ProxySettings& settings, const Environment& environment) {
    Result<Choice> secure =
        choice_from(settings, first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}));
    if (!secure) return tl::unexpected(secure.error());
    Result<Choice> plain = choice_from(settings, first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"}));
    if (!plain) return tl::unexpected(plain.error());
    Result<NoProxy> no_proxy = NoProxy::parse(settings.no_proxy);
    if (!no_proxy) return fail(no_proxy.error(), settings.key);
    std::vector<EnvironmentSource::Past> past{{settings.key + ".no_proxy", std::move(*no_proxy)}};
    const std::optional<Found> variable = first_set(environment, {"no_proxy", "NO_PROXY"});
    if (variable) past.push_back({"environment " + variable->name, NoProxy::parse_variable(variable->value)});
    return std::make_unique<EnvironmentSource>(std::move(*secure), std::move(*plain), std::move(past));
}

}  // namespace culvert::tunnel::proxy
