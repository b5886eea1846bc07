#include "common/net/curl_connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/text.h"

namespace culvert::net {
namespace {

constexpr std::size_t kLongestShownLine = 120;
constexpr std::chrono::milliseconds kPollAtMost{
    1000};  // curl_multi_poll also wakes for sockets, its own timers and a cancel
constexpr long kKeepaliveIdle_s = 20;
constexpr long kKeepaliveInterval_s = 5;

void set_up_process() {
    static std::once_flag once;
    std::call_once(once, [] {
        CULVERT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, nullptr);
    });
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    CULVERT_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

long curl_method(ProxyAuth method) {
    switch (method) {
        case ProxyAuth::Negotiate:
            return static_cast<long>(CURLAUTH_NEGOTIATE);
        case ProxyAuth::Ntlm:
            return static_cast<long>(CURLAUTH_NTLM);
        case ProxyAuth::Digest:
            return static_cast<long>(CURLAUTH_DIGEST);
        case ProxyAuth::Basic:
            return static_cast<long>(CURLAUTH_BASIC);
    }
    return 0;
}

std::vector<ProxyAuth> methods_of(long mask) {
    std::vector<ProxyAuth> methods;
    for (const ProxyAuth method : {ProxyAuth::Negotiate, ProxyAuth::Ntlm, ProxyAuth::Digest, ProxyAuth::Basic}) {
        if ((mask & curl_method(method)) != 0) methods.push_back(method);
    }
    return methods;
}

std::string url_of(const DialRequest& request) {
    const bool ipv6 = request.host.find(':') != std::string::npos;
    return std::string(request.tls ? "https://" : "http://") + (ipv6 ? "[" + request.host + "]" : request.host) + ":" +
           std::to_string(request.port) + "/";
}

// libcurl percent-decodes the proxy's user and password, also where they are options of their own.
std::string as_option(const std::string& text) {
    std::string encoded;
    for (const char c : text) encoded += c == '%' ? std::string("%25") : std::string(1, c);
    return encoded;
}

long to_ms(Duration duration) {
    return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

CurlConnection::CurlConnection(const DialRequest& request, std::shared_ptr<const crypto::TlsTrust> trust)
    : request_(request), unacknowledged_limit_(request.unacknowledged_limit), trust_(std::move(trust)) {
    set_up_process();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    CULVERT_CHECK(multi_ != nullptr && easy_ != nullptr);
}

CurlConnection::~CurlConnection() {
    curl_multi_remove_handle(multi_.get(), easy_.get());
}

CurlConnection::Outcome CurlConnection::connect(const AuthLadder::Step& step, const std::stop_token& cancel) {
    configure();
    if (request_.proxy) configure_proxy(step);
    perform(cancel);
    read_outcome();
    return outcome_;
}

void CurlConnection::configure() {
    CURL* easy = easy_.get();
    set(easy, CURLOPT_URL, url_of(request_).c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_CONNECT_ONLY, 1L);
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, to_ms(request_.connect_timeout + request_.tls_timeout));
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);  // a cancel does not wait for a resolver that hangs
    set(easy, CURLOPT_ERRORBUFFER, error_text_);
    set(easy, CURLOPT_HEADERFUNCTION, &CurlConnection::on_header);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_SOCKOPTFUNCTION, &CurlConnection::on_socket);
    set(easy, CURLOPT_SOCKOPTDATA, this);
    set(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlConnection::on_close_socket);
    set(easy, CURLOPT_CLOSESOCKETDATA, this);
    set(easy, CURLOPT_TCP_NODELAY, 1L);
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy, CURLOPT_TCP_KEEPIDLE, kKeepaliveIdle_s);
    set(easy, CURLOPT_TCP_KEEPINTVL, kKeepaliveInterval_s);
    // The environment speaks through the proxy selection only.
    set(easy, CURLOPT_PROXY, request_.proxy ? request_.proxy->url.c_str() : "");
    set(easy, CURLOPT_NOPROXY, "");
    // Which certificates are good is trust_'s to say, so libcurl reads no CA file.
    set(easy, CURLOPT_CAINFO, nullptr);
    set(easy, CURLOPT_CAPATH, nullptr);
    set(easy, CURLOPT_PROXY_CAINFO, nullptr);
    set(easy, CURLOPT_PROXY_CAPATH, nullptr);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlConnection::on_ssl_context);
    set(easy, CURLOPT_SSL_CTX_DATA, this);
    const bool verify = trust_ == nullptr || trust_->verifies_names();
    set(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
}

void CurlConnection::configure_proxy(const AuthLadder::Step& step) {
    if (request_.proxy->kind() == ProxyKind::Socks5) return configure_socks_proxy();
    configure_http_proxy(step);
}

// RFC 1929 when there is a user, else nothing; GSS-API is not asked for, as no proxy that was seen speaks it.
void CurlConnection::configure_socks_proxy() {
    CURL* easy = easy_.get();
    set(easy, CURLOPT_SOCKS5_AUTH, static_cast<long>(CURLAUTH_BASIC));
    if (request_.proxy->username.empty()) return;
    set(easy, CURLOPT_PROXYUSERNAME, as_option(request_.proxy->username).c_str());
    set(easy, CURLOPT_PROXYPASSWORD, as_option(request_.proxy->password.reveal()).c_str());
}

void CurlConnection::configure_http_proxy(const AuthLadder::Step& step) {
    CURL* easy = easy_.get();
    set(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 0L);
    // Without credentials every method is "allowed", so that libcurl reports all that the proxy offers.
    set(easy, CURLOPT_PROXYAUTH, step.method ? curl_method(*step.method) : static_cast<long>(CURLAUTH_ANY));
    if (!step.method) return;
    if (*step.method == ProxyAuth::Negotiate) {  // libcurl tells why it has no token in its debug text only
        set(easy, CURLOPT_VERBOSE, 1L);
        set(easy, CURLOPT_DEBUGFUNCTION, &CurlConnection::on_debug);
        set(easy, CURLOPT_DEBUGDATA, this);
    }
    const bool password = uses_password(*step.method);
    set(easy, CURLOPT_PROXYUSERNAME, password ? as_option(request_.proxy->username).c_str() : "");
    set(easy, CURLOPT_PROXYPASSWORD, password ? as_option(request_.proxy->password.reveal()).c_str() : "");
}

void CurlConnection::perform(const std::stop_token& cancel) {
    const std::stop_callback wake(cancel, [multi = multi_.get()] { curl_multi_wakeup(multi); });
    CULVERT_CHECK(curl_multi_add_handle(multi_.get(), easy_.get()) == CURLM_OK);
    const SystemClock clock;
    const SteadyTime proxy_due = clock.steady_now() + request_.proxy_connect_timeout;
    const SteadyTime origin_due = clock.steady_now() + request_.connect_timeout;
    int running = 1;
    while (!cancel.stop_requested()) {
        CULVERT_CHECK(curl_multi_perform(multi_.get(), &running) == CURLM_OK);
        if (running == 0) break;
        auto patience = kPollAtMost;
        if (request_.proxy && !peer_reached()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(proxy_due - clock.steady_now());
            if (left.count() <= 0) {
                outcome_.proxy_was_slow = true;
                outcome_.code = CURLE_OPERATION_TIMEDOUT;
                return;
            }
            patience = std::min(patience, left);
        }
        if (request_.tls_timeout > Duration::zero() && !origin_reached()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(origin_due - clock.steady_now());
            if (left.count() <= 0) {
                outcome_.tcp_connected = peer_reached();
                outcome_.code = CURLE_OPERATION_TIMEDOUT;
                return;
            }
            patience = std::min(patience, left);
        }
        CULVERT_CHECK(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(patience.count()), nullptr) ==
                      CURLM_OK);
    }
    if (running != 0) {
        outcome_.cancelled = true;
        outcome_.code = CURLE_ABORTED_BY_CALLBACK;
        return;
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE) outcome_.code = message->data.result;
    }
}

void CurlConnection::read_outcome() {
    long os_error = 0;
    long offered = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(easy_.get(), CURLINFO_PROXYAUTH_AVAIL, &offered);
    long socks_error = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_PROXY_ERROR, &socks_error);
    outcome_.socks_error = static_cast<CURLproxycode>(socks_error);
    outcome_.os_error = static_cast<int>(os_error);
    outcome_.offered = methods_of(offered);
    outcome_.curl_text =
        excerpt(error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(outcome_.code), 2 * kLongestShownLine);
}

bool CurlConnection::peer_reached() const {
    return std::any_of(sockets_.begin(), sockets_.end(), [](curl_socket_t fd) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    });
}

bool CurlConnection::origin_reached() const {
    return request_.proxy ? outcome_.reply.tunnel_open : peer_reached();
}

void CurlConnection::heard_text(std::string_view text) {
    if (text.find("gss") == std::string_view::npos && text.find("SPNEGO") == std::string_view::npos) return;
    outcome_.gss_text = excerpt(trim(text), 2 * kLongestShownLine);
}

std::size_t CurlConnection::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    // Only answers to CONNECT come here: nothing is requested from the origin.
    return static_cast<CurlConnection*>(self)->outcome_.reply.hear({data, size * count}) ? size * count : 0;
}

int CurlConnection::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) noexcept {
    if (type == CURLINFO_TEXT) static_cast<CurlConnection*>(self)->heard_text({data, size});
    return 0;
}

CURLcode CurlConnection::on_ssl_context(CURL*, void* context, void* self) noexcept {
    auto& connection = *static_cast<CurlConnection*>(self);
    auto* ssl_context = static_cast<ssl_ctx_st*>(context);
    const auto& proxy = connection.request_.proxy;
    if (proxy && proxy->kind() == ProxyKind::Https && !connection.outcome_.reply.tunnel_open) {
        connection.trust_->use_for_proxy(ssl_context, &connection.proxy_verdict_);
    } else {
        connection.outcome_.reply.tunnel_open = true;  // SOCKS tells of it in no other way
        connection.trust_->use_for_origin(ssl_context, &connection.origin_verdict_);
    }
    return CURLE_OK;
}

int CurlConnection::on_socket(void* self, curl_socket_t fd, curlsocktype) noexcept {
    auto& connection = *static_cast<CurlConnection*>(self);
    connection.sockets_.push_back(fd);
    connection.outcome_.name_known = true;
    const auto limit_ms = static_cast<unsigned>(to_ms(connection.unacknowledged_limit_));
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

// libcurl's connect time stays 0 when a later phase times out, so the socket itself is asked how far it came.
int CurlConnection::on_close_socket(void* self, curl_socket_t fd) noexcept {
    auto& connection = *static_cast<CurlConnection*>(self);
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0) connection.outcome_.tcp_connected = true;
    std::erase(connection.sockets_, fd);
    return ::close(fd);
}

}  // namespace culvert::net
