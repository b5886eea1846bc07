#include <cstdlib>
#include <utility>

#include "common/base/text.h"
#include "tunnel/proxy/no_proxy.h"
#include "tunnel/proxy/proxy_url.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {
namespace {

// The first of these that is set to something.
struct Found {
    std::string name, value;
};
std::optional<Found> first_set(const Environment& environment, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const std::optional<std::string> value = environment(name);
        if (value && !trim(*value).empty()) return Found{name, std::string(trim(*value))};
    }
    return std::nullopt;
}

class EnvironmentSource final : public Source {
  public:
    EnvironmentSource(Choice secure, Choice plain, NoProxy no_proxy)
        : secure_(std::move(secure)), plain_(std::move(plain)), no_proxy_(std::move(no_proxy)) {}

    std::vector<Choice> choices_for(const Target& target) const override {
        const Choice& choice = target.tls ? secure_ : plain_;
        if (!choice.proxy) return {choice};
        if (const std::optional<std::string> entry = no_proxy_.match(target.host, target.port))
            return {Choice{std::nullopt, "no_proxy " + *entry}};
        return {choice};
    }

  private:
    Choice secure_, plain_;
    NoProxy no_proxy_;
};

Result<Choice> choice_from(const ProxySettings& settings, const std::optional<Found>& found) {
    if (!found) return Choice{std::nullopt, "no proxy is configured"};
    const std::string why = "environment " + found->name;
    Result<ProxyUrl> url = parse_proxy_url(found->value);
    if (!url) return fail(url.error(), why);
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
    const std::optional<Found> variable = first_set(environment, {"no_proxy", "NO_PROXY"});
    if (variable) no_proxy->append(NoProxy::parse_variable(variable->value));
    return std::make_unique<EnvironmentSource>(std::move(*secure), std::move(*plain), std::move(*no_proxy));
}

}  // namespace culvert::tunnel::proxy
