#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/node_parts.h"

namespace culvert::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kTransportWords{"auto", "websocket", "long_poll"};

void read_relays(MapReader& map, TunnelConfig& tunnel) {
    const Node* const node =
        map.required_child("relays", "the URLs of the relays, for example [ \"wss://relay.example.com/mesh\" ]");
    tunnel.relays = map.text_list("relays");
    if (node == nullptr) return;
    if (node->kind == Node::Kind::Sequence && node->items.empty())
        map.problem(*node, "relays", "is empty; name at least one relay");
    if (tunnel.relays.size() > kMostRelays)
        map.problem(*node, "relays",
                    fmt::format("has {} entries; at most {} are possible", tunnel.relays.size(), kMostRelays));
    for_each_text(map, "relays", [&map](const Node& at, const std::string& key, const std::string& text) {
        check_relay_url(map, at, key, text);
    });
}

void read_pins(MapReader& map, TunnelConfig& tunnel) {
    map.text_list("pin_sha256");
    for_each_text(map, "pin_sha256", [&map, &tunnel](const Node& at, const std::string& key, const std::string& text) {
        const std::string pin = to_lower_ascii(text);
        const bool hex = pin.size() == 64 && pin.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (!hex)
            return map.problem(at, key,
                               "is not a pin; write the 64 hex digits of the SHA-256 of the relay's public key");
        tunnel.pin_sha256.push_back(pin);
    });
}

}  // namespace

std::vector<std::string> read_paths(MapReader& map, const char* key) {
    std::vector<std::string> paths;
    map.text_list(key);
    for_each_text(map, key, [&paths](const Node& at, const std::string&, const std::string& text) {
        paths.push_back(beside(at.where.file, text));
    });
    return paths;
}

TunnelConfig read_tunnel(const Node& node, const std::string& path, Problems& problems) {
    TunnelConfig tunnel;
    MapReader map(node, path, problems);
    if (node.kind != Node::Kind::Map) return tunnel;
    read_relays(map, tunnel);
    tunnel.transport = static_cast<Transport>(map.word("transport", kTransportWords, 0));
    tunnel.proxy = read_proxy(map.child("proxy"), map.path_of("proxy"), problems, {});
    tunnel.extra_ca = read_paths(map, "extra_ca");
    read_pins(map, tunnel);
    tunnel.heartbeat = map.duration("heartbeat", {5s, 5min}, tunnel.heartbeat);
    tunnel.websocket_retry = map.duration("websocket_retry", {1s, 30min}, tunnel.websocket_retry);
    map.finish();
    return tunnel;
}

}  // namespace culvert::config
