#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/endpoint.h"
#include "common/config/no_proxy_entry.h"
#include "common/config/node_parts.h"

namespace culvert::config {
namespace {

constexpr std::array<std::string_view, 6> kAuthWords{"auto", "negotiate", "ntlm", "digest", "basic", "none"};
constexpr std::array<std::string_view, 2> kDirectWords{"allowed", "never"};

void check_length(MapReader& map, const char* key) {
    const Node* const node = map.child(key);
    if (node != nullptr && node->items.size() > kMostListEntries)
        map.problem(*node, key,
                    fmt::format("has {} entries; at most {} are possible", node->items.size(), kMostListEntries));
}

void check_proxy_url(MapReader& map, const Node& at, const std::string& key, const std::string& text) {
    const auto url = parse_url(text);
    if (!url)
        return map.problem(at, key, fmt::format("{}; write for example http://proxy.corp:3128", url.error().message));
    if (!url->user_info.empty())
        return map.problem(at, key, "holds credentials; write them as username and password_file beside urls");
    if (url->scheme == "socks5" || url->scheme == "socks") {
        return map.problem(at, key,
                           "would resolve names on this side; write socks5h://, which leaves that to the proxy");
    }
    const bool known = url->scheme == "http" || url->scheme == "https" || url->scheme == "socks5h";
    if (!known)
        return map.problem(
            at, key, fmt::format("{}:// is no kind of proxy; write http://, https:// or socks5h://", url->scheme));
    if (url->port == 0)
        return map.problem(at, key, fmt::format("has no port; write for example {}://{}:3128", url->scheme, url->host));
    if (!url->path.empty() && url->path != "/")
        map.problem(
            at, key,
            fmt::format("has a path, which no proxy has; write {}", text.substr(0, text.size() - url->path.size())));
}

void read_urls(MapReader& map, ProxyConfig& proxy) {
    proxy.urls = map.text_list("urls");
    const Node* const node = map.child("urls");
    if (node == nullptr) return;
    if (node->items.empty() && node->kind == Node::Kind::Sequence)
        map.problem(*node, "urls", "is empty; name at least one proxy, or write  proxy: none");
    check_length(map, "urls");
    for_each_text(map, "urls", [&map](const Node& at, const std::string& key, const std::string& text) {
        check_proxy_url(map, at, key, text);
    });
}

void read_no_proxy(MapReader& map, ProxyConfig& proxy) {
    proxy.no_proxy = map.text_list("no_proxy");
    check_length(map, "no_proxy");
    for_each_text(map, "no_proxy", [&map](const Node& at, const std::string& key, const std::string& text) {
        if (const auto entry = parse_no_proxy_entry(text); !entry) map.problem(at, key, entry.error().message);
    });
}

void read_pac(MapReader& map, ProxyConfig& proxy) {
    const auto pac = map.text("pac");
    if (!pac) return;
    const Node& node = *map.child("pac");
    if (pac->find("://") == std::string::npos) {
        proxy.pac = map.path("pac").value_or("");
        return;
    }
    const auto url = parse_url(*pac);
    const bool web = url && (url->scheme == "http" || url->scheme == "https");
    if (!web)
        map.problem(node, "pac",
                    fmt::format("\"{}\" is neither a file nor an http:// or https:// URL", excerpt(*pac, 80)));
    proxy.pac = *pac;
}

// password_file: FILE, or password: { env: NAME, secret: true }
SecretSource read_password(MapReader& map, Problems& problems) {
    SecretSource source;
    const bool both = map.has("password") && map.has("password_file");
    if (const auto file = map.text("password_file")) {
        source.file = file->starts_with("${CREDENTIALS_DIRECTORY}/") ? *file : map.path("password_file").value_or("");
    }
    const Node* const node = map.child("password");
    if (node == nullptr) return source;
    if (both) map.problem(*node, "password", "stands beside password_file; keep one of them");
    if (node->kind != Node::Kind::Map) {
        map.problem(*node, "password",
                    "stands here in clear text; write password_file: FILE, or password: { env: NAME, secret: true }");
        return source;
    }
    MapReader inner(*node, map.path_of("password"), problems);
    source.variable = inner.required_text("env", "the name of an environment variable");
    if (!inner.boolean("secret", false))
        inner.problem(*node, "", "must say  secret: true, so that it is masked everywhere");
    inner.finish();
    return source;
}

}  // namespace

ProxyConfig read_proxy(const Node* node, const std::string& path, Problems& problems, ProxyConfig fallback) {
    if (node == nullptr) return fallback;
    ProxyConfig proxy;
    if (node->kind == Node::Kind::Scalar) {
        if (node->scalar == "none") {
            proxy.source = ProxyConfig::Source::None;
            return proxy;
        }
        if (node->scalar == "environment") return proxy;
        problems.push_back({node->where, path,
                            fmt::format("\"{}\" is not known here; write none, environment, or a map with urls or pac",
                                        excerpt(node->scalar, 60))});
        return fallback;
    }
    MapReader map(*node, path, problems);
    if (node->kind != Node::Kind::Map) return fallback;
    read_urls(map, proxy);
    read_pac(map, proxy);
    if (map.has("urls") && map.has("pac"))
        map.problem(*map.child("pac"), "pac", "stands beside urls; keep one of them");
    if (map.has("urls")) proxy.source = ProxyConfig::Source::Urls;
    if (!map.has("urls") && map.has("pac")) proxy.source = ProxyConfig::Source::Pac;
    proxy.direct = static_cast<ProxyConfig::Direct>(map.word("direct", kDirectWords, 0));
    proxy.auth = static_cast<ProxyAuth>(map.word("auth", kAuthWords, 0));
    proxy.username = map.text("username").value_or("");
    proxy.password = read_password(map, problems);
    if (proxy.password.given() && proxy.username.empty())
        map.problem(*node, "", "has a password but no username; write username too");
    read_no_proxy(map, proxy);
    map.finish();
    return proxy;
}

}  // namespace culvert::config
