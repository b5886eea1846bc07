#include "common/net/dial.h"

#include <utility>

#include "common/net/auth_ladder.h"
#include "common/net/curl_connection.h"
#include "common/net/curl_stream.h"
#include "common/net/dial_explain.h"

namespace culvert::net {
namespace {

constexpr std::size_t kLongestSocksField = 255;  // RFC 1929

// What may stand in the host part of a URL; anything else could change its meaning.
bool plausible_host(const std::string& host) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
    return !host.empty() && host.size() <= 255 && host.find_first_not_of(kAllowed) == std::string::npos;
}

tl::unexpected<DialError> refuse(Code code, std::string message) {
    return tl::unexpected(DialError{DialStage::Setup, Error{code, std::move(message)}});
}

Duration info_time(CURL* easy, CURLINFO which) {
    curl_off_t time_us = 0;
    curl_easy_getinfo(easy, which, &time_us);
    return std::chrono::microseconds(time_us);
}

Route route_of(const DialRequest& request, const CurlConnection& connection, const std::string& proxy_auth) {
    Route route;
    if (request.proxy) {
        route.proxy = request.proxy->url;
        route.proxy_auth = proxy_auth;
    }
    route.proxy_chosen_by = request.proxy ? request.proxy->chosen_by : request.chosen_by;
    const char* address = nullptr;
    long port = 0;
    curl_easy_getinfo(connection.easy(), CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(connection.easy(), CURLINFO_PRIMARY_PORT, &port);
    if (address != nullptr) route.remote_address = std::string(address) + ":" + std::to_string(port);
    route.tls_issuer = connection.origin_verdict().issuer;
    const Duration connected = info_time(connection.easy(), CURLINFO_CONNECT_TIME_T);
    const Duration secured = info_time(connection.easy(), CURLINFO_APPCONNECT_TIME_T);
    route.connect_time = connected;
    route.tls_time = request.tls && secured > connected ? secured - connected : Duration::zero();
    route.total_time = std::max(connected, secured);
    return route;
}

AuthLadder ladder_for(const DialRequest& request, const CredentialMemory& memory) {
    using Password = AuthLadder::Password;
    if (!request.proxy) return AuthLadder({}, Password::None, std::nullopt);
    const ProxyHop& proxy = *request.proxy;
    if (proxy.username.empty()) return AuthLadder(proxy.methods, Password::None, memory.winner(proxy));
    std::vector<ProxyAuth> methods = proxy.methods;
    if (proxy.username.find(':') != std::string::npos) std::erase(methods, ProxyAuth::Basic);  // it would end there
    return AuthLadder(std::move(methods), memory.rejected(proxy) ? Password::Rejected : Password::Usable,
                      memory.winner(proxy));
}

// One attempt; a stream, or what became of it.
struct Attempt {
    std::unique_ptr<CurlConnection> connection;
    CurlConnection::Outcome outcome;
    std::unique_ptr<Stream> stream;
};

Attempt attempt(const DialRequest& request, const AuthLadder::Step& step, const std::string& shown,
                const std::stop_token& cancel) {
    Attempt made;
    made.connection = std::make_unique<CurlConnection>(request, request.trust);
    made.outcome = made.connection->connect(step, cancel);
    if (made.outcome.code != CURLE_OK) return made;
    Route route = route_of(request, *made.connection, shown);
    made.stream = std::make_unique<CurlStream>(std::move(made.connection), std::move(route));
    return made;
}

// Why a method failed that says nothing about the password; empty: it was judged.
std::string without_verdict(ProxyAuth method, const CurlConnection::Outcome& outcome) {
    if (method == ProxyAuth::Ntlm && outcome.reply.cut_handshake) {
        return "NTLM is impossible through it, as it ends the connection in the middle of the handshake (HTTP/1.0 or "
               "Connection: close); ask its operator for keep-alive";
    }
    if (method == ProxyAuth::Digest && outcome.reply.stale_nonce)
        return "Digest failed, as it calls every nonce stale, even its newest";
    if (method == ProxyAuth::Negotiate && !outcome.gss_text.empty())
        return "Negotiate found no ticket (" + outcome.gss_text + "); get one with kinit";
    return {};
}

DialResult climb(const DialRequest& request, CredentialMemory& memory, const std::stop_token& cancel) {
    AuthLadder ladder = ladder_for(request, memory);
    CredentialMemory::Turn turn;
    bool has_turn = false;
    std::vector<std::string> notes;
    while (const std::optional<AuthLadder::Step> step = ladder.next()) {
        if (step->method && uses_password(*step->method) && !has_turn) {
            turn = memory.take_turn(*request.proxy, cancel);
            has_turn = true;
            if (memory.rejected(*request.proxy)) {
                ladder.forbid_password();
                continue;
            }
        }
        Attempt made = attempt(request, *step, step->method ? to_string(*step->method) : "", cancel);
        const ConnectReply& reply = made.outcome.reply;
        // An open tunnel proves the credential, whatever became of the origin behind it.
        if (step->method && (made.stream != nullptr || reply.tunnel_open))
            memory.note_accepted(*request.proxy, *step->method);
        if (made.stream != nullptr) return std::move(made.stream);
        // tinyproxy says 401 to a wrong password.
        const bool refused = reply.status == 407 || (reply.status == 401 && step->method);
        if (!refused || made.outcome.cancelled) return tl::unexpected(explain(request, *made.connection, made.outcome));
        const std::string note = step->method ? without_verdict(*step->method, made.outcome) : std::string();
        if (note.empty()) {
            ladder.refused(made.outcome.offered);
        } else {
            ladder.failed_without_verdict(made.outcome.offered);
            notes.push_back(note);
        }
        if (ladder.rejected_with()) memory.note_rejected(*request.proxy);
    }
    return tl::unexpected(explain_auth(request, ladder, notes, memory.file()));
}

// User and password, or nothing: SOCKS says only afterwards what it wanted.
DialResult dial_socks(const DialRequest& request, CredentialMemory& memory, const std::stop_token& cancel) {
    const ProxyHop& proxy = *request.proxy;
    const bool shows_password = !proxy.username.empty();
    if (proxy.username.size() > kLongestSocksField || proxy.password.reveal().size() > kLongestSocksField)
        return refuse(Code::InvalidInput, "SOCKS carries at most 255 bytes of user name and 255 of password; " +
                                              proxy.url + " has more configured");
    CredentialMemory::Turn turn;
    if (shows_password) turn = memory.take_turn(proxy, cancel);
    if (shows_password && memory.rejected(proxy))
        return tl::unexpected(explain_socks_password(request, Verdict::Before, memory.file()));
    Attempt made = attempt(request, AuthLadder::Step{}, shows_password ? "user and password" : "", cancel);
    if (shows_password && (made.stream != nullptr || made.outcome.reply.tunnel_open))
        memory.note_accepted(proxy, ProxyAuth::Basic);
    if (made.stream != nullptr) return std::move(made.stream);
    if (made.outcome.socks_error != CURLPX_USER_REJECTED || !shows_password)
        return tl::unexpected(explain(request, *made.connection, made.outcome));
    memory.note_rejected(proxy);
    return tl::unexpected(explain_socks_password(request, Verdict::Now, memory.file()));
}

DialResult dial_by(const DialRequest& request, CredentialMemory& memory, const std::stop_token& cancel) {
    const bool socks = request.proxy && request.proxy->kind() == ProxyKind::Socks5;
    return socks ? dial_socks(request, memory, cancel) : climb(request, memory, cancel);
}

}  // namespace

bool proxy_is_dead(const DialError& error) {
    return error.stage == DialStage::ResolveProxy || error.stage == DialStage::ConnectProxy ||
           error.stage == DialStage::ProxyTls || (error.stage == DialStage::ProxyAnswer && !error.proxy_answered);
}

DialResult dial(const DialRequest& request, CredentialMemory& memory, std::stop_token cancel) {
    if (!plausible_host(request.host) || request.port == 0) {
        return refuse(Code::InvalidInput, "'" + request.host + "' is no host name or address that can be dialled");
    }
    if (request.trust != nullptr) return dial_by(request, memory, cancel);
    Result<crypto::TlsTrust> system = crypto::TlsTrust::load({});
    if (!system) return tl::unexpected(DialError{DialStage::Setup, system.error()});
    DialRequest complete = request;
    complete.trust = std::make_shared<const crypto::TlsTrust>(std::move(*system));
    return dial_by(complete, memory, cancel);
}

}  // namespace culvert::net
