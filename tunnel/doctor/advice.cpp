#include "tunnel/doctor/advice.h"

#include <fmt/format.h>

#include "common/base/wall_time.h"

namespace culvert::tunnel::doctor {
namespace {

constexpr const char* kProxyYaml =
    "tunnel:\n"
    "  proxy:\n"
    "    urls: [ \"http://PROXY:PORT\" ]      # or  pac: \"http://wpad/wpad.dat\"\n";
constexpr const char* kPasswordYaml =
    "tunnel:\n"
    "  proxy:\n"
    "    username: 'DOMAIN\\user'\n"
    "    password_file: /run/secrets/proxy   # one line; mode 0600\n";
constexpr const char* kExtraCaYaml =
    "tunnel:\n"
    "  extra_ca: [ corp-inspection-ca.pem ]  # the CA that signs what the proxy shows, in PEM\n";

std::string address(const link::RelayUrl& relay) {
    return fmt::format("{}:{}", relay.host, relay.port);
}

Advice advice_for_connect_answer(int status, const std::string& proxy, const link::RelayUrl& relay) {
    const std::string where = address(relay);
    if (status == 502 || status == 503 || status == 504) {
        return {fmt::format("The proxy {} cannot reach {} itself (it answered {}).", proxy, where, status),
                fmt::format("a route, and name resolution, from the proxy to {}", where), ""};
    }
    if (status == 0) {
        return {fmt::format("The proxy {} took the connection and gave no usable answer to CONNECT.", proxy),
                fmt::format("whether {} is an HTTP proxy that allows CONNECT to {}", proxy, where), kProxyYaml};
    }
    return {fmt::format("The proxy {} refuses connections to {} (it answered {}).", proxy, where, status),
            "allow " + full_request(relay), ""};
}

}  // namespace

std::string full_request(const link::RelayUrl& relay) {
    return fmt::format(
        "CONNECT to {} with Upgrade: websocket, without TLS inspection if possible, and no cut of connections that are "
        "silent for less than 60 s",
        address(relay));
}

Hop hop_of(net::DialStage stage, bool through_proxy) {
    switch (stage) {
        case net::DialStage::Setup:
            return Hop::WhichProxy;
        case net::DialStage::ResolveProxy:
        case net::DialStage::ConnectProxy:
        case net::DialStage::ProxyTls:
            return Hop::ReachProxy;
        case net::DialStage::ProxyAuth:
        case net::DialStage::ProxyAnswer:
            return Hop::Connect;
        case net::DialStage::Resolve:
        case net::DialStage::Connect:
            return through_proxy ? Hop::Connect : Hop::ReachProxy;
        case net::DialStage::Tls:
            return Hop::Tls;
    }
    return Hop::WhichProxy;
}

Advice advice_for_dial(const net::DialError& error, const std::string& proxy, const link::RelayUrl& relay) {
    const std::string where = address(relay);
    switch (error.stage) {
        case net::DialStage::Setup:
            return {"The proxy configuration cannot be used as it is.", "", kProxyYaml};
        case net::DialStage::ResolveProxy:
            return {fmt::format("The name of the proxy {} does not resolve on this machine.", proxy),
                    "the proxy's right name, and whether DNS here knows it", kProxyYaml};
        case net::DialStage::ConnectProxy:
            return {fmt::format("Nothing answers at the proxy {}.", proxy),
                    "the proxy's address and port, and whether this machine may connect to it", kProxyYaml};
        case net::DialStage::ProxyTls:
            if (error.by_time)
                return {fmt::format("The certificate of the proxy {} is not valid by this machine's clock: compare the "
                                    "clock first, then ask for a renewed certificate.",
                                    proxy),
                        "a renewed certificate of the proxy, if this machine's clock is right", ""};
            return {fmt::format("The proxy {} shows a certificate that this machine does not trust.", proxy),
                    "the CA certificate that signs the proxy's own certificate", kExtraCaYaml};
        case net::DialStage::ProxyAuth:
            return {fmt::format("The proxy {} does not accept how this node shows who it is.", proxy),
                    "an account for this host that the proxy accepts, and its scheme (Kerberos, NTLM, Digest or Basic)",
                    kPasswordYaml};
        case net::DialStage::ProxyAnswer:
            return advice_for_connect_answer(error.proxy_status, proxy, relay);
        case net::DialStage::Resolve:
            return {
                fmt::format("The relay's name {} does not resolve here, and no proxy is used that could resolve it.",
                            relay.host),
                "the proxy through which this machine reaches the internet", kProxyYaml};
        case net::DialStage::Connect:
            return {fmt::format("{} cannot be reached directly from here, and no proxy is used.", where),
                    "the proxy through which this machine reaches the internet, or outbound TCP to " + where,
                    kProxyYaml};
        case net::DialStage::Tls:
            return {fmt::format("The certificate shown for {} is not trusted: most likely a proxy that inspects TLS.",
                                relay.host),
                    "the CA certificate of the TLS inspection, or an exception from it for " + where, kExtraCaYaml};
    }
    return {};
}

Advice advice_for_clock(Duration difference, const std::string& besides) {
    return {fmt::format("This machine's clock is wrong: it is {} {} the relay's. Set it first, by NTP if it can be{}.",
                        span_text(difference), difference > Duration::zero() ? "behind" : "ahead of",
                        besides.empty() ? "" : "; what else was said may be its consequence: " + besides),
            "", ""};
}

Advice advice_for_certificate_time(const link::RelayUrl& relay, bool clock_is_right) {
    if (clock_is_right)
        return {fmt::format("The certificate shown for {} is out of its time, and this machine's clock is right: it "
                            "must be renewed by whoever runs the relay, or the proxy that inspects TLS.",
                            relay.host),
                "", ""};
    return {fmt::format("The certificate shown for {} is not valid by this machine's clock: compare the clock first; "
                        "if it is right, the certificate must be renewed.",
                        relay.host),
            "", ""};
}

Advice advice_for_silence(const Error& web_socket, const Error& long_poll, const link::RelayUrl& relay) {
    return {fmt::format("The connection to {} stands, but the relay is not at its other end: by WebSocket {}; by "
                        "long-poll {}.",
                        address(relay), web_socket.message, long_poll.message),
            "allow " + full_request(relay), ""};
}

Advice advice_for_long_poll(const Error& web_socket, const link::RelayUrl& relay) {
    return {
        fmt::format("Something on the way lets no WebSocket through to {}: {}", address(relay), web_socket.message),
        fmt::format("allow Upgrade: websocket to {}", address(relay)),
        "tunnel:\n  transport: long_poll               # or leave it on auto: it then looks for a WebSocket now and "
        "then\n"};
}

Advice advice_for_refusal(const link::Denial& denial) {
    return {"The way is free, but the relay does not admit this node: " + denial.error.message, "", ""};
}

}  // namespace culvert::tunnel::doctor
