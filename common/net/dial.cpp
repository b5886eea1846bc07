#include "common/net/dial.h"

#include <utility>

#include "common/net/auth_ladder.h"
#include "common/net/curl_connection.h"
#include "common/net/curl_stream.h"
#include "common/net/dial_explain.h"

namespace culvert::net {
namespace {

// What may stand in the host part of a URL; anything else could change its meaning.
bool plausible_host(const std::string& host) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
    return !host.empty() && host.size() <= 255 && host.find_first_not_of(kAllowed) == std::string::npos;
}

tl::unexpected<DialError> refuse(Code code, std::string message) {
    return tl::unexpected(DialError{DialStage::Setup, Error{code, std::move(message)}, 0});
}

Duration info_time(CURL* easy, CURLINFO which) {
    curl_off_t time_us = 0;
    curl_easy_getinfo(easy, which, &time_us);
    return std::chrono::microseconds(time_us);
}

Route route_of(const DialRequest& request, const CurlConnection& connection, const AuthLadder::Step& step) {
    Route route;
    if (request.proxy) {
        route.proxy = request.proxy->url;
        if (step.method) route.proxy_auth = to_string(*step.method);
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
    return AuthLadder(proxy.methods, memory.rejected(proxy) ? Password::Rejected : Password::Usable,
                      memory.winner(proxy));
}

DialResult climb(const DialRequest& request, CredentialMemory& memory, const std::stop_token& cancel) {
    AuthLadder ladder = ladder_for(request, memory);
    while (const std::optional<AuthLadder::Step> step = ladder.next()) {
        auto connection = std::make_unique<CurlConnection>(request, request.trust);
        const CurlConnection::Outcome outcome = connection->connect(*step, cancel);
        if (outcome.code == CURLE_OK) {
            if (step->method) memory.note_accepted(*request.proxy, *step->method);
            Route route = route_of(request, *connection, *step);
            return std::make_unique<CurlStream>(std::move(connection), std::move(route));
        }
        if (outcome.proxy_status != 407 || outcome.cancelled)
            return tl::unexpected(explain(request, *connection, outcome));
        ladder.refused(outcome.offered);
        if (ladder.rejected_with()) memory.note_rejected(*request.proxy);
    }
    return tl::unexpected(explain_auth(request, ladder, memory.file()));
}

}  // namespace

bool proxy_is_dead(const DialError& error) {
    return error.stage == DialStage::ResolveProxy || error.stage == DialStage::ConnectProxy ||
           error.stage == DialStage::ProxyTls || (error.stage == DialStage::ProxyAnswer && error.proxy_status == 0);
}

DialResult dial(const DialRequest& request, CredentialMemory& memory, std::stop_token cancel) {
    if (!plausible_host(request.host) || request.port == 0) {
        return refuse(Code::InvalidInput, "'" + request.host + "' is no host name or address that can be dialled");
    }
    if (request.trust != nullptr) return climb(request, memory, cancel);
    Result<crypto::TlsTrust> system = crypto::TlsTrust::load({});
    if (!system) return tl::unexpected(DialError{DialStage::Setup, system.error(), 0});
    DialRequest complete = request;
    complete.trust = std::make_shared<const crypto::TlsTrust>(std::move(*system));
    return climb(complete, memory, cancel);
}

}  // namespace culvert::net
