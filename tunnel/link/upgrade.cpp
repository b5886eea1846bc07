#include "tunnel/link/upgrade.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kLongestQuote = 160;
constexpr std::size_t kLongestShown = 80;
constexpr int kMostInterims = 8;

tl::unexpected<Error> broken(const std::string& what) {
    return fail(Code::Disconnected, "the answer to the WebSocket upgrade is broken: " + what);
}

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

std::string upgrade_request(const RelayUrl& url, std::string_view key) {
    std::string text = "GET " + url.path + " HTTP/1.1\r\n";
    text += "Host: " + url.authority() + "\r\n";
    text += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    text += "Sec-WebSocket-Key: " + std::string(key) + "\r\n";
    text += "Sec-WebSocket-Protocol: " + std::string(envelope::kSubprotocol) + "\r\n";
    text += "User-Agent: culvert/" CULVERT_VERSION "\r\n";
    text += "Cache-Control: no-cache\r\nPragma: no-cache\r\n\r\n";
    return text;
}

Result<UpgradeResponse::Progress> UpgradeResponse::feed(std::string_view bytes) {
    if (!head_done_) {
        buffer_.append(bytes);
        return read_head();
    }
    buffer_.append(bytes.substr(0, kLargestPage - std::min(kLargestPage, buffer_.size())));
    if (page_complete()) return tl::unexpected(refusal());
    return Progress::NeedMore;
}

Result<UpgradeResponse::Progress> UpgradeResponse::read_head() {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (std::min(end, buffer_.size()) > kLargestResponseHead)
        return broken("its head is longer than " + std::to_string(kLargestResponseHead) + " bytes");
    if (end == std::string::npos) {
        // Not HTTP at all is said at once instead of after a timeout.
        const std::string_view start = std::string_view(buffer_).substr(0, 5);
        if (start != std::string_view("HTTP/").substr(0, start.size()))
            return broken("'" + excerpt(buffer_, kLongestShown) + "' is not HTTP");
        return Progress::NeedMore;
    }
    const std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    bool first = true;
    for (std::string_view rest = head; first || !rest.empty();) {
        const std::size_t line_end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, line_end);
        const Status read = first ? read_status_line(line) : read_header(line);
        if (!read) return tl::unexpected(read.error());
        first = false;
        rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 2);
    }
    if (status_ / 100 == 1 && status_ != 101) {  // an interim answer; the real one follows
        if (++interims_ > kMostInterims) return broken("interim answers without end");
        status_ = 0;
        headers_.clear();
        return read_head();
    }
    head_done_ = true;
    if (status_ != 101) {
        buffer_.resize(std::min(buffer_.size(), kLargestPage));
        if (page_complete()) return tl::unexpected(refusal());
        return Progress::NeedMore;
    }
    if (Status checked = check_upgrade(); !checked) return tl::unexpected(checked.error());
    rest_ = std::move(buffer_);
    return Progress::Upgraded;
}

Status UpgradeResponse::read_status_line(std::string_view line) {
    const bool shaped = line.size() >= 12 && (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                        (line.size() == 12 || line[12] == ' ');
    const std::string_view digits = shaped ? line.substr(9, 3) : std::string_view();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status_);
    if (!shaped || error != std::errc() || end != digits.data() + 3 || status_ < 100)
        return broken("status line '" + excerpt(line, kLongestShown) + "'");
    reason_ = excerpt(trim(line.substr(12)), kLongestShown);
    return {};
}

Status UpgradeResponse::read_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) {
        return broken("header line '" + excerpt(line, kLongestShown) + "'");
    }
    if (headers_.size() >= kMostHeaders)
        return broken("it has more than " + std::to_string(kMostHeaders) + " header lines");
    headers_.emplace_back(to_lower_ascii(name), std::string(trim(line.substr(colon + 1))));
    return {};
}

Status UpgradeResponse::check_upgrade() const {
    if (!header_has_token("upgrade", "websocket") || !header_has_token("connection", "upgrade")) {
        return broken("101 without 'Upgrade: websocket'; something in between removes it");
    }
    const std::string* accept = header("sec-websocket-accept");
    if (accept == nullptr || *accept != accept_)
        return broken("its Sec-WebSocket-Accept does not belong to our request; a cache in between answered");
    const std::string* protocol = header("sec-websocket-protocol");
    if (protocol == nullptr || *protocol != envelope::kSubprotocol) {
        return fail(
            Code::InvalidInput,
            "the server speaks WebSocket but not " + std::string(envelope::kSubprotocol) +
                (protocol == nullptr ? std::string() : ", it says '" + excerpt(*protocol, kLongestShown) + "'") +
                "; is this the URL of a culvert-relay, of this version?");
    }
    if (header("sec-websocket-extensions") != nullptr)
        return broken("it uses a WebSocket extension that was not asked for");
    return {};
}

bool UpgradeResponse::page_complete() const {
    if (buffer_.size() >= kLargestPage || status_ == 204 || status_ == 304) return true;
    const std::string* length = header("content-length");
    if (length == nullptr) return to_lower_ascii(buffer_).find("</html>") != std::string::npos;
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), count);
    return error != std::errc() || buffer_.size() >= count;
}

Error UpgradeResponse::refusal() const {
    std::string text = std::to_string(status_) + (reason_.empty() ? "" : " " + reason_) + " instead of 101";
    if (const std::string* location = header("location"); location != nullptr && status_ / 100 == 3)
        text += ", sent on to " + excerpt(*location, kLongestQuote);
    const std::string quote = page_text(buffer_);
    if (!quote.empty()) text += "; the page says \"" + quote + "\"";
    if (const std::string* server = header("server"); server != nullptr)
        text += " (server: " + excerpt(*server, kLongestShown) + ")";
    if (status_ == 401 || status_ == 403 || status_ == 407) return Error{Code::Unauthorized, std::move(text)};
    if (status_ == 429 || status_ == 503) return Error{Code::Overloaded, std::move(text)};
    if (status_ == 404 || status_ == 426)
        text += "; is the path of the relay's URL right, and does everything in between pass WebSockets on?";
    return Error{Code::Disconnected, std::move(text)};
}

Error UpgradeResponse::ended() const {
    if (head_done_) return refusal();
    if (buffer_.empty())
        return Error{Code::Disconnected, "no answer to the WebSocket upgrade; something in between may swallow it"};
    return Error{Code::Disconnected,
                 "the answer to the WebSocket upgrade ended early, after '" + excerpt(buffer_, kLongestShown) + "'"};
}

const std::string* UpgradeResponse::header(std::string_view name) const {
    const auto found =
        std::find_if(headers_.begin(), headers_.end(), [name](const auto& header) { return header.first == name; });
    return found == headers_.end() ? nullptr : &found->second;
}

bool UpgradeResponse::header_has_token(std::string_view name, std::string_view token) const {
    for (const auto& [header_name, value] : headers_) {
        if (header_name != name) continue;
        for (const std::string_view part : split(value, ',')) {
            if (to_lower_ascii(trim(part)) == token) return true;
        }
    }
    return false;
}

std::string page_text(std::string_view page) {
    const std::string lower = to_lower_ascii(page);
    const std::size_t title = lower.find("<title>");
    const std::size_t title_end = title == std::string::npos ? title : lower.find("</title>", title);
    if (title_end != std::string::npos) {
        const std::string_view inside = trim(page.substr(title + 7, title_end - title - 7));
        if (!inside.empty()) return excerpt(inside, kLongestQuote);
    }
    std::string words;
    bool in_tag = false;
    for (const char c : page) {
        if (c == '<') in_tag = true;
        const bool blank = in_tag || c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (c == '>') in_tag = false;
        if (!blank && c != '>') {
            words.push_back(c);
        } else if (!words.empty() && words.back() != ' ') {
            words.push_back(' ');
        }
    }
    return excerpt(trim(words), kLongestQuote);
}

}  // namespace culvert::tunnel::link
