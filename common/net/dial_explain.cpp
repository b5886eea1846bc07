#include "common/net/dial_explain.h"

#include <fmt/format.h>

#include <cstring>

#include "common/base/clock.h"

namespace culvert::net {
namespace {

using Failure = crypto::TlsVerdict::Failure;

constexpr std::uint16_t kWebPort = 443;

std::string origin_text(const DialRequest& request) {
    const bool ipv6 = request.host.find(':') != std::string::npos;
    return ipv6 ? fmt::format("[{}]:{}", request.host, request.port) : fmt::format("{}:{}", request.host, request.port);
}

std::string proxy_text(const DialRequest& request) {
    const ProxyHop& proxy = *request.proxy;
    return proxy.chosen_by.empty() ? "proxy " + proxy.url : fmt::format("proxy {} ({})", proxy.url, proxy.chosen_by);
}

DialError failed(DialStage stage, Code code, std::string message, int proxy_status = 0) {
    return DialError{stage, Error{code, std::move(message)}, proxy_status, proxy_status != 0};
}

// libcurl's text is the last resort; the operating system's word for it is shorter and better known.
std::string cause_text(const CurlConnection::Outcome& outcome) {
    return outcome.os_error != 0 ? std::strerror(outcome.os_error) : outcome.curl_text;
}

std::string certificate_text(const crypto::TlsVerdict& verdict) {
    return fmt::format("subject {}, issuer {}, SHA-256 {}", verdict.subject, verdict.issuer, verdict.sha256);
}

std::string tls_text(const std::string& peer, const DialRequest& request, const crypto::TlsVerdict& verdict,
                     bool is_proxy, const std::string& curl_text) {
    switch (verdict.failure) {
        case Failure::UnknownIssuer:
            return fmt::format(
                "TLS: the certificate of {} comes from an unknown issuer ({}; {}); if {}, add that CA to extra_ca",
                peer, certificate_text(verdict), verdict.reason,
                request.proxy && !is_proxy ? "the proxy inspects TLS or your company has its own CA"
                                           : "your company has its own CA");
        case Failure::NotYetValid:
            return fmt::format(
                "TLS: the certificate of {} is not valid before {}: check the clock of this machine ({})", peer,
                verdict.not_before, certificate_text(verdict));
        case Failure::Expired:
            return fmt::format(
                "TLS: the certificate of {} expired at {}: it must be renewed, or the clock of this machine is wrong "
                "({})",
                peer, verdict.not_after, certificate_text(verdict));
        case Failure::NotPinned:
            return fmt::format(
                "TLS: {} shows another certificate than the pinned one ({}); somebody is in between, or it was "
                "renewed with another key: then pin_sha256 needs {}",
                peer, certificate_text(verdict), verdict.public_key_sha256);
        case Failure::Other:
            return fmt::format("TLS: the certificate of {} is refused: {} ({})", peer, verdict.reason,
                               certificate_text(verdict));
        case Failure::None:
            break;
    }
    return fmt::format("TLS: the handshake with {} failed: {}", peer, curl_text);
}

DialError explain_tls(const DialRequest& request, const CurlConnection& connection,
                      const CurlConnection::Outcome& outcome) {
    const bool is_proxy = request.proxy && !outcome.reply.tunnel_open;
    const crypto::TlsVerdict& verdict = is_proxy ? connection.proxy_verdict() : connection.origin_verdict();
    const std::string peer = is_proxy ? proxy_text(request) : origin_text(request);
    const DialStage stage = is_proxy ? DialStage::ProxyTls : DialStage::Tls;
    if (verdict.failure == Failure::None && !verdict.sha256.empty() && outcome.code == CURLE_PEER_FAILED_VERIFICATION) {
        return failed(stage, Code::InvalidInput,
                      fmt::format("TLS: {} shows a certificate for another name: it is for {} ({})", peer,
                                  verdict.names.empty() ? verdict.subject : verdict.names, certificate_text(verdict)));
    }
    const Code code = verdict.failure == Failure::None ? Code::Disconnected : Code::InvalidInput;
    DialError error = failed(stage, code, tls_text(peer, request, verdict, is_proxy, outcome.curl_text));
    error.by_time = verdict.failure == Failure::NotYetValid || verdict.failure == Failure::Expired;
    return error;
}

DialError explain_proxy_status(const DialRequest& request, const ConnectReply& reply) {
    const int status = reply.status;
    std::string said =
        fmt::format("{} answered {} to CONNECT {}", proxy_text(request), reply.status_line, origin_text(request));
    if (!reply.detail.empty()) said += fmt::format(" ({})", reply.detail);
    if (status == 403 || status == 405 || status == 451) {
        said += ": its policy does not let us go there; ask its operator to allow it";
        if (request.port != kWebPort) said += ", or use port 443, the only one that many proxies allow";
        return failed(DialStage::ProxyAnswer, Code::Unauthorized, std::move(said), status);
    }
    if (status == 502 || status == 503 || status == 504) {
        return failed(DialStage::ProxyAnswer, Code::Disconnected, said + ": it cannot reach that host", status);
    }
    if (status / 100 == 3)
        said += ": it shows a page of its own, where somebody may have to log in or to accept its terms";
    return failed(DialStage::ProxyAnswer, Code::Disconnected, said, status);
}

DialError explain_socks(const DialRequest& request, const CurlConnection::Outcome& outcome) {
    const std::string said = fmt::format("{} did not connect us to {}: ", proxy_text(request), origin_text(request));
    const auto answered = [&said](Code code, const std::string& text) {
        DialError error = failed(DialStage::ProxyAnswer, code, said + text);
        error.proxy_answered = true;
        return error;
    };
    switch (outcome.socks_error) {
        case CURLPX_NO_AUTH:
        case CURLPX_USER_REJECTED:
            return DialError{DialStage::ProxyAuth,
                             Error{Code::Unauthorized, said + "it accepts no way to authenticate that is configured; "
                                                              "write username and password_file beside its URL"},
                             0, true};
        case CURLPX_REPLY_NOT_ALLOWED:
            return answered(Code::Unauthorized, "its policy does not let us go there; ask its operator to allow it");
        case CURLPX_REPLY_HOST_UNREACHABLE:
        case CURLPX_REPLY_NETWORK_UNREACHABLE:
        case CURLPX_REPLY_CONNECTION_REFUSED:
        case CURLPX_REPLY_TTL_EXPIRED:
        case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
            return answered(Code::Disconnected, "it cannot reach that host");
        default:
            return failed(DialStage::ProxyAnswer, Code::Disconnected,
                          said + outcome.curl_text + "; is it a SOCKS5 proxy?");
    }
}

DialError explain_timeout(const DialRequest& request, const CurlConnection::Outcome& outcome) {
    if (outcome.proxy_was_slow) {
        const std::string within = culvert::to_string(request.proxy_connect_timeout);
        if (!outcome.name_known)
            return failed(DialStage::ResolveProxy, Code::Timeout,
                          fmt::format("the name of {} was not resolved within {}: check the DNS of this machine",
                                      proxy_text(request), within));
        return failed(
            DialStage::ConnectProxy, Code::Timeout,
            fmt::format("{} did not accept a connection within {}: a firewall drops it, or the address is wrong",
                        proxy_text(request), within));
    }
    const std::string after = culvert::to_string(request.connect_timeout);
    if (!outcome.tcp_connected) {
        const std::string peer = request.proxy ? proxy_text(request) : origin_text(request);
        return failed(
            request.proxy ? DialStage::ConnectProxy : DialStage::Connect, Code::Timeout,
            fmt::format("{} did not accept a connection within {}: a firewall drops it, or the address is wrong", peer,
                        after));
    }
    if (request.proxy && !outcome.reply.tunnel_open) {
        const bool socks = request.proxy->kind() == ProxyKind::Socks5;
        return failed(DialStage::ProxyAnswer, Code::Timeout,
                      fmt::format("{} did not {} {} within {}", proxy_text(request),
                                  socks ? "connect us to" : "answer CONNECT", origin_text(request), after));
    }
    return failed(DialStage::Tls, Code::Timeout,
                  fmt::format("TLS: {} did not finish the handshake within {}", origin_text(request),
                              culvert::to_string(request.connect_timeout + request.tls_timeout)));
}

bool is_tls(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CIPHER || code == CURLE_SSL_ISSUER_ERROR;
}

std::string method_list(const std::vector<ProxyAuth>& methods) {
    std::string list;
    for (const ProxyAuth method : methods) list += (list.empty() ? "" : ", ") + std::string(to_string(method));
    return list.empty() ? "no method that is known here" : list;
}

std::string rejected_text(const ProxyHop& proxy, const std::string& method, const std::string& remembered_in) {
    return fmt::format(
        "it rejected the password of user {}{}; it will not be tried again until the configuration changes, so that "
        "the account is not locked{}",
        proxy.username, method.empty() ? "" : " (" + method + ")",
        remembered_in.empty() ? "" : " (remembered in " + remembered_in + ")");
}

}  // namespace

DialError explain(const DialRequest& request, const CurlConnection& connection,
                  const CurlConnection::Outcome& outcome) {
    if (outcome.cancelled)
        return failed(DialStage::Setup, Code::Disconnected, "connecting to " + origin_text(request) + " was cancelled");
    switch (outcome.code) {
        case CURLE_COULDNT_RESOLVE_PROXY:
            return failed(
                DialStage::ResolveProxy, Code::Disconnected,
                fmt::format("cannot resolve {}: check its name, or the DNS of this machine", proxy_text(request)));
        case CURLE_COULDNT_RESOLVE_HOST:
            return failed(DialStage::Resolve, Code::Disconnected,
                          fmt::format("cannot resolve {}: check the name; where only a proxy knows the names of the "
                                      "internet, configure that proxy",
                                      request.host));
        case CURLE_OPERATION_TIMEDOUT:
            return explain_timeout(request, outcome);
        case CURLE_COULDNT_CONNECT:
            if (request.proxy) {
                return failed(DialStage::ConnectProxy, Code::Disconnected,
                              fmt::format("cannot connect to {}: {}", proxy_text(request), cause_text(outcome)));
            }
            return failed(DialStage::Connect, Code::Disconnected,
                          fmt::format("cannot connect to {}: {}", origin_text(request), cause_text(outcome)));
        default:
            break;
    }
    if (is_tls(outcome.code)) return explain_tls(request, connection, outcome);
    if (request.proxy && !outcome.reply.tunnel_open) {
        if (request.proxy->kind() == ProxyKind::Socks5) return explain_socks(request, outcome);
        if (outcome.reply.status != 0) return explain_proxy_status(request, outcome.reply);
        return failed(DialStage::ProxyAnswer, Code::Disconnected,
                      fmt::format("{} closed the connection instead of answering CONNECT {}: {}; is it an HTTP proxy?",
                                  proxy_text(request), origin_text(request), outcome.curl_text));
    }
    return failed(request.tls ? DialStage::Tls : DialStage::Connect, Code::Disconnected,
                  fmt::format("cannot connect to {}: {}", origin_text(request), outcome.curl_text));
}

DialError explain_auth(const DialRequest& request, const AuthLadder& ladder, const std::vector<std::string>& notes,
                       const std::string& remembered_in) {
    const ProxyHop& proxy = *request.proxy;
    const bool answered = !ladder.offered().empty();
    std::string text =
        answered ? fmt::format("{} answered 407 and offers {}: ", proxy_text(request), method_list(ladder.offered()))
                 : fmt::format("{} answered 407: ", proxy_text(request));
    for (const std::string& note : notes) text += note + "; ";
    if (proxy.methods.empty()) {
        text += "auth: none sends no credentials; write auth: auto, or one of these methods";
    } else if (ladder.password_rejected()) {
        text += rejected_text(proxy, ladder.rejected_with() ? to_string(*ladder.rejected_with()) : "", remembered_in);
    } else if (!notes.empty()) {
        text += "nothing else is left to try";
    } else if (proxy.username.empty()) {
        text += "no user name and password are configured for it; write username and password_file beside its URL";
    } else {
        text += fmt::format("none of them is allowed here (auth: {}), or there is no valid ticket",
                            method_list(proxy.methods));
    }
    return failed(DialStage::ProxyAuth, Code::Unauthorized, std::move(text), 407);
}

DialError explain_socks_password(const DialRequest& request, Verdict verdict, const std::string& remembered_in) {
    const std::string now = verdict == Verdict::Now ? "SOCKS5" : "";
    return DialError{DialStage::ProxyAuth,
                     Error{Code::Unauthorized, fmt::format("{}: {}", proxy_text(request),
                                                           rejected_text(*request.proxy, now, remembered_in))},
                     0, true};
}

}  // namespace culvert::net
