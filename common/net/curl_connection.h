// One attempt to connect with libcurl, and the connection that came of it. Private to common/net.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/crypto/tls_trust.h"
#include "common/net/auth_ladder.h"
#include "common/net/connect_reply.h"
#include "common/net/dial.h"

namespace culvert::net {

struct CurlEasyClose {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlMultiClose {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

class CurlConnection {
  public:
    // What one attempt came to.
    struct Outcome {
        CURLcode code = CURLE_OK;
        bool cancelled = false;
        bool tcp_connected = false;   // to the proxy, or to the origin; known for failed attempts
        bool proxy_was_slow = false;  // request.proxy_connect_timeout passed
        ConnectReply reply;
        bool name_known = false;         // a socket was opened, so the name was resolved
        std::vector<ProxyAuth> offered;  // on 407
        std::string gss_text;            // Negotiate: why there is no token
        CURLproxycode socks_error = CURLPX_OK;
        std::string curl_text;  // libcurl's own words
        int os_error = 0;
    };

    CurlConnection(const DialRequest& request, std::shared_ptr<const crypto::TlsTrust> trust);
    ~CurlConnection();
    CurlConnection(const CurlConnection&) = delete;
    CurlConnection& operator=(const CurlConnection&) = delete;

    // Once. Blocks for at most request.connect_timeout and tls_timeout.
    Outcome connect(const AuthLadder::Step& step, const std::stop_token& cancel);

    CURL* easy() const { return easy_.get(); }
    const crypto::TlsVerdict& proxy_verdict() const { return proxy_verdict_; }
    const crypto::TlsVerdict& origin_verdict() const { return origin_verdict_; }

  private:
    void configure();
    void configure_proxy(const AuthLadder::Step& step);
    void configure_http_proxy(const AuthLadder::Step& step);
    void configure_socks_proxy();
    void heard_text(std::string_view text);
    void perform(const std::stop_token& cancel);
    bool peer_reached() const;
    bool origin_reached() const;  // what is left is TLS
    void read_outcome();

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int on_debug(CURL* easy, curl_infotype type, char* data, std::size_t size, void* self) noexcept;
    static CURLcode on_ssl_context(CURL* easy, void* context, void* self) noexcept;
    static int on_socket(void* self, curl_socket_t fd, curlsocktype purpose) noexcept;
    static int on_close_socket(void* self, curl_socket_t fd) noexcept;

    const DialRequest& request_;  // of the running connect() only
    const Duration unacknowledged_limit_;
    const std::shared_ptr<const crypto::TlsTrust> trust_;
    // libcurl's callbacks write here, so these outlive the handles below.
    crypto::TlsVerdict proxy_verdict_, origin_verdict_;
    Outcome outcome_;
    std::vector<curl_socket_t> sockets_;  // open ones
    char error_text_[CURL_ERROR_SIZE] = {};
    std::unique_ptr<CURLM, CurlMultiClose> multi_;
    std::unique_ptr<CURL, CurlEasyClose> easy_;
};

}  // namespace culvert::net
