#include "tunnel/link/http_response.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kLongestLine = 1024;  // of a chunk's size with its extensions, or of a trailer

tl::unexpected<Error> broken(const std::string& what) {
    return fail(Code::Disconnected, "a broken HTTP response: " + what);
}

}  // namespace

Result<HttpResponse::Progress> HttpResponse::feed(std::string_view bytes) {
    buffer_.append(bytes);
    while (part_ != Part::Whole) {
        const Result<bool> more = step();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return Progress::NeedMore;
    }
    if (!buffer_.empty()) keeps_alive_ = false;  // bytes that nobody asked for: the connection is out of step
    return Progress::Whole;
}

Result<HttpResponse::Progress> HttpResponse::ended() {
    keeps_alive_ = false;
    if (part_ == Part::Whole) return Progress::Whole;
    if (part_ != Part::ToTheEnd) {
        if (part_ == Part::Head && buffer_.empty())
            return fail(Code::Disconnected, "the connection ended without an answer");
        return broken("it ended early");
    }
    part_ = Part::Whole;
    return Progress::Whole;
}

// True: something was done, and more may be.
Result<bool> HttpResponse::step() {
    switch (part_) {
        case Part::Head: {
            const Result<bool> whole = head_.take_from(buffer_);
            if (!whole) return broken(whole.error().message);
            if (!*whole) return false;
            if (const Status begun = begin_body(); !begun) return tl::unexpected(begun.error());
            return true;
        }
        case Part::Sized:
            if (const Status taken = take(left_); !taken) return tl::unexpected(taken.error());
            if (left_ == 0) part_ = Part::Whole;
            return left_ == 0;
        case Part::ChunkSize:
            return read_chunk_size();
        case Part::ChunkData:
            if (const Status taken = take(left_); !taken) return tl::unexpected(taken.error());
            if (left_ == 0) part_ = Part::ChunkEnd;
            return left_ == 0;
        case Part::ChunkEnd:
        case Part::Trailer: {
            std::string_view line;
            const Result<bool> whole = read_line(line);
            if (!whole || !*whole) return whole;
            const bool empty = line.empty();
            buffer_.erase(0, line.size() + 2);
            if (part_ == Part::ChunkEnd) {
                if (!empty) return broken("a chunk is longer than it says");
                part_ = Part::ChunkSize;
            } else if (empty) {
                part_ = Part::Whole;
            }
            return true;
        }
        case Part::ToTheEnd:
            if (const Status taken = take(buffer_.size()); !taken) return tl::unexpected(taken.error());
            return false;
        case Part::Whole:
            return false;
    }
    return false;
}

Status HttpResponse::begin_body() {
    if (head_.header_has_token("connection", "close")) keeps_alive_ = false;
    if (status() == 101) return broken("101 that was not asked for");
    if (status() == 204 || status() == 304) {
        part_ = Part::Whole;
        return {};
    }
    if (head_.header_has_token("transfer-encoding", "chunked")) {
        part_ = Part::ChunkSize;
        return {};
    }
    const std::string* const length = head_.header("content-length");
    if (length == nullptr) {
        part_ = Part::ToTheEnd;
        keeps_alive_ = false;
        return {};
    }
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), left_);
    if (error != std::errc() || end != length->data() + length->size())
        return broken("Content-Length '" + excerpt(*length, 40) + "'");
    if (left_ > largest_body_) return tl::unexpected(too_large());
    part_ = Part::Sized;
    return {};
}

Result<bool> HttpResponse::read_line(std::string_view& line) {
    const std::size_t end = buffer_.find("\r\n");
    if (std::min(end, buffer_.size()) > kLongestLine) return broken("an endless line");
    if (end == std::string::npos) return false;
    line = std::string_view(buffer_).substr(0, end);
    return true;
}

Result<bool> HttpResponse::read_chunk_size() {
    std::string_view line;
    const Result<bool> whole = read_line(line);
    if (!whole || !*whole) return whole;
    const std::string_view digits = trim(line.substr(0, line.find(';')));
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return broken("chunk size '" + excerpt(digits, 40) + "'");
    if (size > largest_body_) return tl::unexpected(too_large());
    buffer_.erase(0, line.size() + 2);
    left_ = size;
    part_ = size == 0 ? Part::Trailer : Part::ChunkData;
    return true;
}

Status HttpResponse::take(std::size_t most) {
    const std::size_t count = std::min(most, buffer_.size());
    if (body_.size() + count > largest_body_) return tl::unexpected(too_large());
    body_.append(buffer_, 0, count);
    buffer_.erase(0, count);
    if (part_ != Part::ToTheEnd) left_ -= count;
    return {};
}

Error HttpResponse::too_large() const {
    return Error{Code::Disconnected,
                 "an HTTP response with a body of more than " + std::to_string(largest_body_) + " bytes"};
}

}  // namespace culvert::tunnel::link
