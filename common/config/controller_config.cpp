#include <array>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/text.h"
#include "common/config/endpoint.h"
#include "common/config/node_parts.h"

namespace culvert::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> kOnLostWords{"redistribute", "continue", "abort"};

std::optional<MeshCaConfig> read_mesh_ca(MapReader& root, Problems& problems) {
    const Node* const node = root.child("mesh_ca");
    if (node == nullptr) return std::nullopt;
    MeshCaConfig ca;
    MapReader map(*node, "mesh_ca", problems);
    ca.certificate = read_required_path(map, "certificate", "the mesh CA's certificate, for example mesh-ca.pem");
    ca.key = read_required_path(map, "key", "the mesh CA's key, for example mesh-ca.key");
    map.finish();
    return ca;
}

std::optional<ServeConfig> read_serve(MapReader& root, Problems& problems) {
    const Node* const node = root.child("serve");
    if (node == nullptr) return std::nullopt;
    ServeConfig serve;
    MapReader map(*node, "serve", problems);
    serve.listen = map.text("listen").value_or(serve.listen);
    serve.tls = read_web_tls(map, "tls", problems);
    serve.users_file = map.path("users_file").value_or("");
    const auto endpoint = parse_endpoint(serve.listen);
    const Node& at = map.has("listen") ? *map.child("listen") : *node;
    if (!endpoint) {
        map.problem(at, "listen", endpoint.error().message);
    } else if (!is_loopback(endpoint->host) && (!serve.tls || serve.users_file.empty())) {
        map.problem(at, "listen",
                    "anything but loopback needs tls: { certificate: FILE, key: FILE } and users_file: FILE");
    }
    map.finish();
    return serve;
}

RunConfig read_run(MapReader& root, Problems& problems) {
    RunConfig run;
    const Node* const node = root.child("run");
    if (node == nullptr) return run;
    MapReader map(*node, "run", problems);
    run.agent_lost_after = map.duration("agent_lost_after", {1s, 1h}, run.agent_lost_after);
    run.on_lost_agent = static_cast<OnLostAgent>(map.word("on_lost_agent", kOnLostWords, 0));
    run.start_delay = map.duration("start_delay", {0s, 1h}, run.start_delay);
    map.finish();
    return run;
}

DirectAgent read_direct_agent(const Node& node, const std::string& path, Problems& problems) {
    DirectAgent direct;
    MapReader map(node, path, problems);
    if (node.kind != Node::Kind::Map) return direct;
    direct.agent = map.required_text("agent", "the agent's name");
    if (!direct.agent.empty()) {
        if (const Status good = check_name(direct.agent, "agent"); !good)
            map.problem(*map.child("agent"), "agent", good.error().message);
    }
    direct.url = map.required_text("url", "where the agent listens, for example tcp://10.0.0.9:7993");
    if (!direct.url.empty()) {
        const auto url = parse_url(direct.url);
        const bool tcp = url && url->scheme == "tcp" && url->port != 0;
        const bool web = url && url->scheme == "wss";
        if (!tcp && !web)
            map.problem(*map.child("url"), "url",
                        fmt::format("\"{}\" is no agent's address; write tcp://HOST:PORT or wss://HOST[:PORT]",
                                    excerpt(direct.url, 80)));
    }
    direct.proxy = read_proxy(map.child("proxy"), map.path_of("proxy"), problems, direct.proxy);
    map.finish();
    return direct;
}

std::vector<DirectAgent> read_direct(MapReader& root, Problems& problems) {
    std::vector<DirectAgent> all;
    const Node* const node = root.child("direct");
    if (node == nullptr) return all;
    if (node->kind != Node::Kind::Sequence) {
        root.problem(*node, "direct", "is not a list; write [ { agent: NAME, url: \"tcp://HOST:PORT\" } ]");
        return all;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        all.push_back(read_direct_agent(node->items[i], fmt::format("direct[{}]", i), problems));
        for (std::size_t earlier = 0; earlier < i; ++earlier) {
            if (all[earlier].agent != all[i].agent || all[i].agent.empty()) continue;
            problems.push_back({node->items[i].where, fmt::format("direct[{}].agent", i),
                                fmt::format("{} stands in direct[{}] already", all[i].agent, earlier)});
        }
    }
    return all;
}

ControllerConfig read_controller(MapReader& root, Problems& problems) {
    ControllerConfig controller;
    controller.mesh = read_mesh(root);
    controller.name = read_node_name(root);
    controller.identity = read_path(root, "identity", "identity.pem");
    controller.direct = read_direct(root, problems);
    const Node* const tunnel = controller.direct.empty()
                                   ? root.required_child("tunnel", "tunnel: { relays: [ \"wss://HOST/mesh\" ] }")
                                   : root.child("tunnel");
    if (tunnel != nullptr) controller.tunnel = read_tunnel(*tunnel, "tunnel", problems);
    controller.mesh_ca = read_mesh_ca(root, problems);
    controller.store = read_path(root, "store", "runs.sqlite");
    controller.serve = read_serve(root, problems);
    controller.run = read_run(root, problems);
    return controller;
}

}  // namespace

Loaded<ControllerConfig> parse_controller_config(const std::string& file, std::string_view text) {
    return parse_node_config<ControllerConfig>(file, text, read_controller);
}

Loaded<ControllerConfig> load_controller_config(const std::string& file) {
    const auto text = load_text(file, kLargestDocument);
    if (!text) return unreadable(file, text.error());
    return parse_controller_config(file, *text);
}

}  // namespace culvert::config
