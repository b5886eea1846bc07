#include "common/net/curl_stream.h"

#include <utility>

namespace culvert::net {
namespace {

tl::unexpected<Error> broken(CURLcode code, const char* doing) {
    return fail(Code::Disconnected,
                std::string("the connection broke while ") + doing + ": " + curl_easy_strerror(code));
}

}  // namespace

CurlStream::CurlStream(std::unique_ptr<CurlConnection> connection, Route route)
    : connection_(std::move(connection)), route_(std::move(route)) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(connection_->easy(), CURLINFO_ACTIVESOCKET, &fd);
    fd_ = fd;
}

Result<std::size_t> CurlStream::receive(std::span<std::byte> into) {
    if (into.empty()) return std::size_t{0};
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(connection_->easy(), into.data(), into.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return broken(code, "reading");
    if (count == 0) return fail(Code::Disconnected, "the other end closed the connection");
    return count;
}

Result<std::size_t> CurlStream::send(std::span<const std::byte> from) {
    if (from.empty()) return std::size_t{0};
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(connection_->easy(), from.data(), from.size(), &count);
    if (code == CURLE_AGAIN) return std::size_t{0};
    if (code != CURLE_OK) return broken(code, "writing");
    return count;
}

}  // namespace culvert::net
