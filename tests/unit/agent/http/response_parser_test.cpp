#include "agent/http/response_parser.h"

#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::agent::http {
namespace {

using Progress = ResponseParser::Progress;

struct Read final : ResponseSink {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::size_t rest = 0;  // bytes that did not belong to the response
    Progress progress = Progress::NeedMore;
    bool keep_alive = false;
    std::string problem;

    void on_head(const ResponseHead& head) override {
        status = head.status;
        for (const HeaderField& field : head.fields) fields.emplace_back(field.name, field.value);
    }
    void on_body(std::string_view bytes) override { body += bytes; }
    bool operator==(const Read& other) const {
        return status == other.status && fields == other.fields && body == other.body && progress == other.progress &&
               keep_alive == other.keep_alive;
    }
};

// Feeds `text` in pieces of the given sizes, the last one repeated; then the end of the stream, if asked.
Read read(const std::string& text, const std::vector<std::size_t>& sizes = {1 << 20}, bool ends = false,
          bool to_head = false) {
    Read result;
    ResponseParser parser;
    ResponseHead scratch;
    parser.begin(to_head);
    std::size_t at = 0, piece = 0;
    while (at < text.size() && result.progress == Progress::NeedMore) {
        const std::size_t size = std::min(sizes[std::min(piece++, sizes.size() - 1)], text.size() - at);
        const std::string copy = text.substr(at, size);  // its own memory: views into it must not be kept
        std::string_view bytes = copy;
        result.progress = parser.feed(bytes, scratch, result);
        at += size;
        result.rest = bytes.size();
    }
    if (ends && result.progress == Progress::NeedMore) result.progress = parser.end_of_stream();
    result.rest += text.size() - at;
    result.keep_alive = parser.keep_alive();
    result.problem = parser.problem();
    return result;
}

TEST_CASE("a response with a length is read and leaves the connection open", "[http]") {
    const Read result = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b c \t\r\n\r\nhello");
    CHECK(result.progress == Progress::Complete);
    CHECK(result.status == 200);
    CHECK(result.body == "hello");
    CHECK(result.keep_alive);
    REQUIRE(result.fields.size() == 2);
    CHECK(result.fields[1] == std::pair<std::string, std::string>("X-A", "b c"));
}

TEST_CASE("a response means the same however it is cut into pieces", "[http]") {
    const std::vector<std::string> responses{
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n00a\r\n0123456789\r\n0\r\nTrailer: "
        "x\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not "
        "Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\n\nuntil the end",
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    };
    CHECK(rc::check([&responses] {
        const std::string& response = responses[*rc::gen::inRange<std::size_t>(0, responses.size())];
        const auto sizes =
            *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 20)));
        const Read whole = read(response, {1 << 20}, true), pieces = read(response, sizes, true);
        RC_ASSERT(whole.progress == Progress::Complete);
        RC_ASSERT(whole == pieces);
    }));
}

TEST_CASE("bytes behind a response are left for whoever asks", "[http]") {
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1").rest == 8);
    CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nextra").rest == 5);
}

TEST_CASE("some responses have no body whatever their head says", "[http]") {
    CHECK(read("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").progress == Progress::Complete);
    CHECK(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").progress == Progress::Complete);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {100}, false, true).progress == Progress::Complete);
}

TEST_CASE("without a length the body ends with the connection", "[http]") {
    const Read open = read("HTTP/1.1 200 OK\r\n\r\nabc");
    CHECK(open.progress == Progress::NeedMore);
    const Read ended = read("HTTP/1.1 200 OK\r\n\r\nabc", {1}, true);
    CHECK(ended.progress == Progress::Complete);
    CHECK(ended.body == "abc");
    CHECK_FALSE(ended.keep_alive);
    CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc", {1}, true).progress == Progress::Complete);
}

TEST_CASE("a response that is cut short is broken", "[http]") {
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", {100}, true).progress == Progress::Broken);
    CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", {100}, true).progress ==
          Progress::Broken);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Le", {100}, true).progress == Progress::Broken);
}

TEST_CASE("keep-alive follows version and Connection header", "[http]") {
    const auto keeps = [](const std::string& version, const std::string& connection) {
        return read("HTTP/" + version + " 200 OK\r\n" + connection + "Content-Length: 0\r\n\r\n").keep_alive;
    };
    CHECK(keeps("1.1", ""));
    CHECK_FALSE(keeps("1.1", "Connection: close\r\n"));
    CHECK_FALSE(keeps("1.1", "Connection: foo, CLOSE\r\n"));
    CHECK_FALSE(keeps("1.0", ""));
    CHECK(keeps("1.0", "connection: Keep-Alive\r\n"));
}

TEST_CASE("framing that two readers could read in two ways never keeps the connection", "[http]") {
    const Read both = read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK(both.progress == Progress::Complete);
    CHECK_FALSE(both.keep_alive);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok").progress == Progress::Complete);
    CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!").progress == Progress::Broken);
}

TEST_CASE("what is not HTTP is refused", "[http]") {
    const std::string nul("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 28);
    for (const std::string& text :
         {std::string("SSH-2.0-OpenSSH\r\n\r\n"),
          std::string("HTTP/2 200\r\n\r\n"),
          std::string("HTTP/1.1 20 OK\r\n\r\n"),
          std::string("HTTP/1.1 2000 OK\r\n\r\n"),
          std::string("HTTP/1.1 099 No\r\n\r\n"),
          std::string("\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\n: x\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"),
          std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"),
          nul,
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n")}) {
        INFO(text);
        const Read result = read(text);
        CHECK(result.progress == Progress::Broken);
        CHECK_FALSE(result.problem.empty());
        CHECK(read(text, {1}).progress == Progress::Broken);
    }
}

TEST_CASE("heads, chunk lines and informational responses are bounded", "[http]") {
    const std::string head = "HTTP/1.1 200 OK\r\nA: ";
    CHECK(read(head + std::string(70'000, 'x')).progress == Progress::Broken);
    CHECK(read(head + std::string(70'000, 'x') + "\r\n\r\n").progress == Progress::Broken);
    CHECK(read(head + std::string(70'000, 'x'), {100}).progress == Progress::Broken);
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i) many += "A: b\r\n";
    CHECK(read(many + "\r\n").progress == Progress::Broken);
    std::string informational;
    for (int i = 0; i < 20; ++i) informational += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(read(informational).progress == Progress::Broken);
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(read(chunked + "1;" + std::string(10'000, 'x')).progress == Progress::Broken);
    CHECK(read(chunked + "0\r\n" + std::string(70'000, 'x')).progress == Progress::Broken);
}

}  // namespace
}  // namespace culvert::agent::http
