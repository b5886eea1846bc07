#include "tests/bench/curl_echo.h"

#include <poll.h>

#include <array>
#include <utility>

namespace culvert::bench {
namespace {

constexpr int kPatience_ms = 5000;

tl::unexpected<Error> broken(const char* what, CURLcode code) {
    return fail(Code::Disconnected, std::string("bare libcurl, ") + what + ": " + curl_easy_strerror(code));
}

}  // namespace

Result<std::unique_ptr<CurlEcho>> CurlEcho::connect(const Path& path) {
    std::unique_ptr<CURL, Close> easy(curl_easy_init());
    curl_easy_setopt(easy.get(), CURLOPT_URL, path.url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_CAINFO, path.ca_file.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, path.proxy.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_PROXYUSERNAME, path.proxy_user.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROXYPASSWORD, path.proxy_password.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    if (const CURLcode code = curl_easy_perform(easy.get()); code != CURLE_OK) return broken("connecting", code);
    return std::unique_ptr<CurlEcho>(new CurlEcho(std::move(easy)));
}

CurlEcho::CurlEcho(std::unique_ptr<CURL, Close> easy) : easy_(std::move(easy)) {
    curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &fd_);
}

Status CurlEcho::measure(const std::string& body, std::size_t count, std::vector<double>& micros) {
    for (std::size_t i = 0; i < count; ++i) {
        const SteadyTime sent = clock_.steady_now();
        if (const Status echoed = echo(body); !echoed) return echoed;
        micros.push_back(std::chrono::duration<double, std::micro>(clock_.steady_now() - sent).count());
    }
    return {};
}

Status CurlEcho::echo(const std::string& body) {
    std::size_t count = 0;
    CURLcode code = curl_easy_send(easy_.get(), body.data(), body.size(), &count);
    if (code != CURLE_OK || count != body.size()) return broken("writing", code);
    std::size_t received = 0;
    std::array<char, 4096> buffer;
    while (received < body.size()) {
        if (!wait_readable()) return fail(Code::Timeout, "bare libcurl: no echo came");
        do {
            count = 0;
            code = curl_easy_recv(easy_.get(), buffer.data(), buffer.size(), &count);
            received += count;
        } while (code == CURLE_OK && count > 0 && received < body.size());
        if (code != CURLE_AGAIN && (code != CURLE_OK || count == 0)) return broken("reading", code);
    }
    return {};
}

bool CurlEcho::wait_readable() const {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, kPatience_ms) > 0;
}

}  // namespace culvert::bench
