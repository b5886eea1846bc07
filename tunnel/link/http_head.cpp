#include "tunnel/link/http_head.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kLongestShown = 80;
constexpr int kMostInterims = 8;

tl::unexpected<Error> broken(std::string what) {
    return fail(Code::Disconnected, std::move(what));
}

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

Result<bool> HttpHead::take_from(std::string& buffer) {
    for (;;) {
        const std::size_t end = buffer.find("\r\n\r\n");
        if (std::min(end, buffer.size()) > kLargestResponseHead)
            return broken("its head is longer than " + std::to_string(kLargestResponseHead) + " bytes");
        if (end == std::string::npos) {
            // Not HTTP at all is said at once instead of after a timeout.
            const std::string_view start = std::string_view(buffer).substr(0, 5);
            if (start != std::string_view("HTTP/").substr(0, start.size()))
                return broken("'" + excerpt(buffer, kLongestShown) + "' is not HTTP");
            return false;
        }
        const std::string head = buffer.substr(0, end);
        buffer.erase(0, end + 4);
        if (const Status good = read(head); !good) return tl::unexpected(good.error());
        const bool interim = status_ / 100 == 1 && status_ != 101;
        if (!interim) return true;
        if (++interims_ > kMostInterims) return broken("interim answers without end");
        status_ = 0;
        headers_.clear();
    }
}

Status HttpHead::read(std::string_view head) {
    bool first = true;
    for (std::string_view rest = head; first || !rest.empty();) {
        const std::size_t line_end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, line_end);
        if (const Status good = first ? read_status_line(line) : read_header(line); !good) return good;
        first = false;
        rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 2);
    }
    return {};
}

Status HttpHead::read_status_line(std::string_view line) {
    const bool shaped = line.size() >= 12 && (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                        (line.size() == 12 || line[12] == ' ');
    const std::string_view digits = shaped ? line.substr(9, 3) : std::string_view();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status_);
    if (!shaped || error != std::errc() || end != digits.data() + 3 || status_ < 100)
        return broken("status line '" + excerpt(line, kLongestShown) + "'");
    reason_ = excerpt(trim(line.substr(12)), kLongestShown);
    return {};
}

Status HttpHead::read_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || !std::all_of(name.begin(), name.end(), is_token_char))
        return broken("header line '" + excerpt(line, kLongestShown) + "'");
    if (headers_.size() >= kMostHeaders)
        return broken("it has more than " + std::to_string(kMostHeaders) + " header lines");
    headers_.emplace_back(to_lower_ascii(name), std::string(trim(line.substr(colon + 1))));
    return {};
}

const std::string* HttpHead::header(std::string_view name) const {
    const auto found =
        std::find_if(headers_.begin(), headers_.end(), [name](const auto& header) { return header.first == name; });
    return found == headers_.end() ? nullptr : &found->second;
}

bool HttpHead::header_has_token(std::string_view name, std::string_view token) const {
    for (const auto& [header_name, value] : headers_) {
        if (header_name != name) continue;
        for (const std::string_view part : split(value, ',')) {
            if (to_lower_ascii(trim(part)) == token) return true;
        }
    }
    return false;
}

}  // namespace culvert::tunnel::link
