#include "tunnel/link/upgrade.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kLongestQuote = 160;
constexpr std::size_t kLongestShown = 80;

tl::unexpected<Error> broken(const std::string& what) {
    return fail(Code::Disconnected, "the answer to the WebSocket upgrade is broken: " + what);
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
    const Result<bool> whole = head_.take_from(buffer_);
    if (!whole) return broken(whole.error().message);
    if (!*whole) return Progress::NeedMore;
    head_done_ = true;
    if (status() != 101) {
        buffer_.resize(std::min(buffer_.size(), kLargestPage));
        if (page_complete()) return tl::unexpected(refusal());
        return Progress::NeedMore;
    }
    if (Status checked = check_upgrade(); !checked) return tl::unexpected(checked.error());
    rest_ = std::move(buffer_);
    return Progress::Upgraded;
}

Status UpgradeResponse::check_upgrade() const {
    if (!head_.header_has_token("upgrade", "websocket") || !head_.header_has_token("connection", "upgrade")) {
        return broken("101 without 'Upgrade: websocket'; something in between removes it");
    }
    const std::string* accept = head_.header("sec-websocket-accept");
    if (accept == nullptr || *accept != accept_)
        return broken("its Sec-WebSocket-Accept does not belong to our request; a cache in between answered");
    const std::string* protocol = head_.header("sec-websocket-protocol");
    if (protocol == nullptr || *protocol != envelope::kSubprotocol) {
        return fail(
            Code::InvalidInput,
            "the server speaks WebSocket but not " + std::string(envelope::kSubprotocol) +
                (protocol == nullptr ? std::string() : ", it says '" + excerpt(*protocol, kLongestShown) + "'") +
                "; is this the URL of a culvert-relay, of this version?");
    }
    if (head_.header("sec-websocket-extensions") != nullptr)
        return broken("it uses a WebSocket extension that was not asked for");
    return {};
}

bool UpgradeResponse::page_complete() const {
    if (buffer_.size() >= kLargestPage || status() == 204 || status() == 304) return true;
    const std::string* length = head_.header("content-length");
    if (length == nullptr) return to_lower_ascii(buffer_).find("</html>") != std::string::npos;
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), count);
    return error != std::errc() || buffer_.size() >= count;
}

Error UpgradeResponse::refusal() const {
    std::string text =
        std::to_string(status()) + (head_.reason().empty() ? "" : " " + head_.reason()) + " instead of 101";
    if (const std::string* location = head_.header("location"); location != nullptr && status() / 100 == 3)
        text += ", sent on to " + excerpt(*location, kLongestQuote);
    const std::string quote = page_text(buffer_);
    if (!quote.empty()) text += "; the page says \"" + quote + "\"";
    if (const std::string* server = head_.header("server"); server != nullptr)
        text += " (server: " + excerpt(*server, kLongestShown) + ")";
    if (status() == 401 || status() == 403 || status() == 407) return Error{Code::Unauthorized, std::move(text)};
    if (status() == 429 || status() == 503) return Error{Code::Overloaded, std::move(text)};
    if (status() == 404 || status() == 426)
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
