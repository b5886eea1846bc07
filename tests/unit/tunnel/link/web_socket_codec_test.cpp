#include "tunnel/link/web_socket_codec.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <vector>

using namespace culvert;
using tunnel::link::WebSocketCodec;

namespace {

struct End : WebSocketCodec::Listener {
    explicit End(WebSocketCodec::Side side, std::size_t largest = 1000) : codec(side, largest, *this) {}
    void on_message(std::string_view message) override { messages.emplace_back(message); }
    void on_close(int code, std::string_view reason) override {
        closed = std::to_string(code) + " " + std::string(reason);
    }
    std::string take_output() { return std::exchange(codec.output(), {}); }

    WebSocketCodec codec;
    std::vector<std::string> messages;
    std::string closed;
};

// What a server sends, as bytes: not masked.
std::string frame(unsigned first, const std::string& payload) {
    std::string bytes(1, static_cast<char>(first));
    bytes.push_back(static_cast<char>(payload.size()));
    return bytes + payload;
}

}  // namespace

TEST_CASE("messages arrive whole, in order, however the bytes are cut", "[link]") {
    End client(WebSocketCodec::Side::Client), server(WebSocketCodec::Side::Server);
    const std::vector<std::string> sent{"", "one", std::string(126, 'x'), std::string(999, 'y')};
    for (const std::string& message : sent) client.codec.send(message);
    for (const char byte : client.take_output()) REQUIRE(server.codec.feed({&byte, 1}));
    CHECK(server.messages == sent);
    for (const std::string& message : sent) server.codec.send(message);
    REQUIRE(client.codec.feed(server.take_output()));
    CHECK(client.messages == sent);
}

TEST_CASE("a client masks every frame anew", "[link]") {
    End client(WebSocketCodec::Side::Client);
    client.codec.send("the same text");
    const std::string first = client.take_output();
    client.codec.send("the same text");
    CHECK(first != client.take_output());
    CHECK(first.find("the same text") == std::string::npos);
}

TEST_CASE("a ping is answered and its answer is no message", "[link]") {
    End client(WebSocketCodec::Side::Client), server(WebSocketCodec::Side::Server);
    client.codec.ping();
    REQUIRE(server.codec.feed(client.take_output()));
    const std::string pong = server.take_output();
    CHECK_FALSE(pong.empty());
    REQUIRE(client.codec.feed(pong));
    CHECK(client.messages.empty());
    CHECK(client.take_output().empty());
}

TEST_CASE("fragments with a ping in between make one message", "[link]") {
    End client(WebSocketCodec::Side::Client);
    REQUIRE(client.codec.feed(frame(0x02, "a") + frame(0x89, "p") + frame(0x00, "b") + frame(0x80, "c")));
    CHECK(client.messages == std::vector<std::string>{"abc"});
    CHECK_FALSE(client.take_output().empty());
}

TEST_CASE("a message above the limit is refused before it is stored, whole or in fragments", "[link]") {
    End client(WebSocketCodec::Side::Client, 100);
    CHECK_FALSE(client.codec.feed(std::string("\x82\x7f\0\0\0\1\0\0\0\0x", 11)));
    End fragmented(WebSocketCodec::Side::Client, 100);
    REQUIRE(fragmented.codec.feed(frame(0x02, std::string(60, 'x'))));
    const Status fed = fragmented.codec.feed(frame(0x80, std::string(60, 'x')));
    REQUIRE_FALSE(fed);
    CHECK(fed.error().message.find("above the limit") != std::string::npos);
    CHECK(fragmented.messages.empty());
}

TEST_CASE("broken frames are refused", "[link]") {
    for (const std::string& bytes :
         {frame(0xc2, "rsv"), frame(0x83, "reserved opcode"), frame(0x80, "continues nothing"),
          frame(0x09, "fragmented ping"), frame(0x02, "a") + frame(0x82, "a second message inside the first")}) {
        End client(WebSocketCodec::Side::Client);
        CHECK_FALSE(client.codec.feed(bytes));
    }
}

TEST_CASE("a goodbye carries code and reason, and is answered", "[link]") {
    End client(WebSocketCodec::Side::Client), server(WebSocketCodec::Side::Server);
    server.codec.close(1001, "drained");
    REQUIRE(client.codec.feed(server.take_output()));
    CHECK(client.closed == "1001 drained");
    CHECK_FALSE(client.take_output().empty());
    client.codec.send("too late");
    CHECK(client.take_output().empty());
    End bare(WebSocketCodec::Side::Client);
    REQUIRE(bare.codec.feed(frame(0x88, "")));
    CHECK(bare.closed == "1005 ");
}

TEST_CASE("a reason that is too long for a goodbye is cut", "[link]") {
    End client(WebSocketCodec::Side::Client), server(WebSocketCodec::Side::Server);
    client.codec.close(1000, std::string(500, 'r'));
    REQUIRE(server.codec.feed(client.take_output()));
    CHECK(server.closed.size() <= 5 + 123);
}

TEST_CASE("any sequence of messages survives any cutting", "[link]") {
    CHECK(rc::check([](const std::vector<std::string>& messages, const std::vector<std::uint8_t>& cuts) {
        End client(WebSocketCodec::Side::Client, 1 << 20), server(WebSocketCodec::Side::Server, 1 << 20);
        for (const std::string& message : messages) client.codec.send(message);
        const std::string bytes = client.take_output();
        std::size_t at = 0;
        for (const std::uint8_t cut : cuts) {
            const std::string_view piece = std::string_view(bytes).substr(std::min(at, bytes.size()), cut);
            RC_ASSERT(server.codec.feed(piece).has_value());
            at += piece.size();
        }
        RC_ASSERT(server.codec.feed(std::string_view(bytes).substr(at)).has_value());
        RC_ASSERT(server.messages == messages);
    }));
}
