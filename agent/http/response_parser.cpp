#include "agent/http/response_parser.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace culvert::agent::http {
namespace {

// Characters of a header name (RFC 9110, 5.6.2).
constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

constexpr std::size_t kNone = std::string_view::npos;

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// Position after the empty line that ends a head; kNone: not there yet. Looks at line ends only, from `from` on.
std::size_t end_of_head(std::string_view text, std::size_t from) {
    while (from < text.size()) {
        const void* found = std::memchr(text.data() + from, '\n', text.size() - from);
        if (found == nullptr) return kNone;
        const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        const std::string_view after = text.substr(line_end + 1, 2);
        if (!after.empty() && after[0] == '\n') return line_end + 2;
        if (after.size() == 2 && after[0] == '\r' && after[1] == '\n') return line_end + 3;
        from = line_end + 1;
    }
    return kNone;
}

// Calls `each` with every element of a comma-separated list, in order, without blanks.
template <class Each>
void each_element(std::string_view list, Each each) {
    while (true) {
        const std::size_t comma = list.find(',');
        if (const std::string_view element = trim_blanks(list.substr(0, comma)); !element.empty()) each(element);
        if (comma == kNone) return;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
    }
    return true;
}

void ResponseParser::begin(bool to_head) {
    state_ = State::Head;
    to_head_ = to_head;
    started_ = false;
    keep_alive_ = false;
    informational_ = 0;
    pending_.clear();
    searched_ = 0;
    problem_ = "";
}

ResponseParser::Progress ResponseParser::broken(const char* why) {
    state_ = State::Broken;
    problem_ = why;
    keep_alive_ = false;
    return Progress::Broken;
}

ResponseParser::Progress ResponseParser::feed(std::string_view& bytes, ResponseHead& head, ResponseSink& sink) {
    if (state_ == State::Broken) return Progress::Broken;
    if (!bytes.empty()) started_ = true;
    while (state_ == State::Head) {
        const Progress progress = take_head(bytes, head, sink);
        if (progress != Progress::Complete) return progress;
    }
    return state_ == State::Done ? Progress::Complete : take_body(bytes, sink);
}

// Complete: one whole head was taken, which may have been an informational one.
ResponseParser::Progress ResponseParser::take_head(std::string_view& bytes, ResponseHead& head, ResponseSink& sink) {
    std::string_view raw;
    if (pending_.empty()) {
        const std::size_t end = end_of_head(bytes, 0);
        if (end == kNone) {
            if (bytes.size() > kLongestHead) return broken("the response head is longer than 64 KiB");
            pending_.assign(bytes);
            searched_ = bytes.size() < 3 ? 0 : bytes.size() - 3;
            bytes = {};
            return Progress::NeedMore;
        }
        raw = bytes.substr(0, end);
        bytes.remove_prefix(end);
    } else {
        const std::size_t before = pending_.size();
        const std::size_t room = kLongestHead + 1 - std::min(before, kLongestHead);
        pending_ += bytes.substr(0, room);
        const std::size_t end = end_of_head(pending_, searched_);
        if (end == kNone) {
            if (pending_.size() > kLongestHead) return broken("the response head is longer than 64 KiB");
            searched_ = pending_.size() < 3 ? 0 : pending_.size() - 3;
            bytes = {};
            return Progress::NeedMore;
        }
        bytes.remove_prefix(end - std::min(before, end));
        raw = std::string_view(pending_).substr(0, end);
    }
    if (raw.size() > kLongestHead) return broken("the response head is longer than 64 KiB");
    if (!parse_head(raw, head)) return broken(problem_);
    if (head.status < 200) {
        if (head.status == 101) return broken("the server switched protocols without being asked");
        if (++informational_ > kMostInformational) return broken("too many informational responses");
    } else {
        choose_body(head.status);
        sink.on_head(head);
    }
    pending_.clear();
    searched_ = 0;
    return Progress::Complete;
}

bool ResponseParser::parse_head(std::string_view raw, ResponseHead& head) {
    framing_ = Framing{};
    head.fields.clear();
    head.raw = raw;
    bool first = true;
    while (true) {
        const auto line_end =
            static_cast<std::size_t>(static_cast<const char*>(std::memchr(raw.data(), '\n', raw.size())) - raw.data());
        std::string_view line = raw.substr(0, line_end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        raw.remove_prefix(line_end + 1);
        if (line.empty()) {
            if (first) problem_ = "an empty line where the status should be";
            return !first;
        }
        if (!(first ? parse_status_line(line, head) : parse_field(line, head))) return false;
        first = false;
    }
}

bool ResponseParser::parse_status_line(std::string_view line, ResponseHead& head) {
    const auto digit = [line](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
    if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || !digit(7) || line[8] != ' ' || !digit(9) || !digit(10) ||
        !digit(11) || (line.size() > 12 && line[12] != ' ')) {
        problem_ = "the response does not begin with an HTTP/1.x status line";
        return false;
    }
    framing_.http10 = line[7] == '0';
    head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    if (head.status < 100) problem_ = "the status is below 100";
    return head.status >= 100;
}

bool ResponseParser::parse_field(std::string_view line, ResponseHead& head) {
    std::size_t colon = 0;
    while (colon < line.size() && kTokenCharacters[static_cast<unsigned char>(line[colon])]) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') {
        problem_ = "a response header is not of the form name: value";
        return false;
    }
    const std::string_view name = line.substr(0, colon), value = trim_blanks(line.substr(colon + 1));
    unsigned control = 0;
    for (const char c : value) control |= static_cast<unsigned>(c == '\r') | static_cast<unsigned>(c == '\0');
    if (control != 0) {
        problem_ = "a response header holds a control character";
        return false;
    }
    if (head.fields.size() >= kMostFields) {
        problem_ = "the response has more than 256 headers";
        return false;
    }
    head.fields.push_back(HeaderField{name, value});
    return note_framing(name, value);
}

bool ResponseParser::note_framing(std::string_view name, std::string_view value) {
    // Their lengths tell these three apart from nearly all other names.
    if (name.size() == 14 && equals_ignoring_case(name, "content-length")) return note_length(value);
    if (name.size() == 17 && equals_ignoring_case(name, "transfer-encoding")) {
        framing_.transfer_coded = true;
        each_element(value,
                     [this](std::string_view coding) { framing_.chunked = equals_ignoring_case(coding, "chunked"); });
    } else if (name.size() == 10 && equals_ignoring_case(name, "connection")) {
        each_element(value, [this](std::string_view option) {
            framing_.says_close = framing_.says_close || equals_ignoring_case(option, "close");
            framing_.says_keep_alive = framing_.says_keep_alive || equals_ignoring_case(option, "keep-alive");
        });
    }
    return true;
}

bool ResponseParser::note_length(std::string_view value) {
    bool good = true, any = false;
    each_element(value, [this, &good, &any](std::string_view text) {  // "5, 5" is one length said twice
        std::uint64_t length = 0;
        for (const char c : text) {
            if (c < '0' || c > '9' || length > (std::numeric_limits<std::uint64_t>::max() >> 1) / 10 - 1) {
                good = false;
                return;
            }
            length = length * 10 + static_cast<std::uint64_t>(c - '0');
        }
        if (framing_.has_length && framing_.length != length) good = false;
        framing_.has_length = any = true;
        framing_.length = length;
    });
    if (!good || !any) problem_ = "the response has a Content-Length that is no number, or two that differ";
    return good && any;
}

void ResponseParser::choose_body(int status) {
    keep_alive_ = !framing_.says_close && (!framing_.http10 || framing_.says_keep_alive);
    if (to_head_ || status == 204 || status == 304) {
        state_ = State::Done;
    } else if (framing_.transfer_coded) {
        // A length beside a transfer coding, or a coding in HTTP/1.0, is how requests get smuggled: never trust the
        // connection after it.
        if (framing_.has_length || framing_.http10) keep_alive_ = false;
        state_ = framing_.chunked ? State::Chunked : State::UntilClose;
        chunks_ = ChunkedDecoder();
    } else if (framing_.has_length) {
        left_ = framing_.length;
        state_ = left_ == 0 ? State::Done : State::Length;
    } else {
        state_ = State::UntilClose;
    }
    if (state_ == State::UntilClose) keep_alive_ = false;
}

ResponseParser::Progress ResponseParser::take_body(std::string_view& bytes, ResponseSink& sink) {
    if (state_ == State::Length) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        if (count > 0) sink.on_body(bytes.substr(0, count));
        bytes.remove_prefix(count);
        left_ -= count;
        if (left_ == 0) state_ = State::Done;
    } else if (state_ == State::UntilClose) {
        if (!bytes.empty()) sink.on_body(bytes);
        bytes = {};
    } else {
        std::string_view data;
        while (state_ == State::Chunked) {
            const ChunkedDecoder::Step step = chunks_.next(bytes, data);
            if (step == ChunkedDecoder::Step::Broken) return broken("the chunked body is malformed");
            if (step == ChunkedDecoder::Step::Done) state_ = State::Done;
            if (step == ChunkedDecoder::Step::Data) sink.on_body(data);
            if (step == ChunkedDecoder::Step::NeedMore) break;
        }
    }
    return state_ == State::Done ? Progress::Complete : Progress::NeedMore;
}

ResponseParser::Progress ResponseParser::end_of_stream() {
    if (state_ == State::Done) return Progress::Complete;
    if (state_ != State::UntilClose) return broken("the connection was closed before the response was complete");
    state_ = State::Done;
    return Progress::Complete;
}

}  // namespace culvert::agent::http
