#include "tunnel/relay/lws_server.h"

#include <unistd.h>
#include <uv.h>

#include <utility>

#include "common/base/log.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/relay/lws_state.h"

namespace culvert::tunnel::relay {
namespace {

// 4 KiB: four times as much costs an idle TLS link 8 KiB more and gains nothing, messages are put together here anyway.
constexpr std::size_t kReceiveBuffer = 4096;
// Requests with long tokens of proxies in them; lws closes the connection without a word when it is too small.
constexpr unsigned kLargestRequestHeader = 16384;
// One TLS record: what a smaller buffer leaves inside OpenSSL is not seen until the next event of the socket.
constexpr unsigned kServiceBuffer = 16384;
// Headers are held during the handshake only; more connections than this wait for their turn.
constexpr unsigned short kHeaderPool = 2048;  // 32 MiB at most, when that many dribble their requests
constexpr std::size_t kAdminReserve = 32;     // connections beyond the limit
constexpr int kIdleBetweenRequests_s = 60;    // of a long-poll node that has nothing to say
constexpr int kChecksPerPing = 5;             // how often silence is looked at
constexpr int kDestroyTurns = 1000;           // of the loop; libuv closes handles in a few

constexpr auto kWithoutTls = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP);
constexpr auto kWithTls = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
                                                         LWS_ADOPT_ALLOW_SSL);  // if the vhost has a certificate

void log_from_lws(int level, const char* line) {
    std::string_view text(line);
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if ((level & LLL_ERR) != 0) {
        log::warning("libwebsockets: " + std::string(text));
    } else {
        log::debug("libwebsockets: " + std::string(text));
    }
}

int on_http_event(lws* wsi, lws_callback_reasons reason, void* /*user*/, void* in, std::size_t length) noexcept {
    if (wsi == nullptr || lws_get_context(wsi) == nullptr) return 0;
    return LwsServer::State::of(wsi).http_event(wsi, reason, in, length);
}

int on_web_socket_event(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t length) noexcept {
    return LwsServer::State::of(wsi).web_socket_event(wsi, static_cast<WebSocketSession*>(user), reason, in, length);
}

// Name, callback, session size, receive buffer; the first one also serves plain HTTP.
const lws_protocols kProtocols[] = {
    {kPlainHttp, on_http_event, 0, kReceiveBuffer, 0, nullptr, 0},
    {envelope::kSubprotocol.data(), on_web_socket_event, sizeof(WebSocketSession), kReceiveBuffer, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};
// lws' own pings are off: it keeps their timers in a sorted list and walks it for every message, which costs more than
// all the rest at 10,000 links.
const lws_retry_bo_t kNoPings = {nullptr, 0, 0, 0, 0, 0};

unsigned handshake_seconds(const LwsSettings& settings) {
    return static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(settings.handshake_timeout).count());
}

lws_context* create_context(LwsServer::State& state) {
    void* foreign_loops[] = {state.loop.native()};
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN;
    info.foreign_loops = foreign_loops;
    info.user = &state;
    info.timeout_secs = handshake_seconds(state.settings);
    info.max_http_header_data = kLargestRequestHeader;
    info.max_http_header_pool = kHeaderPool;
    info.pt_serv_buf_size = kServiceBuffer;
    return lws_create_context(&info);
}

// One for both kinds of sockets: among several, lws would choose by the Host header.
lws_vhost* create_vhost(LwsServer::State& state) {
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.vhost_name = "relay";
    info.protocols = kProtocols;
    info.retry_and_idle_policy = &kNoPings;
    info.timeout_secs = handshake_seconds(state.settings);
    info.timeout_secs_ah_idle = info.timeout_secs;
    info.keepalive_timeout = kIdleBetweenRequests_s;
    // A role of accepted sockets leaves out the client's SSL_CTX, which lws loses when several contexts have been made.
    info.listen_accept_role = "h1";
    info.options = LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
                   LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG;
    if (!state.settings.certificate_file.empty()) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = state.settings.certificate_file.c_str();
        info.ssl_private_key_filepath = state.settings.key_file.c_str();
        info.alpn = "http/1.1";  // else curl negotiates HTTP/2, which has no Upgrade
    }
    return lws_create_vhost(state.context, &info);
}

bool handles_are_closing(uv_loop_t* loop) {
    bool found = false;
    uv_walk(
        loop, [](uv_handle_t* handle, void* any) { *static_cast<bool*>(any) |= uv_is_closing(handle) != 0; }, &found);
    return found;
}

}  // namespace

void LwsServer::State::keep_alive() {
    const SteadyTime now = loop.clock().steady_now();
    for (auto& [link, connection] : links) {
        const Duration silence = now - connection.heard;
        if (silence >= settings.give_up_after) {
            connection.why = Gone::Silent;
            kill(connection);
        } else if (silence >= settings.ping_after && !connection.pinged) {
            connection.ping_due = true;
            lws_callback_on_writable(connection.wsi);
        }
    }
}

void LwsServer::State::kill(const Connection& connection) {
    lws_set_timeout(connection.wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    let_lws_see_its_timers();
}

bool LwsServer::State::adopt(int fd, lws_adoption_type type, HttpAnswers& pages) {
    // Whoever looks after the relay gets in also when strangers hold every place.
    if (connections >= settings.connections + (&pages == &admin_pages ? kAdminReserve : 0)) {
        ::close(fd);
        return false;
    }
    lws_sock_file_fd_type descriptor;
    descriptor.sockfd = fd;
    lws_adopt_desc_t adoption{};
    adoption.vh = vhost;
    adoption.type = type;
    adoption.fd = descriptor;
    adoption.opaque = &pages;
    const bool adopted = lws_adopt_descriptor_vhost_via_info(&adoption) != nullptr;
    let_lws_see_its_timers();
    return adopted;
}

Result<std::unique_ptr<LwsServer>> LwsServer::create(net::Loop& loop, LwsSettings settings, LinkHandler& handler,
                                                     HttpAnswers public_pages, HttpAnswers admin_pages) {
    lws_set_log_level(LLL_ERR | LLL_WARN, log_from_lws);
    auto state = std::unique_ptr<State>(
        new State{std::move(settings), loop, handler, std::move(public_pages), std::move(admin_pages)});
    state->context = create_context(*state);
    if (state->context == nullptr)
        return fail(Code::Internal, "libwebsockets does not start; is the package libwebsockets-evlib-uv installed?");
    auto server = std::unique_ptr<LwsServer>(new LwsServer(std::move(state)));
    State& s = *server->state_;
    s.vhost = create_vhost(s);
    if (s.vhost == nullptr) {
        return fail(Code::InvalidInput, "libwebsockets does not take the certificate " + s.settings.certificate_file +
                                            " with the key " + s.settings.key_file);
    }
    s.open_desk();
    s.keep_alive_timer = loop.every(s.settings.ping_after / kChecksPerPing, [&s] { s.keep_alive(); });
    return server;
}

LwsServer::LwsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

LwsServer::~LwsServer() {
    state_->stopping = true;
    state_->desk_timer.reset();
    state_->keep_alive_timer.reset();
    // libuv lets go of handles on its next turns; only then may lws free what they stand in.
    lws_context_destroy(state_->context);
    for (int turn = 0; turn < kDestroyTurns && handles_are_closing(state_->loop.native()); ++turn)
        uv_run(state_->loop.native(), UV_RUN_NOWAIT);
    lws_context_destroy(state_->context);
}

bool LwsServer::adopt_public(int fd) {
    return state_->adopt(fd, kWithTls, state_->public_pages);
}
bool LwsServer::adopt_admin(int fd) {
    return state_->adopt(fd, kWithoutTls, state_->admin_pages);
}

void LwsServer::want_write(LinkId link) {
    const auto found = state_->links.find(link);
    if (found != state_->links.end()) {
        lws_callback_on_writable(found->second.wsi);
    } else {
        state_->desk->want_write(link);
    }
}

void LwsServer::cut(LinkId link) {
    const auto found = state_->links.find(link);
    if (found != state_->links.end()) {
        state_->kill(found->second);
    } else {
        state_->desk->cut(link);
    }
}

void LwsServer::reload_certificate() {
    const LwsSettings& s = state_->settings;
    lws_tls_cert_updated(state_->context, s.certificate_file.c_str(), s.key_file.c_str(), nullptr, 0, nullptr, 0);
}

}  // namespace culvert::tunnel::relay
