#include "tests/support/fault_proxy/connect_request.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "tests/support/loopback.h"

namespace culvert::test {
namespace {

constexpr std::size_t kLargestHead = 16 << 10;
constexpr int kLook_ms = 10;
const char* const kPage = "<html><body><h1>This site is blocked</h1>Policy 17: ask the network team.</body></html>";

std::string base64(const std::string& text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string credentials_in(const std::string& head) {
    for (const std::string_view line : split(head, '\n')) {
        if (to_lower_ascii(line.substr(0, line.find(':'))) == "proxy-authorization")
            return std::string(trim(line.substr(line.find(':') + 1)));
    }
    return {};
}

std::optional<ConnectTarget> parse_target(const std::string& head) {
    if (!head.starts_with("CONNECT ")) return std::nullopt;
    std::string_view text(head);
    text = text.substr(8, text.find(' ', 8) - 8);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    ConnectTarget target{std::string(text.substr(0, colon)), 0};
    if (target.host.starts_with('[') && target.host.ends_with(']'))
        target.host = target.host.substr(1, target.host.size() - 2);
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), target.port);
    return target;
}

const char* phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 403:
            return "Forbidden";
        case 407:
            return "Proxy Authentication Required";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Refused";
    }
}

std::string with_body(const AnswerFaults& how, const std::string& head, const std::string& body) {
    switch (how.framing) {
        case Framing::Length:
            return fmt::format("{}Content-Length: {}\r\n\r\n{}", head, body.size(), body);
        case Framing::Chunked:
            return body.empty() ? head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                : fmt::format("{}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", head,
                                              body.size(), body);
        case Framing::Close:
            return head + "Connection: close\r\n\r\n" + body;
    }
    return {};
}

}  // namespace

ConnectRequest::ConnectRequest(int client, const ConnectRules& rules, std::string connection, EventLog& events,
                               std::function<Faults()> faults, std::function<bool()> refusal_due,
                               std::function<bool()> stopping)
    : client_(client),
      rules_(rules),
      connection_(std::move(connection)),
      events_(events),
      faults_(std::move(faults)),
      refusal_due_(std::move(refusal_due)),
      stopping_(std::move(stopping)) {}

std::optional<std::string> ConnectRequest::read_head() {
    std::string head;
    while (!stopping_() && head.size() < kLargestHead) {
        if (!wait_readable(client_, kLook_ms)) continue;
        char byte = 0;
        if (::recv(client_, &byte, 1, 0) != 1) break;
        head += byte;
        if (head.ends_with("\r\n\r\n")) return head;
    }
    return std::nullopt;
}

std::optional<ConnectTarget> ConnectRequest::next() {
    while (const auto head = read_head()) {
        const auto target = parse_target(*head);
        const std::string credentials = credentials_in(*head);
        const bool right = rules_.basic.empty() || credentials == "Basic " + base64(rules_.basic);
        events_.write("request", {{"connection", connection_},
                                  {"line", head->substr(0, head->find('\r'))},
                                  {"credentials", credentials.empty() ? "none"
                                                  : right             ? "right"
                                                                      : "wrong"}});
        const Faults faults = faults_();
        if (faults.answer.never) {
            events_.write("not_answered", {{"connection", connection_}});
            while (!stopping_() && faults_().answer.never && wait(std::chrono::milliseconds(kLook_ms))) {
            }
            return std::nullopt;
        }
        if (faults.answer.status != 0 && refusal_due_()) {
            const std::string offer =
                faults.answer.status == 407 ? "Proxy-Authenticate: " + faults.answer.offer + "\r\n" : "";
            if (!send_refusal(faults.answer.status, offer)) return std::nullopt;
            continue;
        }
        if (!right) {
            if (!send_refusal(407, "Proxy-Authenticate: " + faults.answer.offer + "\r\n")) return std::nullopt;
            continue;
        }
        if (target) return target;
        if (!send_refusal(400, {})) return std::nullopt;
    }
    return std::nullopt;
}

bool ConnectRequest::send_refusal(int status, const std::string& fields) {
    const AnswerFaults how = faults_().answer;
    events_.write("answered", {{"connection", connection_}, {"status", std::to_string(status)}});
    const std::string head = fmt::format("HTTP/1.{} {} {}\r\n{}{}", how.http_1_0 ? 0 : 1, status, phrase(status),
                                         fields, how.http_1_0 ? "Connection: close\r\n" : "");
    if (!send_slowly(with_body(how, head, how.page ? kPage : ""))) return false;
    const bool ends = how.http_1_0 || how.framing == Framing::Close || status == 200;
    if (ends) ::shutdown(client_, SHUT_WR);
    return !ends;
}

bool ConnectRequest::grant() {
    const AnswerFaults how = faults_().answer;
    // RFC 9110: a 2xx to CONNECT has no body, whatever its fields say; some proxies write them all the same.
    const std::string fields = how.framing == Framing::Chunked ? "Transfer-Encoding: chunked\r\n"
                               : how.framing == Framing::Close ? "Connection: close\r\n"
                                                               : "";
    return send_slowly(fmt::format("HTTP/1.{} 200 Connection established\r\nVia: 1.1 gateway\r\n{}\r\n",
                                   how.http_1_0 ? 0 : 1, fields));
}

void ConnectRequest::refuse(int status) {
    (void)send_refusal(status, {});
}

bool ConnectRequest::send_slowly(const std::string& text) {
    const AnswerFaults how = faults_().answer;
    if (!wait(how.delay)) return false;
    const std::size_t part = how.split == Split::Whole ? text.size() : how.split == Split::Halves ? text.size() / 2 : 1;
    for (std::size_t at = 0; at < text.size(); at += part) {
        if (at > 0 && !wait(how.pause)) return false;
        if (!write_all(client_, text.substr(at, part))) return false;
    }
    return true;
}

// False: the client is gone, or we stop.
bool ConnectRequest::wait(Duration time) {
    const SystemClock clock;
    const SteadyTime until = clock.steady_now() + time;
    while (clock.steady_now() < until) {
        if (stopping_()) return false;
        pollfd gone{client_, POLLRDHUP, 0};
        if (::poll(&gone, 1, kLook_ms) > 0) return false;
    }
    return true;
}

}  // namespace culvert::test
