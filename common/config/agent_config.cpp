#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/config/endpoint.h"
#include "common/config/node_parts.h"

namespace culvert::config {
namespace {

using namespace std::chrono_literals;

constexpr Range<Bytes> kSpoolRange{Bytes{1 << 20}, Bytes{1ULL << 40}};
constexpr std::int64_t kMostUsers = 10'000'000;

Labels read_labels(MapReader& root, Problems& problems) {
    Labels labels;
    const Node* const node = root.child("labels");
    if (node == nullptr) return labels;
    MapReader map(*node, "labels", problems);
    if (node->fields.size() > kMostLabels)
        root.problem(*node, "labels",
                     fmt::format("has {} entries; at most {} are possible", node->fields.size(), kMostLabels));
    for (const Node::Field& field : node->fields) {
        const auto value = map.text(field.key);
        if (field.key == "os" || field.key == "arch") {
            map.problem(field.value, field.key, "is added by the agent itself; leave it out");
        } else if (const Status named = check_name(field.key, "label"); !named) {
            map.problem(field.value, excerpt(field.key, kLongestName), named.error().message);
        } else if (value) {
            if (const Status good = check_label_value(*value, "value"); !good)
                map.problem(field.value, field.key, good.error().message);
            labels.emplace(field.key, *value);
        }
    }
    return labels;
}

// The shape only: host, *.suffix, * or a network, with a port or without; agent/charter gives it meaning.
bool looks_like_target(std::string_view text) {
    if (text.empty() || text.size() > 300) return false;
    const bool letters = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_.:*/[]").find(c) != std::string_view::npos;
    });
    const std::size_t star = text.rfind('*');
    const bool star_is_first = star == 0 && (text.size() == 1 || text[1] == '.' || text[1] == ':');
    if (!letters || (star != std::string_view::npos && !star_is_first)) return false;
    const std::size_t colon = text.rfind(':');
    const bool single =
        colon != std::string_view::npos && (text.find(':') == colon || (colon > 0 && text[colon - 1] == ']'));
    if (!single) return true;
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

std::optional<CharterConfig> read_charter(MapReader& root, Problems& problems) {
    const Node* const node = root.child("charter");
    if (node == nullptr) return std::nullopt;
    CharterConfig charter;
    MapReader map(*node, "charter", problems);
    if (node->kind != Node::Kind::Map) return charter;
    const Node* const targets =
        map.required_child("targets", "the hosts that load may go to, for example [ \"*.acme.test:443\" ]");
    charter.targets = map.text_list("targets");
    if (targets != nullptr && charter.targets.size() > kMostListEntries)
        map.problem(*targets, "targets", fmt::format("has more than {} entries", kMostListEntries));
    for (std::size_t i = 0; i < charter.targets.size(); ++i) {
        if (looks_like_target(charter.targets[i])) continue;
        const bool list = targets->kind == Node::Kind::Sequence;
        map.problem(list && i < targets->items.size() ? targets->items[i] : *targets,
                    list ? fmt::format("targets[{}]", i) : "targets",
                    fmt::format("\"{}\" is no target; write HOST:PORT, *.SUFFIX:PORT or a network such as 10.1.0.0/16",
                                excerpt(charter.targets[i], 60)));
    }
    charter.max_rate = map.optional_rate("max_rate");
    if (const auto users = map.optional_integer("max_users", {1, kMostUsers}))
        charter.max_users = static_cast<std::uint64_t>(*users);
    if (const Node* const engines = map.child("engines")) {
        charter.engines = map.text_list("engines");
        for (const std::string& engine : charter.engines) {
            if (engine != "http")
                map.problem(*engines, "engines",
                            fmt::format("\"{}\" is no engine of this version; write [ http ]", excerpt(engine, 40)));
        }
    }
    map.finish();
    return charter;
}

OnDisconnectConfig read_on_disconnect(MapReader& root, Problems& problems) {
    OnDisconnectConfig config;
    const Node* const node = root.child("on_disconnect");
    if (node == nullptr) return config;
    MapReader map(*node, "on_disconnect", problems);
    config.keep_running_for = map.duration("keep_running_for", {0s, 24h}, config.keep_running_for);
    config.spool = map.bytes("spool", kSpoolRange, config.spool);
    map.finish();
    return config;
}

void read_load(MapReader& root, AgentConfig& agent, Problems& problems) {
    const Node* const node = root.child("load");
    if (node == nullptr) return;
    MapReader map(*node, "load", problems);
    agent.load_proxy = read_proxy(map.child("proxy"), "load.proxy", problems, ProxyConfig::none());
    agent.load_extra_ca = read_paths(map, "extra_ca");
    map.finish();
}

void read_listen(MapReader& root, AgentConfig& agent, Problems& problems) {
    const Node* const node = root.child("listen");
    agent.listen = root.text_list("listen");
    agent.tls = read_web_tls(root, "tls", problems);
    bool web = false;
    for (std::size_t i = 0; i < agent.listen.size(); ++i) {
        const bool list = node->kind == Node::Kind::Sequence;
        const Node& at = list && i < node->items.size() ? node->items[i] : *node;
        const std::string key = list ? fmt::format("listen[{}]", i) : "listen";
        const auto url = parse_url(agent.listen[i]);
        if (!url || (url->scheme != "tcp" && url->scheme != "wss") || url->port == 0) {
            root.problem(
                at, key,
                fmt::format("\"{}\" is no address to listen on; write tcp://0.0.0.0:7993 or wss://0.0.0.0:7993",
                            excerpt(agent.listen[i], 80)));
        } else if (url->scheme == "wss") {
            web = true;
        }
    }
    if (web && !agent.tls)
        root.problem(*node, "listen", "has a wss:// address, which needs tls: { certificate: FILE, key: FILE }");
    if (!web && agent.tls)
        root.problem(*root.child("tls"), "tls", "is only for a wss:// address in listen; leave it out");
}

AgentConfig read_agent(MapReader& root, Problems& problems) {
    AgentConfig agent;
    agent.mesh = read_mesh(root);
    agent.name = read_node_name(root);
    agent.labels = read_labels(root, problems);
    agent.weight = root.number("weight", {0.001, 100'000}, agent.weight);
    agent.identity = read_path(root, "identity", "identity.pem");
    read_listen(root, agent, problems);
    const Node* const tunnel = agent.listen.empty()
                                   ? root.required_child("tunnel", "tunnel: { relays: [ \"wss://HOST/mesh\" ] }")
                                   : root.child("tunnel");
    if (tunnel != nullptr) agent.tunnel = read_tunnel(*tunnel, "tunnel", problems);
    read_load(root, agent, problems);
    agent.charter = read_charter(root, problems);
    agent.on_disconnect = read_on_disconnect(root, problems);
    return agent;
}

}  // namespace

Loaded<AgentConfig> parse_agent_config(const std::string& file, std::string_view text) {
    return parse_node_config<AgentConfig>(file, text, read_agent);
}

Loaded<AgentConfig> load_agent_config(const std::string& file) {
    const auto text = load_text(file, kLargestDocument);
    if (!text) return unreadable(file, text.error());
    return parse_agent_config(file, *text);
}

}  // namespace culvert::config
