#include "common/config/node_parts.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/config/endpoint.h"

namespace culvert::config {

std::string folder_of(const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string();
    return folder.empty() ? "." : folder;
}

tl::unexpected<Problems> unreadable(const std::string& file, const Error& error) {
    std::string message = error.message;
    if (message.starts_with(file + ": ")) message.erase(0, file.size() + 2);
    return tl::unexpected<Problems>(Problems{Problem{Position{file, 0, 0}, "", std::move(message)}});
}

std::string host_name() {
    char raw[256] = {};
    if (::gethostname(raw, sizeof raw - 1) != 0) return "node";
    std::string name;
    for (const char* c = raw; *c != '\0' && name.size() < kLongestName; ++c) {
        const bool fits = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                          *c == '-' || *c == '_' || *c == '.';
        if (fits) name += *c;
    }
    return check_name(name, "name") ? name : "node";
}

std::string read_mesh(MapReader& map) {
    const std::string mesh = map.required_text("mesh", "the name of the mesh, for example  mesh: acme");
    if (mesh.empty()) return mesh;
    if (const Status good = check_name(mesh, "mesh"); !good)
        map.problem(*map.child("mesh"), "mesh", good.error().message);
    return mesh;
}

std::string read_node_name(MapReader& map) {
    const auto name = map.text("name");
    if (!name) return host_name();
    if (const Status good = check_name(*name, "name"); !good)
        map.problem(*map.child("name"), "name", good.error().message);
    return *name;
}

std::string read_path(MapReader& map, std::string_view key, std::string_view fallback) {
    return map.path(key).value_or(beside(map.node().where.file, std::string(fallback)));
}

std::string read_required_path(MapReader& map, std::string_view key, std::string_view what_to_write) {
    map.required_child(key, what_to_write);
    return map.path(key).value_or("");
}

std::optional<WebTls> read_web_tls(MapReader& map, std::string_view key, Problems& problems) {
    const Node* const node = map.child(key);
    if (node == nullptr) return std::nullopt;
    WebTls tls;
    MapReader inner(*node, map.path_of(key), problems);
    tls.certificate = read_required_path(inner, "certificate", "the PEM file of the web certificate with its chain");
    tls.key = read_required_path(inner, "key", "the PEM file of its private key");
    inner.finish();
    return tls;
}

void check_endpoint(MapReader& map, const Node& at, std::string_view key, const std::string& text) {
    if (const auto endpoint = parse_endpoint(text); !endpoint) map.problem(at, key, endpoint.error().message);
}

void check_relay_url(MapReader& map, const Node& at, std::string_view key, const std::string& text) {
    const auto url = parse_url(text);
    if (!url) return map.problem(at, key, fmt::format("{}; write wss://HOST/mesh", url.error().message));
    if (url->scheme != "wss" && url->scheme != "ws")
        return map.problem(
            at, key, fmt::format("\"{}\" begins with {}://; a relay's URL is wss://HOST/mesh", text, url->scheme));
    if (url->scheme == "ws" && !is_loopback(url->host))
        return map.problem(at, key,
                           fmt::format("\"{}\" is not encrypted; write wss:// (ws:// only on loopback)", text));
    if (!url->user_info.empty())
        map.problem(at, key, "holds a user; nodes show their mesh certificate, a relay's URL is wss://HOST/mesh");
}

}  // namespace culvert::config
