#include <fmt/format.h>

#include "common/config/endpoint.h"
#include "common/config/node_parts.h"

namespace culvert::config {
namespace {

using namespace std::chrono_literals;

constexpr Range<Bytes> kQueueRange{Bytes{64 << 10}, Bytes{1ULL << 30}};

bool all_loopback(const std::vector<std::string>& addresses) {
    for (const std::string& address : addresses) {
        const auto endpoint = parse_endpoint(address);
        if (endpoint && !is_loopback(endpoint->host)) return false;
    }
    return true;
}

void read_listen(MapReader& root, RelayConfig& relay, Problems& problems) {
    const Node* const node = root.required_child("listen", "the addresses to listen on, for example [ \"[::]:443\" ]");
    relay.listen = root.text_list("listen");
    relay.tls = read_web_tls(root, "tls", problems);
    if (node == nullptr) return;
    if (node->kind == Node::Kind::Sequence && node->items.empty())
        root.problem(*node, "listen", "is empty; write for example [ \"[::]:443\" ]");
    for (std::size_t i = 0; i < relay.listen.size(); ++i) {
        const bool list = node->kind == Node::Kind::Sequence;
        check_endpoint(root, list && i < node->items.size() ? node->items[i] : *node,
                       list ? fmt::format("listen[{}]", i) : "listen", relay.listen[i]);
    }
    if (!relay.tls && !all_loopback(relay.listen)) {
        root.problem(*node, "listen",
                     "reaches beyond loopback without tls; write tls: { certificate: FILE, key: FILE }, or listen on "
                     "127.0.0.1 behind a web server");
    }
}

// With fewer a mesh would not come back from a restart.
constexpr Range<Rate> kHandshakeRange{Rate::per_second(10), Rate::per_second(100'000)};

Rate read_handshakes(MapReader& map, Rate fallback) {
    const auto rate = map.optional_rate("handshakes");
    if (!rate) return fallback;
    if (*rate < kHandshakeRange.least || *rate > kHandshakeRange.most) {
        map.problem(*map.child("handshakes"), "handshakes",
                    fmt::format("{} is out of range; write {} to {}", to_string(*rate),
                                to_string(kHandshakeRange.least), to_string(kHandshakeRange.most)));
    }
    return *rate;
}

RelayLimits read_limits(MapReader& root, Problems& problems) {
    RelayLimits limits;
    const Node* const node = root.child("limits");
    if (node == nullptr) return limits;
    MapReader map(*node, "limits", problems);
    limits.links = static_cast<std::uint32_t>(map.integer("links", {1, 1'000'000}, limits.links));
    limits.queue_per_node = map.bytes("queue_per_node", kQueueRange, limits.queue_per_node);
    limits.pending_joins = static_cast<std::uint32_t>(map.integer("pending_joins", {0, 100'000}, limits.pending_joins));
    limits.handshake_timeout = map.duration("handshake_timeout", {1s, 5min}, limits.handshake_timeout);
    limits.handshakes = read_handshakes(map, limits.handshakes);
    map.finish();
    return limits;
}

std::optional<std::string> read_admin(MapReader& root, Problems& problems) {
    const Node* const node = root.child("admin");
    if (node == nullptr) return std::nullopt;
    MapReader map(*node, "admin", problems);
    const std::string listen = map.required_text("listen", "an address, for example 127.0.0.1:9443");
    if (const Node* const at = map.child("listen"); at != nullptr && !listen.empty())
        check_endpoint(map, *at, "listen", listen);
    map.finish();
    return listen;
}

std::optional<std::string> read_cluster(MapReader& root, Problems& problems) {
    const Node* const node = root.child("cluster");
    if (node == nullptr) return std::nullopt;
    MapReader map(*node, "cluster", problems);
    const std::string nats = map.required_text("nats", "the URL of a NATS server, for example nats://127.0.0.1:4222");
    if (!nats.empty()) {
        const auto url = parse_url(nats);
        if (!url || (url->scheme != "nats" && url->scheme != "tls"))
            map.problem(*map.child("nats"), "nats",
                        "is no URL of a NATS server; write nats://HOST:4222 or tls://HOST:4222");
    }
    map.finish();
    return nats;
}

RelayConfig read_relay(MapReader& root, Problems& problems) {
    RelayConfig relay;
    relay.mesh = read_mesh(root);
    relay.url = root.required_text("url", "the relay's public address, for example wss://relay.example.com/mesh");
    if (!relay.url.empty()) check_relay_url(root, *root.child("url"), "url", relay.url);
    relay.mesh_ca = read_required_path(root, "mesh_ca", "the mesh CA's certificate, for example mesh-ca.pem");
    read_listen(root, relay, problems);
    relay.admin_listen = read_admin(root, problems);
    relay.limits = read_limits(root, problems);
    relay.cluster_nats = read_cluster(root, problems);
    return relay;
}

}  // namespace

Loaded<RelayConfig> parse_relay_config(const std::string& file, std::string_view text) {
    return parse_node_config<RelayConfig>(file, text, read_relay);
}

Loaded<RelayConfig> load_relay_config(const std::string& file) {
    const auto text = load_text(file, kLargestDocument);
    if (!text) return unreadable(file, text.error());
    return parse_relay_config(file, *text);
}

}  // namespace culvert::config
