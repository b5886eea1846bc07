#include "tests/support/http_origin.h"

#include <algorithm>
#include <charconv>
#include <thread>

#include "common/base/text.h"

namespace culvert::test {
namespace {

std::string chunk(const std::string& data) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, data.size(), 16).ptr;
    return std::string(digits, end) + "\r\n" + data + "\r\n";
}

}  // namespace

std::string OriginRequest::header(const std::string& name) const {
    for (const std::string_view line : split(head, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && to_lower_ascii(line.substr(0, colon)) == to_lower_ascii(name))
            return std::string(trim(line.substr(colon + 1)));
    }
    return {};
}

HttpOrigin::HttpOrigin(Handler handler, std::optional<crypto::WebCertificate> certificate,
                       std::function<void()> on_accept)
    : handler_(std::move(handler)),
      tls_(certificate.has_value()),
      origin_(
          std::move(certificate), [this](TestOrigin::Connection& connection) { serve(connection); },
          std::move(on_accept)) {}

HttpOrigin::Handler HttpOrigin::after(Duration delay) {
    return [delay](const OriginRequest&) {
        OriginAnswer answer;
        answer.delay = delay;
        return answer;
    };
}

void HttpOrigin::wait_until(SteadyTime instant) {
    std::this_thread::sleep_until(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(instant));
}

std::string HttpOrigin::url() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port());
}

std::vector<OriginRequest> HttpOrigin::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void HttpOrigin::serve(TestOrigin::Connection& connection) {
    std::string bytes;
    while (true) {
        std::size_t end = 0;
        while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
            const std::string more = connection.read_some();
            if (more.empty()) return;
            bytes += more;
        }
        OriginRequest request;
        request.arrived = clock_.steady_now();
        request.head = bytes.substr(0, end + 2);
        bytes.erase(0, end + 4);
        const auto words = split(std::string_view(request.head).substr(0, request.head.find('\r')), ' ');
        if (words.size() < 2) return;
        request.method = words[0];
        request.target = words[1];
        std::size_t length = 0;
        const std::string header = request.header("content-length");
        std::from_chars(header.data(), header.data() + header.size(), length);
        while (bytes.size() < length) {
            const std::string more = connection.read_some();
            if (more.empty()) return;
            bytes += more;
        }
        request.body = bytes.substr(0, length);
        bytes.erase(0, length);
        ++requests_;
        {
            const std::lock_guard lock(mutex_);
            if (seen_.size() < kMostSeen) seen_.push_back(request);
        }
        if (!answer(connection, request)) return;
    }
}

// False: the connection ends.
bool HttpOrigin::answer(TestOrigin::Connection& connection, const OriginRequest& request) {
    using Ending = OriginAnswer::Ending;
    const OriginAnswer answer = handler_(request);
    if (answer.delay > Duration::zero()) wait_until(request.arrived + answer.delay);
    if (answer.ending == Ending::Reset) connection.reset_at_end();
    if (answer.ending == Ending::Hang) {
        while (!connection.read_some().empty()) {
        }
    }
    if (answer.ending == Ending::Reset || answer.ending == Ending::Hang) return false;
    if (!answer.raw.empty())
        return connection.write(answer.raw) && answer.raw.find("Connection: close") == std::string::npos;

    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Whatever\r\n";
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    const bool close = answer.ending == Ending::Close;
    if (answer.chunked) {
        head += "Transfer-Encoding: chunked\r\n";
    } else {
        head += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    }
    head += close ? "Connection: close\r\n\r\n" : "\r\n";
    const std::string body = request.method == "HEAD" ? "" : answer.body;
    if (answer.between_bytes > Duration::zero()) {
        if (!connection.write(head)) return false;
        for (const char c : body) {
            wait_until(clock_.steady_now() + answer.between_bytes);
            if (!connection.write(answer.chunked ? chunk(std::string(1, c)) : std::string(1, c))) return false;
        }
        return (!answer.chunked || connection.write("0\r\n\r\n")) && !close;
    }
    if (answer.chunked && request.method != "HEAD") {
        const std::size_t half = body.size() / 2;
        return connection.write(head + (half > 0 ? chunk(body.substr(0, half)) : "") +
                                (body.size() > half ? chunk(body.substr(half)) : "") + "0\r\n\r\n") &&
               !close;
    }
    return connection.write(head + body) && !close;
}

}  // namespace culvert::test
