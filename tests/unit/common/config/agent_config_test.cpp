#include <catch2/catch.hpp>

#include "common/config/node_config.h"
#include "common/config/node_config_text.h"
#include "tests/unit/common/config/problem_text.h"

using namespace culvert;
using namespace culvert::config;
using namespace std::chrono_literals;

namespace {

constexpr const char* kMinimal = "mesh: acme\ntunnel: { relays: [ \"wss://relay.example.com/mesh\" ] }\n";

std::string problems_of(const std::string& text) {
    return test::problem_text(parse_agent_config("agent.yaml", text));
}

}  // namespace

TEST_CASE("the smallest agent.yaml has a default for all the rest", "[config]") {
    const auto agent = parse_agent_config("/etc/culvert/agent.yaml", kMinimal);
    REQUIRE(agent);
    CHECK(agent->directory == "/etc/culvert");
    CHECK(agent->name == host_name());
    CHECK(agent->weight == 1);
    CHECK(agent->identity == "/etc/culvert/identity.pem");
    CHECK(agent->tunnel.transport == Transport::Auto);
    CHECK(agent->tunnel.proxy.source == ProxyConfig::Source::Environment);
    CHECK(agent->tunnel.heartbeat == Duration{25s});
    CHECK(agent->load_proxy.source == ProxyConfig::Source::None);
    CHECK_FALSE(agent->charter);
    CHECK(agent->on_disconnect.keep_running_for == Duration{2min});
    CHECK(agent->on_disconnect.spool == Bytes{256ULL << 20});
    CHECK(agent->listen.empty());
}

TEST_CASE("every key of agent.yaml is read", "[config]") {
    const auto agent = parse_agent_config("conf/agent.yaml", R"(mesh: acme
name: fra-1
labels: { region: eu, size: large }
weight: 4
identity: keys/identity.pem
tunnel:
  relays: [ "wss://relay.example.com/mesh", "wss://relay2.example.com:8443/mesh" ]
  transport: long_poll
  proxy:
    urls: [ "http://proxy.corp:3128", "https://proxy2.corp:443", "socks5h://p3:1080" ]
    direct: never
    auth: ntlm
    username: 'CORP\svc-load'
    password_file: proxy.secret
    no_proxy: [ localhost, .corp, 10.0.0.0/8 ]
  extra_ca: [ corp.pem, /etc/ca.pem ]
  pin_sha256: ABCDEFabcdef0123456789abcdef0123456789abcdef0123456789abcdef0123
  heartbeat: 15s
  websocket_retry: 5m
load: { proxy: environment, extra_ca: services.pem }
charter:
  targets: [ "*.acme.test:443", "10.1.0.0/16", "[2001:db8::/32]:443", "*", "host:80" ]
  max_rate: 20000/s
  max_users: 5000
  engines: [ http ]
on_disconnect: { keep_running_for: 30s, spool: 1GiB }
listen: [ "tcp://0.0.0.0:7993", "wss://[::]:8443" ]
tls: { certificate: web.pem, key: web.key }
)");
    if (!agent) FAIL(test::problem_text(agent));
    CHECK(agent->labels == Labels{{"region", "eu"}, {"size", "large"}});
    CHECK(agent->weight == 4);
    CHECK(agent->identity == "conf/keys/identity.pem");
    CHECK(agent->tunnel.relays.size() == 2);
    CHECK(agent->tunnel.transport == Transport::LongPoll);
    const ProxyConfig& proxy = agent->tunnel.proxy;
    CHECK(proxy.source == ProxyConfig::Source::Urls);
    CHECK(proxy.urls.size() == 3);
    CHECK(proxy.direct == ProxyConfig::Direct::Never);
    CHECK(proxy.auth == ProxyAuth::Ntlm);
    CHECK(proxy.username == "CORP\\svc-load");
    CHECK(proxy.password.file == "conf/proxy.secret");
    CHECK(proxy.no_proxy.size() == 3);
    CHECK(agent->tunnel.extra_ca == std::vector<std::string>{"conf/corp.pem", "/etc/ca.pem"});
    CHECK(agent->tunnel.pin_sha256 ==
          std::vector<std::string>{"abcdefabcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"});
    CHECK(agent->tunnel.heartbeat == Duration{15s});
    CHECK(agent->tunnel.websocket_retry == Duration{5min});
    CHECK(agent->load_proxy.source == ProxyConfig::Source::Environment);
    CHECK(agent->load_extra_ca == std::vector<std::string>{"conf/services.pem"});
    REQUIRE(agent->charter);
    CHECK(agent->charter->targets.size() == 5);
    CHECK(agent->charter->max_rate == Rate::per_second(20000));
    CHECK(agent->charter->max_users == 5000U);
    CHECK(agent->on_disconnect.spool == Bytes{1ULL << 30});
    CHECK(agent->listen.size() == 2);
    CHECK(agent->tls == WebTls{"conf/web.pem", "conf/web.key"});
}

TEST_CASE("a proxy is a map, none, or the environment's", "[config]") {
    const std::string head = "mesh: acme\ntunnel:\n  relays: \"wss://relay.example.com/mesh\"\n  proxy: ";
    CHECK(parse_agent_config("a", head + "none\n")->tunnel.proxy.source == ProxyConfig::Source::None);
    CHECK(parse_agent_config("a", head + "environment\n")->tunnel.proxy.source == ProxyConfig::Source::Environment);
    CHECK(parse_agent_config("d/a", head + "{ pac: wpad.dat }\n")->tunnel.proxy.pac == "d/wpad.dat");
    CHECK(parse_agent_config("a", head + "{ pac: \"http://wpad.corp/wpad.dat\" }\n")->tunnel.proxy.pac ==
          "http://wpad.corp/wpad.dat");
    const auto secret = parse_agent_config(
        "a", head + "{ urls: \"http://p:3128\", username: u, password: { env: PROXY_PASSWORD, secret: true } }\n");
    REQUIRE(secret);
    CHECK(secret->tunnel.proxy.password.variable == "PROXY_PASSWORD");
    const auto systemd = parse_agent_config(
        "d/a", head + "{ urls: \"http://p:3128\", username: u, password_file: \"${CREDENTIALS_DIRECTORY}/proxy\" }\n");
    REQUIRE(systemd);
    CHECK(systemd->tunnel.proxy.password.file == "${CREDENTIALS_DIRECTORY}/proxy");
}

TEST_CASE("every mistake in agent.yaml is told at once, with its place and what to write", "[config]") {
    CHECK(problems_of(R"(name: "fra 1"
labels: { os: linux, "bad key": x }
weight: heavy
tunnel:
  relays: [ "https://relay.example.com", "ws://relay.example.com/mesh" ]
  transport: websockets
  hartbeat: 25s
  heartbeat: 25
  pin_sha256: [ abc ]
charter:
  max_rate: 200
on_disconnect: { keep_running_for: 48h, spool: 1KiB }
)") == R"(agent.yaml:1:1: mesh: is missing; write the name of the mesh, for example  mesh: acme
agent.yaml:1:7: name: name "fra 1" may hold letters, digits, '.', '_' and '-' only
agent.yaml:2:15: labels.os: is added by the agent itself; leave it out
agent.yaml:2:33: labels.bad key: label "bad key" may hold letters, digits, '.', '_' and '-' only
agent.yaml:3:9: weight: "heavy" is not a number; write 0.001 to 100000
agent.yaml:5:13: tunnel.relays[0]: "https://relay.example.com" begins with https://; a relay's URL is wss://HOST/mesh
agent.yaml:5:42: tunnel.relays[1]: "ws://relay.example.com/mesh" is not encrypted; write wss:// (ws:// only on loopback)
agent.yaml:6:14: tunnel.transport: "websockets" is not known here; did you mean websocket?
agent.yaml:7:3: tunnel.hartbeat: unknown key; did you mean "heartbeat"?
agent.yaml:8:14: tunnel.heartbeat: "25" has no unit; write 25s or 25ms
agent.yaml:9:17: tunnel.pin_sha256[0]: is not a pin; write the 64 hex digits of the SHA-256 of the relay's public key
agent.yaml:11:3: charter.targets: is missing; write the hosts that load may go to, for example [ "*.acme.test:443" ]
agent.yaml:11:13: charter.max_rate: "200" has no unit; write 200/s, 200/m or 200/h
agent.yaml:12:36: on_disconnect.keep_running_for: "48h" is out of range; write 0s to 1d
agent.yaml:12:48: on_disconnect.spool: "1KiB" is out of range; write 1MiB to 1024GiB
)");
}

TEST_CASE("a secret never stands in a configuration, and a leaky proxy is told apart", "[config]") {
    const std::string head = "mesh: acme\ntunnel:\n  relays: \"wss://relay.example.com/mesh\"\n  proxy:\n    ";
    CHECK_THAT(problems_of(head + "urls: \"http://user:pass@proxy:3128\"\n"),
               Catch::Contains("holds credentials; write them as username and password_file"));
    CHECK_THAT(problems_of(head + "{ urls: \"http://p:3128\", username: u, password: hunter2 }\n"),
               Catch::Contains("stands here in clear text") && !Catch::Contains("hunter2"));
    CHECK_THAT(problems_of(head + "{ urls: \"http://p:3128\", username: u, password: { env: X } }\n"),
               Catch::Contains("must say  secret: true"));
    CHECK_THAT(problems_of(head + "{ urls: \"http://p:3128\", password_file: f }\n"),
               Catch::Contains("has a password but no username"));
    CHECK_THAT(problems_of(head + "urls: \"socks5://p:1080\"\n"), Catch::Contains("write socks5h://"));
    CHECK_THAT(problems_of(head + "urls: \"ftp://p:1080\"\n"), Catch::Contains("ftp:// is no kind of proxy"));
    CHECK_THAT(problems_of(head + "urls: \"http://p\"\n"), Catch::Contains("has no port"));
    CHECK_THAT(problems_of(head + "{ urls: \"http://p:1\", pac: x }\n"), Catch::Contains("stands beside urls"));
    CHECK_THAT(problems_of(head + "urls: [ ]\n"), Catch::Contains("is empty; name at least one proxy"));
    CHECK_THAT(problems_of("mesh: acme\ntunnel: { relays: \"wss://r/mesh\", proxy: off }\n"),
               Catch::Contains("write none, environment, or a map"));
}

TEST_CASE("mistakes in the lists of a proxy are told with their place and what to write, for tunnel and load",
          "[config]") {
    CHECK(problems_of(R"(mesh: acme
tunnel:
  relays: "wss://relay.example.com/mesh"
  proxy:
    urls: [ "http://proxy.corp:3128/proxy.pac", "http://p:3128/", { a: b } ]
    no_proxy: [ .corp, 10.0.0.0/33, "http://relay.corp:8080/x", ~ ]
load:
  proxy:
    urls: "http://egress.corp:3128"
    no_proxy: ".corp, 10.0.0.0/8"
)") == R"(agent.yaml:5:13: tunnel.proxy.urls[0]: has a path, which no proxy has; write http://proxy.corp:3128
agent.yaml:5:67: tunnel.proxy.urls[2]: is a map where a text is expected
agent.yaml:6:24: tunnel.proxy.no_proxy[1]: "10.0.0.0/33" is no network: it needs 0 to 32 bits; write it as in 10.0.0.0/8
agent.yaml:6:37: tunnel.proxy.no_proxy[2]: "http://relay.corp:8080/x" is a URL where a host is expected; write relay.corp:8080
agent.yaml:6:65: tunnel.proxy.no_proxy[3]: is empty where a text is expected
agent.yaml:10:15: load.proxy.no_proxy: ".corp, 10.0.0.0/8" is several entries in one text; write them as a list: [ .corp, 10.0.0.0/8 ]
)");
    const std::string head = "mesh: acme\ntunnel:\n  relays: \"wss://relay.example.com/mesh\"\n  proxy: { no_proxy: ";
    for (const char* entry : {"\"\"", "10.*", "relay.corp:0", "relay.corp:https", "corp/8", "a..b", "\"a b\""}) {
        INFO(entry);
        CHECK_THAT(problems_of(head + "[ localhost, " + entry + " ] }\n"),
                   Catch::StartsWith("agent.yaml:4:35: tunnel.proxy.no_proxy[1]: \"") && Catch::Contains("write "));
    }
    std::string many = "[ a";
    for (int i = 0; i < 256; ++i) many += ", a";
    CHECK_THAT(problems_of(head + many + " ] }\n"), Catch::Contains("has 257 entries; at most 256 are possible"));
    CHECK(problems_of(head + "[ .corp, \"[fd00::]/8\", \"::1\", \"*:8443\", 10.0.0.0/8 ] }\n").empty());
}

TEST_CASE("targets that no host can match are refused", "[config]") {
    for (const char* target : {"", "a b", "host:0", "host:70000", "ho*st", "*foo:443", "http://x"}) {
        INFO(target);
        CHECK_THAT(problems_of(std::string(kMinimal) + "charter: { targets: [ \"" + target + "\" ] }\n"),
                   Catch::Contains("charter.targets[0]: \""));
    }
}

TEST_CASE("an agent that listens needs no relay, but a certificate for wss", "[config]") {
    CHECK(problems_of("mesh: acme\nlisten: \"tcp://0.0.0.0:7993\"\n").empty());
    CHECK_THAT(problems_of("mesh: acme\n"), Catch::Contains("tunnel: is missing"));
    CHECK_THAT(problems_of("mesh: acme\nlisten: [ \"wss://0.0.0.0:7993\" ]\n"), Catch::Contains("needs tls"));
    CHECK_THAT(problems_of("mesh: acme\nlisten: [ \"http://0.0.0.0:7993\" ]\n"),
               Catch::Contains("no address to listen on"));
    CHECK_THAT(problems_of(std::string(kMinimal) + "tls: { certificate: a, key: b }\n"),
               Catch::Contains("only for a wss:// address"));
}

TEST_CASE("a rendered agent.yaml reads back the same", "[config]") {
    AgentConfig agent;
    agent.file = "x/agent.yaml";
    agent.directory = "x";
    agent.mesh = "acme";
    agent.name = "2001-fra";
    agent.labels = {{"region", "eu"}, {"no", "on"}, {"size", "0x10"}};
    agent.weight = 2.5;
    agent.identity = "/state/identity.pem";
    agent.tunnel.relays = {"wss://relay.example.com/mesh", "wss://[2001:db8::1]:8443/mesh"};
    agent.tunnel.transport = Transport::WebSocket;
    agent.tunnel.proxy.source = ProxyConfig::Source::Urls;
    agent.tunnel.proxy.urls = {"http://proxy.corp:3128"};
    agent.tunnel.proxy.direct = ProxyConfig::Direct::Never;
    agent.tunnel.proxy.auth = ProxyAuth::Digest;
    agent.tunnel.proxy.username = "CORP\\it's: #1";
    agent.tunnel.proxy.password.variable = "PROXY_PASSWORD";
    agent.tunnel.proxy.no_proxy = {".corp", "10.0.0.0/8"};
    agent.tunnel.extra_ca = {"/etc/a b.pem"};
    agent.tunnel.pin_sha256 = {std::string(64, '0')};
    agent.tunnel.heartbeat = 20s;
    agent.tunnel.websocket_retry = 5s;
    agent.load_proxy.source = ProxyConfig::Source::Pac;
    agent.load_proxy.pac = "http://wpad/wpad.dat";
    agent.load_extra_ca = {"/etc/services.pem"};
    agent.charter = CharterConfig{{"*.acme.test:443", "[2001:db8::/32]:443"}, Rate::per_second(200), 5000, {"http"}};
    agent.listen = {"wss://0.0.0.0:8443"};
    agent.tls = WebTls{"/web.pem", "/web.key"};
    const auto read = parse_agent_config("x/agent.yaml", render_agent_config(agent));
    if (!read) FAIL(test::problem_text(read));
    CHECK(*read == agent);

    AgentConfig least;
    least.file = "agent.yaml";
    least.directory = ".";
    least.mesh = "acme";
    least.name = "fra-1";
    least.tunnel.relays = {"wss://relay.example.com/mesh"};
    CHECK(parse_agent_config("agent.yaml", render_agent_config(least)) == least);
}

TEST_CASE("the proxy of the load has the keys of the tunnel's, and is its own", "[config]") {
    const auto agent = parse_agent_config("conf/agent.yaml", R"(mesh: acme
tunnel: { relays: [ "wss://relay.example.com/mesh" ] }
load:
  proxy:
    urls: [ "http://proxy.corp:3128" ]
    username: svc
    password_file: proxy.secret
    no_proxy: [ localhost, .corp, 10.0.0.0/8 ]
)");
    REQUIRE(agent);
    CHECK(agent->tunnel.proxy.source == ProxyConfig::Source::Environment);
    CHECK(agent->load_proxy.source == ProxyConfig::Source::Urls);
    CHECK(agent->load_proxy.username == "svc");
    CHECK(agent->load_proxy.password.file == "conf/proxy.secret");
    CHECK(agent->load_proxy.no_proxy == std::vector<std::string>{"localhost", ".corp", "10.0.0.0/8"});
}
