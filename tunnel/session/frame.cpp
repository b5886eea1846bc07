#include "tunnel/session/frame.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::tunnel::session {
namespace {

constexpr std::size_t kLengthSize = 4;

template <class Number>
void put_number(std::string& out, Number value) {
    for (std::size_t i = sizeof(Number); i-- > 0;)
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

template <class Number>
Number take_number(std::string_view& from) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        value = static_cast<Number>((value << 8) | static_cast<unsigned char>(from[i]));
    from.remove_prefix(sizeof(Number));
    return value;
}

SessionId take_session(std::string_view& from) {
    SessionId id{};
    std::copy_n(from.begin(), id.size(), id.begin());
    from.remove_prefix(id.size());
    return id;
}

struct Encoder {
    std::string& out;

    void operator()(const OpenFrame& frame) const {
        out += '\1';
        put_number(out, frame.version);
        out.append(frame.session.begin(), frame.session.end());
        out += frame.resume ? '\1' : '\0';
        put_number(out, frame.received);
        if (frame.instance) put_number(out, *frame.instance);
    }
    void operator()(const OpenedFrame& frame) const {
        out += '\2';
        put_number(out, frame.version);
        out.append(frame.session.begin(), frame.session.end());
        put_number(out, frame.received);
    }
    void operator()(const MessageFrame& frame) const {
        CULVERT_CHECK(!frame.message.empty() && frame.message.size() <= kLargestMessage);
        out += '\3';
        put_number(out, frame.number);
        out += frame.message;
    }
    void operator()(const AckFrame& frame) const {
        out += '\4';
        put_number(out, frame.received);
    }
    void operator()(const DatagramFrame& frame) const {
        CULVERT_CHECK(!frame.datagram.empty() && frame.datagram.size() <= kLargestDatagram);
        out += '\5';
        out += frame.datagram;
    }
    void operator()(const CloseFrame& frame) const {
        out += '\6';
        out += static_cast<char>(frame.code);
        out += frame.reason.substr(0, kLongestReason);
    }
};

tl::unexpected<Error> bad(std::string_view what) {
    return fail(Code::InvalidInput, "session: " + std::string(what));
}

Result<Frame> decode_open(std::string_view body) {
    if (body.size() < 2 + 16 + 1 + 8) return bad("an Open that is cut short");
    OpenFrame frame;
    frame.version = take_number<std::uint16_t>(body);
    frame.session = take_session(body);
    const char resume = body.front();
    body.remove_prefix(1);
    if (resume != 0 && resume != 1) return bad("an Open that neither opens nor resumes");
    frame.resume = resume == 1;
    frame.received = take_number<std::uint64_t>(body);
    if (body.size() >= sizeof(std::uint64_t)) frame.instance = take_number<std::uint64_t>(body);
    return frame;
}

Result<Frame> decode_opened(std::string_view body) {
    if (body.size() < 2 + 16 + 8) return bad("an Opened that is cut short");
    OpenedFrame frame;
    frame.version = take_number<std::uint16_t>(body);
    frame.session = take_session(body);
    frame.received = take_number<std::uint64_t>(body);
    return frame;
}

Result<Frame> decode_message(std::string_view body) {
    if (body.size() <= 8) return bad("a Message without content");
    MessageFrame frame;
    frame.number = take_number<std::uint64_t>(body);
    frame.message = body;
    return frame;
}

Result<Frame> decode_close(std::string_view body) {
    if (body.empty() || body.size() > 1 + kLongestReason) return bad("a Close of a wrong length");
    const auto code = static_cast<unsigned char>(body.front());
    if (code < 1 || code > 4) return bad("a Close with an unknown code");
    return CloseFrame{static_cast<CloseCode>(code), body.substr(1)};
}

Result<Frame> decode_frame(std::string_view frame) {
    const char type = frame.front();
    std::string_view body = frame.substr(1);
    switch (type) {
        case 1:
            return decode_open(body);
        case 2:
            return decode_opened(body);
        case 3:
            return decode_message(body);
        case 4:
            if (body.size() < 8) return bad("an Ack that is cut short");
            return AckFrame{take_number<std::uint64_t>(body)};
        case 5:
            if (body.empty() || body.size() > kLargestDatagram) return bad("a Datagram of a wrong length");
            return DatagramFrame{body};
        case 6:
            return decode_close(body);
        default:
            return bad("a frame of unknown type " + std::to_string(static_cast<unsigned char>(type)));
    }
}

}  // namespace

std::string encode(const Frame& frame) {
    std::string out(kLengthSize, '\0');
    std::visit(Encoder{out}, frame);
    std::string length;
    put_number(length, static_cast<std::uint32_t>(out.size() - kLengthSize));
    out.replace(0, kLengthSize, length);
    return out;
}

Status FrameReader::feed(std::string_view bytes, const std::function<bool(const Frame&)>& take) {
    // Frames that lie whole in `bytes` are taken in place; only what is left incomplete is copied.
    while (!bytes.empty()) {
        const bool continued = !buffer_.empty();
        if (continued && buffer_.size() < kLengthSize) {
            const std::size_t missing = std::min(kLengthSize - buffer_.size(), bytes.size());
            buffer_ += bytes.substr(0, missing);
            bytes.remove_prefix(missing);
            if (buffer_.size() < kLengthSize) return {};
        }
        std::string_view head = continued ? std::string_view(buffer_) : bytes;
        if (head.size() < kLengthSize) {
            buffer_ = head;
            return {};
        }
        const std::size_t length = take_number<std::uint32_t>(head);
        if (length == 0 || length > kLargestFrame) return bad("a frame of " + std::to_string(length) + " bytes");
        const std::size_t whole = kLengthSize + length;
        if (continued) {
            const std::size_t missing = std::min(whole - buffer_.size(), bytes.size());
            buffer_ += bytes.substr(0, missing);
            bytes.remove_prefix(missing);
            if (buffer_.size() < whole) return {};
        } else if (bytes.size() < whole) {
            buffer_ = bytes;
            return {};
        }
        const std::string held = continued ? std::exchange(buffer_, {}) : std::string();
        const std::string_view frame_bytes =
            (continued ? std::string_view(held) : bytes.substr(0, whole)).substr(kLengthSize);
        if (!continued) bytes.remove_prefix(whole);
        const auto frame = decode_frame(frame_bytes);
        if (!frame) return tl::unexpected(frame.error());
        if (!take(*frame)) return {};
    }
    return {};
}

}  // namespace culvert::tunnel::session
