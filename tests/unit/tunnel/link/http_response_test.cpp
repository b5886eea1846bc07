#include "tunnel/link/http_response.h"

#include <catch2/catch.hpp>

using namespace culvert;
using tunnel::link::HttpResponse;
using Progress = HttpResponse::Progress;
using Catch::Matchers::Contains;

namespace {

constexpr std::size_t kMost = 1000;

// Fed byte by byte, as the worst of boxes would.
Result<Progress> drip(HttpResponse& response, std::string_view bytes) {
    Result<Progress> last = Progress::NeedMore;
    for (const char byte : bytes) {
        last = response.feed({&byte, 1});
        if (!last || *last == Progress::Whole) return last;
    }
    return last;
}

}  // namespace

TEST_CASE("a response with a length is whole when its last byte is there, and the connection stays usable", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(drip(response, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell") == Progress::NeedMore);
    REQUIRE(response.feed("o") == Progress::Whole);
    CHECK(response.status() == 200);
    CHECK(response.body() == "hello");
    CHECK(response.keeps_alive());
}

TEST_CASE("a response that a proxy made chunked is read all the same", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(drip(response,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n"
                 "Trailer: yes\r\n\r\n") == Progress::Whole);
    CHECK(response.body() == "abc0123456789");
    CHECK(response.keeps_alive());
}

TEST_CASE("a response without a length ends with the connection", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(response.feed("HTTP/1.0 200 OK\r\n\r\nall of it") == Progress::NeedMore);
    REQUIRE(response.ended() == Progress::Whole);
    CHECK(response.body() == "all of it");
    CHECK_FALSE(response.keeps_alive());
}

TEST_CASE("a response that breaks off is an error", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(response.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe") == Progress::NeedMore);
    CHECK_FALSE(response.ended());
    HttpResponse none(kMost);
    CHECK_THAT(none.ended().error().message, Contains("without an answer"));
}

TEST_CASE("bytes behind a response end the use of its connection", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(response.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 ") == Progress::Whole);
    CHECK(response.body() == "x");
    CHECK_FALSE(response.keeps_alive());
}

TEST_CASE("interim answers are passed over, and 204 has no body", "[link]") {
    HttpResponse response(kMost);
    REQUIRE(response.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") ==
            Progress::Whole);
    CHECK(response.status() == 204);
    CHECK_FALSE(response.keeps_alive());
}

TEST_CASE("a hostile response is refused and never held in memory", "[link]") {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const auto refused = [&](const std::string& bytes) { return !HttpResponse(kMost).feed(bytes).has_value(); };
    CHECK(refused(ok + "Content-Length: 1001\r\n\r\n"));
    CHECK(refused(ok + "Content-Length: 99999999999999999999999\r\n\r\n"));
    CHECK(refused(ok + "Content-Length: -1\r\n\r\n"));
    CHECK(refused(ok + "Content-Length: 5 5\r\n\r\n"));
    CHECK(refused(ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"));
    CHECK(refused(ok + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"));
    CHECK(refused(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"));
    CHECK(refused(ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"));
    CHECK(refused(ok + "Transfer-Encoding: chunked\r\n\r\n" + std::string(2000, '1')));
    CHECK(refused(ok + "\r\n" + std::string(1001, 'x')));
    CHECK(refused("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    CHECK(refused("SSH-2.0-OpenSSH"));
    CHECK(refused(ok + std::string(20000, 'a')));
}
