#include "common/config/node_config_text.h"

#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace culvert::config {
namespace {

using culvert::to_string;

constexpr const char* kAuthWords[] = {"auto", "negotiate", "ntlm", "digest", "basic", "none"};
constexpr const char* kTransportWords[] = {"auto", "websocket", "long_poll"};
constexpr const char* kOnLostWords[] = {"redistribute", "continue", "abort"};

// Words of harmless characters stand bare; all else in single quotes, where only the quote itself is special.
std::string scalar(const std::string& text) {
    const bool begins_well =
        !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/');
    const bool harmless =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
        std::string::npos;
    const bool word = text == "true" || text == "false" || text == "null" || text == "yes" || text == "no" ||
                      text == "on" || text == "off";
    if (begins_well && harmless && !word) return text;
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
}

std::string list(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? " " : ", ") + scalar(text);
    return fmt::format("[{} ]", out);
}

class Yaml {
  public:
    template <class... Parts>
    void line(fmt::format_string<Parts...> format, Parts&&... parts) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
        text_ += '\n';
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

void write_proxy(Yaml& out, const ProxyConfig& proxy, const std::string& indent, const char* key) {
    if (proxy.source == ProxyConfig::Source::None) return out.line("{}{}: none", indent, key);
    if (proxy.source == ProxyConfig::Source::Environment) return;
    out.line("{}{}:", indent, key);
    if (proxy.source == ProxyConfig::Source::Urls) out.line("{}  urls: {}", indent, list(proxy.urls));
    if (proxy.source == ProxyConfig::Source::Pac) out.line("{}  pac: {}", indent, scalar(proxy.pac));
    if (proxy.direct == ProxyConfig::Direct::Never) out.line("{}  direct: never", indent);
    if (proxy.auth != ProxyAuth::Auto)
        out.line("{}  auth: {}", indent, kAuthWords[static_cast<std::size_t>(proxy.auth)]);
    if (!proxy.username.empty()) out.line("{}  username: {}", indent, scalar(proxy.username));
    if (!proxy.password.file.empty()) out.line("{}  password_file: {}", indent, scalar(proxy.password.file));
    if (!proxy.password.variable.empty())
        out.line("{}  password: {{ env: {}, secret: true }}", indent, scalar(proxy.password.variable));
    if (!proxy.no_proxy.empty()) out.line("{}  no_proxy: {}", indent, list(proxy.no_proxy));
}

void write_tunnel(Yaml& out, const TunnelConfig& tunnel) {
    if (tunnel.relays.empty()) return;
    out.line("tunnel:");
    out.line("  relays: {}    # tried in order", list(tunnel.relays));
    if (tunnel.transport != Transport::Auto)
        out.line("  transport: {}", kTransportWords[static_cast<std::size_t>(tunnel.transport)]);
    if (tunnel.proxy.source == ProxyConfig::Source::Environment) {
        out.line(
            "  # proxy: {{ urls: [ \"http://proxy.corp:3128\" ] }}    # left out: environment (HTTPS_PROXY, NO_PROXY), "
            "then direct");
    }
    write_proxy(out, tunnel.proxy, "  ", "proxy");
    if (!tunnel.extra_ca.empty()) out.line("  extra_ca: {}    # added to the system's store", list(tunnel.extra_ca));
    if (!tunnel.pin_sha256.empty()) {
        out.line(
            "  # The relay's web certificate is self-signed: its public key is pinned instead of being looked up in "
            "the system's store.");
        out.line("  pin_sha256: {}", list(tunnel.pin_sha256));
    }
    if (tunnel.heartbeat != TunnelConfig{}.heartbeat) out.line("  heartbeat: {}", to_string(tunnel.heartbeat));
    if (tunnel.websocket_retry != TunnelConfig{}.websocket_retry)
        out.line("  websocket_retry: {}", to_string(tunnel.websocket_retry));
}

void write_web_tls(Yaml& out, const std::optional<WebTls>& tls, const std::string& indent) {
    if (tls) out.line("{}tls: {{ certificate: {}, key: {} }}", indent, scalar(tls->certificate), scalar(tls->key));
}

void write_labels(Yaml& out, const Labels& labels) {
    if (labels.empty())
        return out.line(
            "# labels: {{ region: eu }}    # for --agents and for scenarios; os and arch are added by themselves");
    std::string pairs;
    for (const auto& [key, value] : labels)
        pairs += fmt::format("{} {}: {}", pairs.empty() ? "" : ",", scalar(key), scalar(value));
    out.line("labels: {{{} }}    # os and arch are added by themselves", pairs);
}

void write_charter(Yaml& out, const std::optional<CharterConfig>& charter) {
    out.line("");
    out.line("# What controllers may do with this agent. Without a charter: nothing.");
    if (!charter) {
        out.line("# charter:");
        out.line("#   targets: [ \"*.acme.test:443\", \"10.1.0.0/16\" ]");
        out.line("#   max_rate: 20000/s");
        return out.line("#   max_users: 5000");
    }
    out.line("charter:");
    out.line("  targets: {}", list(charter->targets));
    if (charter->max_rate) out.line("  max_rate: {}", to_string(*charter->max_rate));
    if (charter->max_users) out.line("  max_users: {}", *charter->max_users);
    if (charter->engines != CharterConfig{}.engines) out.line("  engines: {}", list(charter->engines));
}

void write_load(Yaml& out, const ProxyConfig& proxy, const std::vector<std::string>& extra_ca) {
    if (proxy.source == ProxyConfig::Source::None && extra_ca.empty()) return;
    out.line("load:    # the proxy of the load is never the proxy of the tunnel");
    if (!extra_ca.empty()) out.line("  extra_ca: {}    # added to the system's store, for targets", list(extra_ca));
    if (proxy.source == ProxyConfig::Source::None) return;
    if (proxy.source == ProxyConfig::Source::Environment) return out.line("  proxy: environment");
    write_proxy(out, proxy, "  ", "proxy");
}

}  // namespace

std::string render_agent_config(const AgentConfig& config) {
    Yaml out;
    out.line("# A load generator of mesh {}. Written by \"culvert-agent join\"; yours to edit.", config.mesh);
    out.line("mesh: {}", scalar(config.mesh));
    out.line("name: {}", scalar(config.name));
    write_labels(out, config.labels);
    out.line("weight: {}    # this agent's part of a run, relative to the others", config.weight);
    out.line("identity: {}    # key and mesh certificate, mode 0600", scalar(config.identity));
    write_tunnel(out, config.tunnel);
    if (!config.listen.empty())
        out.line("listen: {}    # direct mode: the controller dials this agent", list(config.listen));
    write_web_tls(out, config.tls, "");
    write_load(out, config.load_proxy, config.load_extra_ca);
    write_charter(out, config.charter);
    out.line("on_disconnect: {{ keep_running_for: {}, spool: {} }}", to_string(config.on_disconnect.keep_running_for),
             to_string(config.on_disconnect.spool));
    return out.text();
}

std::string render_relay_config(const RelayConfig& config) {
    Yaml out;
    const RelayLimits standard;
    out.line("# The relay of mesh {}: it sees who talks to whom and how much, never what.", config.mesh);
    out.line("mesh: {}", scalar(config.mesh));
    out.line("url: {}    # its public address, as tokens carry it", scalar(config.url));
    out.line("mesh_ca: {}    # the only trust anchor it needs; it holds no secret of the mesh", scalar(config.mesh_ca));
    out.line("listen: {}", list(config.listen));
    if (!config.tls) out.line("# No tls: a web server on this machine ends TLS in front of the relay.");
    write_web_tls(out, config.tls, "");
    if (config.admin_listen)
        out.line("admin: {{ listen: {} }}    # /healthz /readyz /metrics", scalar(*config.admin_listen));
    const RelayLimits& limits = config.limits;
    out.line("{}limits: {{ links: {}, queue_per_node: {}, pending_joins: {}, handshake_timeout: {}, handshakes: {} }}",
             limits == standard ? "# " : "", limits.links, to_string(limits.queue_per_node), limits.pending_joins,
             to_string(limits.handshake_timeout), to_string(limits.handshakes));
    if (config.cluster_nats) out.line("cluster: {{ nats: {} }}", scalar(*config.cluster_nats));
    return out.text();
}

std::string render_controller_config(const ControllerConfig& config) {
    Yaml out;
    const RunConfig standard;
    out.line("# A controller of mesh {}: plans, runs, reports; with the CA's key also invites.", config.mesh);
    out.line("mesh: {}", scalar(config.mesh));
    out.line("name: {}", scalar(config.name));
    out.line("identity: {}    # key and mesh certificate, mode 0600", scalar(config.identity));
    write_tunnel(out, config.tunnel);
    if (config.mesh_ca) {
        out.line("# Who holds this key decides who belongs to the mesh. Keep a copy in a safe place.");
        out.line("mesh_ca: {{ certificate: {}, key: {} }}", scalar(config.mesh_ca->certificate),
                 scalar(config.mesh_ca->key));
    }
    out.line("store: {}", scalar(config.store));
    if (config.serve) {
        out.line("serve:");
        out.line("  listen: {}", scalar(config.serve->listen));
        write_web_tls(out, config.serve->tls, "  ");
        if (!config.serve->users_file.empty()) out.line("  users_file: {}", scalar(config.serve->users_file));
    }
    out.line("{}run: {{ agent_lost_after: {}, on_lost_agent: {}, start_delay: {} }}",
             config.run == standard ? "# " : "", to_string(config.run.agent_lost_after),
             kOnLostWords[static_cast<std::size_t>(config.run.on_lost_agent)], to_string(config.run.start_delay));
    if (!config.direct.empty()) out.line("direct:    # agents that listen; dialled from here");
    for (const DirectAgent& direct : config.direct) {
        out.line("  - agent: {}", scalar(direct.agent));
        out.line("    url: {}", scalar(direct.url));
        if (direct.proxy.source == ProxyConfig::Source::Environment) out.line("    proxy: environment");
        if (direct.proxy.source != ProxyConfig::Source::None) write_proxy(out, direct.proxy, "    ", "proxy");
    }
    return out.text();
}

}  // namespace culvert::config
