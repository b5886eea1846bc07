#include "tests/support/fault_proxy/inspector.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::test {
namespace {

constexpr std::size_t kLargestHead = 32 << 10;

struct Head {
    std::string first;
    std::vector<std::pair<std::string, std::string>> fields;  // name in lower case, whole line
};

Head parse_head(std::string_view text) {
    Head head;
    for (const std::string_view raw : split(text, '\n')) {
        const std::string line(trim(raw));
        if (line.empty()) continue;
        if (head.first.empty()) {
            head.first = line;
        } else {
            head.fields.emplace_back(to_lower_ascii(line.substr(0, line.find(':'))), line);
        }
    }
    return head;
}

std::string to_text(const Head& head) {
    std::string text = head.first + "\r\n";
    for (const auto& [name, line] : head.fields) text += line + "\r\n";
    return text + "\r\n";
}

std::string value_of(const Head& head, std::string_view name) {
    for (const auto& [field, line] : head.fields) {
        if (field == name) return std::string(trim(std::string_view(line).substr(line.find(':') + 1)));
    }
    return {};
}

std::string page(int status) {
    const std::string body = "<html><body><h1>Blocked by the security gateway</h1>Please sign in.</body></html>";
    return fmt::format("HTTP/1.1 {} {}\r\n{}Content-Type: text/html\r\nContent-Length: {}\r\n\r\n{}", status,
                       status == 200   ? "OK"
                       : status == 302 ? "Found"
                       : status == 403 ? "Forbidden"
                       : status == 426 ? "Upgrade Required"
                                       : "Refused",
                       status == 302 ? "Location: http://login.gateway.test/\r\n" : "", body.size(), body);
}

}  // namespace

Inspector::Inspector(std::string tunnel, EventLog& events, std::function<Faults()> faults,
                     std::function<void(std::string)> answer)
    : tunnel_(std::move(tunnel)),
      events_(events),
      faults_(std::move(faults)),
      answer_(std::move(answer)),
      up_frames_([this](const std::string& what, std::uint64_t number) { note(what, fmt::format("up {}", number)); }),
      down_frames_(
          [this](const std::string& what, std::uint64_t number) { note(what, fmt::format("down {}", number)); }) {}

void Inspector::note(const std::string& what, const std::string& detail) {
    events_.write(what, {{"tunnel", tunnel_}, {"detail", detail}});
}

std::string Inspector::from_client(std::string_view bytes, const LaneFaults& lane) {
    std::string out;
    while (!bytes.empty()) {
        switch (up_) {
            case State::Frames:
                return out + up_frames_.pass(bytes, lane);
            case State::Opaque:
                return out + std::string(bytes);
            case State::Body: {
                const std::size_t part = std::min<std::uint64_t>(body_left_, bytes.size());
                out += bytes.substr(0, part);
                bytes.remove_prefix(part);
                body_left_ -= part;
                if (body_left_ == 0) up_ = State::Head;
                break;
            }
            case State::Head:
                up_head_ += bytes.front();
                bytes.remove_prefix(1);
                if (up_head_.ends_with("\r\n\r\n")) {
                    out += request(std::exchange(up_head_, {}));
                } else if (up_head_.size() > kLargestHead) {
                    up_ = State::Opaque;
                    out += std::exchange(up_head_, {});
                }
                break;
        }
    }
    return out;
}

std::string Inspector::request(std::string text) {
    Head head = parse_head(text);
    const Faults faults = faults_();
    const bool upgrade = !value_of(head, "upgrade").empty();
    note("request", head.first);
    const int answer = upgrade && faults.answer_upgrade != 0 ? faults.answer_upgrade : faults.answer_requests;
    if (answer != 0) {
        note(upgrade ? "upgrade_answered" : "request_answered", std::to_string(answer));
        answer_(page(answer));
        return {};
    }
    std::erase_if(head.fields, [this, &faults](const auto& field) {
        const auto& names = faults.strip_headers;
        const bool strip = std::find(names.begin(), names.end(), field.first) != names.end();
        if (strip) note("stripped", field.second);
        return strip;
    });
    const std::string length = value_of(head, "content-length");
    std::from_chars(length.data(), length.data() + length.size(), body_left_);
    if (body_left_ > 0) up_ = State::Body;
    if (!value_of(head, "transfer-encoding").empty()) up_ = State::Opaque;
    if (!value_of(head, "upgrade").empty()) down_ = State::Head;
    return to_text(head);
}

std::string Inspector::from_server(std::string_view bytes, const LaneFaults& lane) {
    std::string out;
    while (down_ == State::Head && !bytes.empty()) {
        down_head_ += bytes.front();
        bytes.remove_prefix(1);
        if (down_head_.ends_with("\r\n\r\n") || down_head_.size() > kLargestHead)
            out += response(std::exchange(down_head_, {}));
    }
    if (bytes.empty()) return out;
    return out + (down_ == State::Frames ? down_frames_.pass(bytes, lane) : std::string(bytes));
}

std::string Inspector::response(std::string text) {
    const Head head = parse_head(text);
    note("upgrade", head.first);
    const bool switched = head.first.find(" 101") != std::string::npos;
    down_ = switched ? State::Frames : State::Opaque;
    if (switched) up_ = State::Frames;
    return text;
}

}  // namespace culvert::test
