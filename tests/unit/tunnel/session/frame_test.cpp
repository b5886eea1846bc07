#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tunnel/session/carriage.h"
#include "tunnel/session/frame.h"

using namespace culvert;
using namespace culvert::tunnel::session;

namespace {

// The frames of a byte stream, written again: views end with the call that shows them.
Result<std::string> written_again(FrameReader& reader, std::string_view bytes) {
    std::string out;
    const auto taken = reader.feed(bytes, [&out](const Frame& frame) {
        out += encode(frame);
        return true;
    });
    if (!taken) return tl::unexpected(taken.error());
    return out;
}

std::string one_of_each(const std::string& text) {
    SessionId id{};
    id.fill(7);
    return encode(OpenFrame{1, id, true, 42, 77}) + encode(OpenedFrame{1, id, 43}) + encode(MessageFrame{9, text}) +
           encode(AckFrame{8}) + encode(DatagramFrame{"tick"}) + encode(CloseFrame{CloseCode::Full, "too many"}) +
           encode(CloseFrame{CloseCode::Done, ""});
}

std::string raw(std::string_view body) {
    const auto size = static_cast<std::uint32_t>(body.size());
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<unsigned char>(size >> shift));
    return out + std::string(body);
}

}  // namespace

TEST_CASE("frames come out as they went in, however the stream is cut", "[session]") {
    rc::check([](const std::string& text) {
        const std::string stream = one_of_each(text + "x");
        FrameReader reader;
        std::string again;
        std::size_t at = 0;
        while (at < stream.size()) {
            const auto size = *rc::gen::inRange<std::size_t>(1, 40);
            const auto part = written_again(reader, std::string_view(stream).substr(at, size));
            RC_ASSERT(part.has_value());
            again += *part;
            at += size;
        }
        RC_ASSERT(again == stream);
    });
}

TEST_CASE("a frame longer than allowed is refused before it is buffered", "[session]") {
    FrameReader reader;
    CHECK_FALSE(written_again(reader, std::string_view("\xff\xff\xff\xff", 4)));
    FrameReader other;
    CHECK_FALSE(written_again(other, std::string_view("\0\0\0\0", 4)));
}

TEST_CASE("frames that break the grammar are refused", "[session]") {
    for (const std::string& body :
         {std::string("\x09x"), std::string("\x01short"), std::string("\x02short"),
          std::string("\x03") + std::string(8, '\0'),
          std::string("\x04"
                      "1234567"),
          std::string("\x05"), std::string("\x05") + std::string(kLargestDatagram + 1, 'x'), std::string("\x06"),
          std::string("\x06\x63no such code"), std::string("\x06\x01") + std::string(kLongestReason + 1, 'x')}) {
        FrameReader reader;
        CHECK_FALSE(written_again(reader, raw(body)));
    }
}

TEST_CASE("bytes that a later version appends to Open, Opened and Ack are skipped", "[session]") {
    const std::string ack = encode(AckFrame{5});
    FrameReader reader;
    CHECK(written_again(reader, raw(ack.substr(4) + "later")).value() == ack);
}

TEST_CASE("numbers beyond 2^32 pass", "[session]") {
    const std::uint64_t large = (std::uint64_t{1} << 32) + 5;
    FrameReader reader;
    std::vector<std::uint64_t> seen;
    REQUIRE(reader.feed(encode(MessageFrame{large, "x"}) + encode(AckFrame{large + 1}), [&seen](const Frame& frame) {
        if (const auto* message = std::get_if<MessageFrame>(&frame)) seen.push_back(message->number);
        if (const auto* ack = std::get_if<AckFrame>(&frame)) seen.push_back(ack->received);
        return true;
    }));
    CHECK(seen == std::vector<std::uint64_t>{large, large + 1});
}

TEST_CASE("a reader stops when its taker says so", "[session]") {
    FrameReader reader;
    int taken = 0;
    const std::string stream = encode(AckFrame{1}) + encode(AckFrame{2});
    CHECK(reader.feed(stream, [&taken](const Frame&) { return ++taken > 1; }));
    CHECK(taken == 1);
}

TEST_CASE("a carriage comes out as it went in", "[session]") {
    const Carriage open{.channel = 0x0102030405060708, .open = true, .close = false, .wake = false, .payload = "bytes"};
    CHECK(decode_carriage(encode(open)).value() == open);
    const Carriage wake{.channel = 0, .open = false, .close = false, .wake = true, .payload = ""};
    CHECK(decode_carriage(encode(wake)).value() == wake);
}

TEST_CASE("a carriage shorter than its header is refused", "[session]") {
    CHECK_FALSE(decode_carriage("12345678"));
}
