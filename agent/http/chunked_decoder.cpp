#include "agent/http/chunked_decoder.h"

#include <algorithm>

namespace culvert::agent::http {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr std::uint64_t kLargestChunk = std::uint64_t{1} << 60;

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view& bytes, std::string_view& data) {
    while (!bytes.empty()) {
        if (state_ == State::Data) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            data = bytes.substr(0, count);
            bytes.remove_prefix(count);
            left_ -= count;
            if (left_ == 0) state_ = State::DataCr;
            return Step::Data;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (const Step step = line_byte(c); step != Step::NeedMore) return step;
    }
    return Step::NeedMore;
}

ChunkedDecoder::Step ChunkedDecoder::line_byte(char c) {
    const bool in_trailers = state_ == State::TrailerStart || state_ == State::Trailer || state_ == State::TrailerEnd;
    if (++line_length_ > (in_trailers ? kLongestTrailers : kLongestLine)) return Step::Broken;
    switch (state_) {
        case State::Size:
            if (const int digit = hex_value(c); digit >= 0) {
                if (left_ >= kLargestChunk / 16) return Step::Broken;
                left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
                any_digit_ = true;
                return Step::NeedMore;
            }
            if (!any_digit_) return Step::Broken;
            if (c != ';' && c != ' ' && c != '\t' && c != '\r' && c != '\n') return Step::Broken;
            state_ = State::Extension;
            [[fallthrough]];
        case State::Extension:
            if (c == '\r') state_ = State::SizeEnd;
            if (c != '\n') return Step::NeedMore;
            [[fallthrough]];
        case State::SizeEnd:
            if (c != '\n') return Step::Broken;
            line_length_ = 0;
            any_digit_ = false;
            state_ = left_ == 0 ? State::TrailerStart : State::Data;
            return Step::NeedMore;
        case State::DataCr:
            if (c == '\r') state_ = State::DataLf;
            if (c == '\r') return Step::NeedMore;
            [[fallthrough]];
        case State::DataLf:
            if (c != '\n') return Step::Broken;
            line_length_ = 0;
            state_ = State::Size;
            return Step::NeedMore;
        case State::TrailerStart:
            if (c == '\n') return Step::Done;
            state_ = c == '\r' ? State::TrailerEnd : State::Trailer;
            return Step::NeedMore;
        case State::Trailer:
            if (c == '\n') state_ = State::TrailerStart;
            return Step::NeedMore;
        case State::TrailerEnd:
            return c == '\n' ? Step::Done : Step::Broken;
        case State::Data:
            break;
    }
    return Step::Broken;
}

}  // namespace culvert::agent::http
