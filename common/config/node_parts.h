// Readers of what agent.yaml, relay.yaml and controller.yaml have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/node_config.h"
#include "common/config/reader.h"

namespace culvert::config {

inline constexpr std::size_t kMostRelays = 8;
inline constexpr std::size_t kMostListEntries = 256;

std::string read_mesh(MapReader& map);
std::string read_node_name(MapReader& map);  // default: the host's name
// A path, or `fallback` beside the file.
std::string read_path(MapReader& map, std::string_view key, std::string_view fallback);
// A list of paths, or a single one.
std::vector<std::string> read_paths(MapReader& map, const char* key);
std::string read_required_path(MapReader& map, std::string_view key, std::string_view what_to_write);

TunnelConfig read_tunnel(const Node& node, const std::string& path, Problems& problems);
// The folder that holds `file`; "." for a bare name.
std::string folder_of(const std::string& file);
// A map, or the word "none"; `node` null: fallback.
ProxyConfig read_proxy(const Node* node, const std::string& path, Problems& problems, ProxyConfig fallback);
std::optional<WebTls> read_web_tls(MapReader& map, std::string_view key, Problems& problems);

// Calls check(item, "key[i]", text) for each text of a list, or for the single one.
template <class Check>
void for_each_text(MapReader& map, const char* key, Check check) {
    const Node* const node = map.child(key);
    if (node == nullptr) return;
    if (node->kind == Node::Kind::Scalar) return check(*node, std::string(key), node->scalar);
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        if (node->items[i].kind == Node::Kind::Scalar)
            check(node->items[i], std::string(key) + "[" + std::to_string(i) + "]", node->items[i].scalar);
    }
}

// HOST:PORT under `key`, checked.
void check_endpoint(MapReader& map, const Node& at, std::string_view key, const std::string& text);
// wss://HOST[:PORT]/PATH, or ws:// on loopback.
void check_relay_url(MapReader& map, const Node& at, std::string_view key, const std::string& text);

// The problem of a file that cannot be read at all.
tl::unexpected<Problems> unreadable(const std::string& file, const Error& error);

// Parses `text` and reads its root with `read(MapReader&, Problems&)`; all problems in the order of the file.
template <class T, class Read>
Loaded<T> parse_node_config(const std::string& file, std::string_view text, Read read) {
    Problems problems;
    const std::optional<Node> root = parse_document(file, text, problems);
    T config;
    if (root && root->find("culvert") != nullptr && root->find("scenarios") != nullptr) {
        problems.push_back({Position{file, 0, 0}, "", "is a plan; a configuration is wanted here"});
    } else if (root) {
        MapReader map(*root, "", problems);
        if (root->kind == Node::Kind::Map) {
            config = read(map, problems);
            map.finish();
        }
    }
    if (!problems.empty()) {
        sort_problems(problems);
        return tl::unexpected<Problems>(std::move(problems));
    }
    config.file = file;
    config.directory = folder_of(file);
    return config;
}

}  // namespace culvert::config
