#include <utility>

#include "tunnel/proxy/no_proxy.h"
#include "tunnel/proxy/proxy_url.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::proxy {
namespace {

class SettingsSource final : public Source {
  public:
    SettingsSource(std::vector<Choice> proxies, NoProxy no_proxy, std::string key)
        : proxies_(std::move(proxies)), no_proxy_(std::move(no_proxy)), key_(std::move(key)) {}

    Result<std::vector<Choice>> choices_for(const Target& target, const std::stop_token&) override {
        if (const std::optional<std::string> entry = no_proxy_.match(target.host, target.port))
            return std::vector<Choice>{Choice{std::nullopt, key_ + ".no_proxy " + *entry}};
        return proxies_;
    }

  private:
    std::vector<Choice> proxies_;
    NoProxy no_proxy_;
    std::string key_;
};

}  // namespace

void Source::forget(const Target&) {}

Result<std::unique_ptr<Source>> make_settings_source(const ProxySettings& settings) {
    std::vector<Choice> proxies;
    if (settings.source == ProxySettings::Source::None)
        proxies.push_back(Choice{std::nullopt, settings.key + ": none"});
    for (std::size_t i = 0; i < settings.urls.size() && settings.source == ProxySettings::Source::Urls; ++i) {
        const std::string why = settings.key + ".urls[" + std::to_string(i) + "]";
        Result<ProxyUrl> url = parse_proxy_url(settings.urls[i]);
        if (!url) return fail(url.error(), why);
        net::ProxyHop hop{url->url, url->username, url->password, settings.methods, why};
        if (hop.username.empty()) hop.username = settings.username;
        proxies.push_back(Choice{std::move(hop), why});
    }
    if (proxies.empty())
        return fail(Code::InvalidInput, settings.key + ".urls is empty; write a proxy, or  proxy: none");
    Result<NoProxy> no_proxy = NoProxy::parse(settings.no_proxy);
    if (!no_proxy) return fail(no_proxy.error(), settings.key);
    return std::make_unique<SettingsSource>(std::move(proxies), std::move(*no_proxy), settings.key);
}

}  // namespace culvert::tunnel::proxy
