#include "tunnel/proxy/from_config.h"

#include <utility>

namespace culvert::tunnel::proxy {
namespace {

std::vector<net::ProxyAuth> methods_of(config::ProxyAuth auth) {
    using net::ProxyAuth;
    switch (auth) {
        case config::ProxyAuth::Auto:
            return {ProxyAuth::Negotiate, ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic};
        case config::ProxyAuth::Negotiate:
            return {ProxyAuth::Negotiate};
        case config::ProxyAuth::Ntlm:
            return {ProxyAuth::Ntlm};
        case config::ProxyAuth::Digest:
            return {ProxyAuth::Digest};
        case config::ProxyAuth::Basic:
            return {ProxyAuth::Basic};
        case config::ProxyAuth::None:
            return {};
    }
    return {};
}

ProxySettings::Source source_of(const config::ProxyConfig& config) {
    using From = config::ProxyConfig::Source;
    switch (config.source) {
        case From::Environment:
            return ProxySettings::Source::Environment;
        case From::None:
            return ProxySettings::Source::None;
        case From::Urls:
            return ProxySettings::Source::Urls;
        case From::Pac:
            return ProxySettings::Source::Pac;
    }
    return ProxySettings::Source::Environment;
}

}  // namespace

Result<ProxySettings> settings_from(const config::ProxyConfig& config, std::string key) {
    ProxySettings settings;
    settings.source = source_of(config);
    settings.urls = config.urls;
    settings.pac = config.pac;
    settings.direct_never = config.direct == config::ProxyConfig::Direct::Never;
    settings.methods = methods_of(config.auth);
    settings.username = config.username;
    if (config.password.given())
        settings.read_password = [from = config.password] { return config::read_secret(from); };
    settings.no_proxy = config.no_proxy;
    settings.key = std::move(key);
    return settings;
}

}  // namespace culvert::tunnel::proxy
