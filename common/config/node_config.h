// agent.yaml, relay.yaml and controller.yaml as values: one struct, one default, one check. Pure data: nothing here
// opens a file that a configuration names. Paths are resolved against the folder of the file they stand in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "common/base/secret.h"
#include "common/base/units.h"
#include "common/config/document.h"

namespace culvert::config {

// Where a secret is kept. Read when it is needed (read_secret), so that a rotated file is seen without a restart.
struct SecretSource {
    std::string file;      // path; empty: not from a file
    std::string variable;  // of the environment; empty: not from there

    bool given() const { return !file.empty() || !variable.empty(); }
    friend bool operator==(const SecretSource&, const SecretSource&) = default;
};
// A final line end in a file is not part of the secret. InvalidInput names file or variable.
Result<Secret> read_secret(const SecretSource& source);

enum class Transport : std::uint8_t { Auto, WebSocket, LongPoll };
enum class ProxyAuth : std::uint8_t { Auto, Negotiate, Ntlm, Digest, Basic, None };

struct ProxyConfig {
    enum class Source : std::uint8_t { Environment, None, Urls, Pac };
    enum class Direct : std::uint8_t { Allowed, Never };  // Never: not even when a PAC or no_proxy says so

    Source source = Source::Environment;
    std::vector<std::string> urls;  // http, https, socks5h; in order of preference; without credentials
    std::string pac;                // URL, or path of a file
    Direct direct = Direct::Allowed;
    ProxyAuth auth = ProxyAuth::Auto;
    std::string username;
    SecretSource password;
    std::vector<std::string> no_proxy;

    static ProxyConfig none() {
        ProxyConfig proxy;
        proxy.source = Source::None;
        return proxy;
    }
    friend bool operator==(const ProxyConfig&, const ProxyConfig&) = default;
};

struct TunnelConfig {
    std::vector<std::string> relays;  // wss://HOST[:PORT]/mesh, tried in order (ws:// only to loopback)
    Transport transport = Transport::Auto;
    ProxyConfig proxy;
    std::vector<std::string> extra_ca;  // PEM files, added to the system's store
    std::vector<std::string>
        pin_sha256;  // lower hex, SHA-256 of a relay web certificate's public key (SubjectPublicKeyInfo), as in curl's
                     // --pinnedpubkey: trusted instead of the system's store; empty: not pinned
    Duration heartbeat = std::chrono::seconds{25};  // upper bound, 5s..5m
    // How soon a link by long-poll looks for a WebSocket, and then ever less often; 1s..30m.
    Duration websocket_retry = std::chrono::seconds{60};

    friend bool operator==(const TunnelConfig&, const TunnelConfig&) = default;
};

struct WebTls {
    std::string certificate;  // PEM, with its chain
    std::string key;

    friend bool operator==(const WebTls&, const WebTls&) = default;
};

// As written; agent/charter holds the type that enforces it.
struct CharterConfig {
    std::vector<std::string> targets;
    std::optional<Rate> max_rate;
    std::optional<std::uint64_t> max_users;
    std::vector<std::string> engines = {"http"};

    friend bool operator==(const CharterConfig&, const CharterConfig&) = default;
};

struct OnDisconnectConfig {
    Duration keep_running_for = std::chrono::minutes{2};  // dead man's switch, 0..24h
    Bytes spool{256ULL << 20};

    friend bool operator==(const OnDisconnectConfig&, const OnDisconnectConfig&) = default;
};

using Labels = std::map<std::string, std::string>;

struct AgentConfig {
    std::string file;       // as the user named it
    std::string directory;  // of the file: state (spool, remembered proxy refusals, revocations) lives beside it
    std::string mesh;
    std::string name;  // default: the host's name
    Labels labels;     // without os and arch, which the agent adds
    double weight = 1;
    std::string identity = "identity.pem";
    TunnelConfig tunnel;
    ProxyConfig load_proxy = ProxyConfig::none();
    std::vector<std::string>
        load_extra_ca;  // PEM files that targets are trusted by, besides the system's store and tunnel.extra_ca
    std::optional<CharterConfig> charter;  // absent: nothing is allowed
    OnDisconnectConfig on_disconnect;
    std::vector<std::string>
        listen;                 // direct mode: tcp://HOST:PORT, wss://HOST:PORT[/PATH]; empty: never a listening socket
    std::optional<WebTls> tls;  // for wss:// in listen

    friend bool operator==(const AgentConfig&, const AgentConfig&) = default;
};

struct RelayLimits {
    std::uint32_t links = 20'000;
    Bytes queue_per_node{4ULL << 20};
    std::uint32_t pending_joins = 64;
    Duration handshake_timeout = std::chrono::seconds{30};
    Rate handshakes = Rate::per_second(500);  // TLS handshakes that may begin; more wait their turn; 10/s..100000/s

    friend bool operator==(const RelayLimits&, const RelayLimits&) = default;
};

struct RelayConfig {
    std::string file;
    std::string directory;
    std::string mesh;
    std::string url;                          // public address, as tokens carry it
    std::string mesh_ca;                      // PEM file
    std::vector<std::string> listen;          // HOST:PORT
    std::optional<WebTls> tls;                // absent: plain HTTP, only on loopback (behind a web server)
    std::optional<std::string> admin_listen;  // /healthz /readyz /metrics; loopback unless the user wrote otherwise
    RelayLimits limits;
    std::optional<std::string> cluster_nats;  // nats://HOST:PORT

    friend bool operator==(const RelayConfig&, const RelayConfig&) = default;
};

struct MeshCaConfig {
    std::string certificate;
    std::string key;

    friend bool operator==(const MeshCaConfig&, const MeshCaConfig&) = default;
};

struct ServeConfig {
    std::string listen = "127.0.0.1:8080";
    std::optional<WebTls> tls;
    std::string users_file;  // accounts; needed, with tls, for anything but loopback

    friend bool operator==(const ServeConfig&, const ServeConfig&) = default;
};

enum class OnLostAgent : std::uint8_t { Redistribute, Continue, Abort };

struct RunConfig {
    Duration agent_lost_after = std::chrono::seconds{10};
    OnLostAgent on_lost_agent = OnLostAgent::Redistribute;
    Duration start_delay = std::chrono::seconds{3};

    friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

// An agent that listens and is dialled by the controller.
struct DirectAgent {
    std::string agent;  // its name in the mesh
    std::string url;    // tcp://HOST:PORT or wss://HOST[:PORT][/PATH]
    ProxyConfig proxy = ProxyConfig::none();

    friend bool operator==(const DirectAgent&, const DirectAgent&) = default;
};

struct ControllerConfig {
    std::string file;
    std::string directory;
    std::string mesh;
    std::string name;
    std::string identity = "identity.pem";
    TunnelConfig tunnel;
    std::optional<MeshCaConfig> mesh_ca;  // only where agents are enrolled
    std::string store = "runs.sqlite";
    std::optional<ServeConfig> serve;
    RunConfig run;
    std::vector<DirectAgent> direct;

    friend bool operator==(const ControllerConfig&, const ControllerConfig&) = default;
};

template <class T>
using Loaded = tl::expected<T, Problems>;

Loaded<AgentConfig> load_agent_config(const std::string& file);
Loaded<RelayConfig> load_relay_config(const std::string& file);
Loaded<ControllerConfig> load_controller_config(const std::string& file);
// The same from text; `file` names it in problems and gives the folder of relative paths.
Loaded<AgentConfig> parse_agent_config(const std::string& file, std::string_view text);
Loaded<RelayConfig> parse_relay_config(const std::string& file, std::string_view text);
Loaded<ControllerConfig> parse_controller_config(const std::string& file, std::string_view text);

// This machine's name, made fit for a node name ("?" never appears; "node" when nothing is left).
std::string host_name();

}  // namespace culvert::config
