#include "tunnel/link/upgrade.h"

#include <catch2/catch.hpp>

#include "common/crypto/websocket_accept.h"

using namespace culvert;
using namespace tunnel::link;
using Progress = UpgradeResponse::Progress;

namespace {

const std::string kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string good_head() {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, "
           "Upgrade\r\nSec-WebSocket-Accept: " +
           kAccept + "\r\nSec-WebSocket-Protocol: culvert.1\r\n\r\n";
}

std::string without(std::string head, const std::string& line) {
    const std::size_t at = head.find(line);
    REQUIRE(at != std::string::npos);
    return head.erase(at, head.find("\r\n", at) + 2 - at);
}

Error refused(const std::string& answer) {
    UpgradeResponse response(kAccept);
    const auto progress = response.feed(answer);
    if (!progress) return progress.error();
    CHECK(*progress == Progress::NeedMore);
    return response.ended();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the accept of RFC 6455's example is computed", "[link]") {
    CHECK(crypto::websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == kAccept);
    CHECK(crypto::make_websocket_key().size() == 24);
    CHECK(crypto::make_websocket_key() != crypto::make_websocket_key());
}

TEST_CASE("the request asks for our protocol at the relay's path and name", "[link]") {
    const auto url = parse_relay_url("wss://Relay.Example.com:8443/mesh");
    REQUIRE(url);
    const std::string request = upgrade_request(*url, "KEY");
    CHECK(request.starts_with("GET /mesh HTTP/1.1\r\nHost: relay.example.com:8443\r\n"));
    CHECK(contains(request, "\r\nSec-WebSocket-Key: KEY\r\n"));
    CHECK(contains(request, "\r\nSec-WebSocket-Protocol: culvert.1\r\n"));
    CHECK(request.ends_with("\r\n\r\n"));
}

TEST_CASE("a right answer is accepted however it is cut into pieces, and what follows belongs to the WebSocket",
          "[link]") {
    const std::string answer = good_head() + "frames";
    for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
        UpgradeResponse response(kAccept);
        auto progress = response.feed(answer.substr(0, cut));
        REQUIRE(progress);
        std::string rest = response.rest();
        if (*progress == Progress::NeedMore) {
            progress = response.feed(answer.substr(cut));
            REQUIRE(progress);
            rest = response.rest();
        } else {
            rest += answer.substr(cut);
        }
        CHECK(*progress == Progress::Upgraded);
        CHECK(rest == "frames");
        CHECK(response.status() == 101);
    }
}

TEST_CASE("an interim answer is skipped", "[link]") {
    UpgradeResponse response(kAccept);
    const auto progress = response.feed("HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + good_head());
    REQUIRE(progress);
    CHECK(*progress == Progress::Upgraded);
}

TEST_CASE("interim answers without end are refused", "[link]") {
    std::string many;
    for (int i = 0; i < 9; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(contains(refused(many).message, "interim answers without end"));
}

TEST_CASE("a 101 that is not ours is refused", "[link]") {
    CHECK(contains(refused(without(good_head(), "Upgrade: WebSocket")).message, "Upgrade: websocket"));
    CHECK(contains(refused(without(good_head(), "Connection: ")).message, "Upgrade: websocket"));
    CHECK(contains(refused(without(good_head(), "Sec-WebSocket-Accept")).message, "does not belong to our request"));
    CHECK(contains(refused(without(good_head(), "Sec-WebSocket-Protocol")).message, "not culvert.1"));
    std::string other = good_head();
    other.replace(other.find("culvert.1"), 9, "culvert.9");
    CHECK(contains(refused(other).message, "it says 'culvert.9'"));
    CHECK(refused(other).code == Code::InvalidInput);
    std::string wrong = good_head();
    wrong.replace(wrong.find("s3pP"), 4, "S3PP");
    CHECK(contains(refused(wrong).message, "does not belong to our request"));
    std::string extended = good_head();
    extended.insert(extended.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    CHECK(contains(refused(extended).message, "extension"));
}

TEST_CASE("a refusal names the status and quotes the page", "[link]") {
    const Error page = refused(
        "HTTP/1.1 403 Forbidden\r\nServer: SuperGuard\r\nContent-Type: text/html\r\n\r\n<html><head><title>Category "
        "blocked:\n uncategorised</title></head><body>x</body></html>");
    CHECK(page.code == Code::Unauthorized);
    CHECK(contains(page.message, "403 Forbidden instead of 101"));
    CHECK(contains(page.message, "the page says \"Category blocked:"));
    CHECK(contains(page.message, "(server: SuperGuard)"));
    CHECK_FALSE(contains(page.message, "\n"));
    CHECK(contains(refused("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnope!").message,
                   "is the path of the relay's URL right"));
    CHECK(contains(refused("HTTP/1.1 302 Found\r\nLocation: https://login.corp/\r\nContent-Length: 0\r\n\r\n").message,
                   "sent on to https://login.corp/"));
    CHECK(refused("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").code == Code::Overloaded);
    CHECK(
        contains(refused("HTTP/1.1 200 OK\r\n\r\n<p>Hello</p> <b>world</b>").message, "the page says \"Hello world\""));
    CHECK(contains(refused("HTTP/1.0 502\r\nContent-Length: 0\r\n\r\n").message, "502 instead of 101"));
}

TEST_CASE("a page without an end is not waited for beyond its limit", "[link]") {
    UpgradeResponse response(kAccept);
    CHECK(response.feed("HTTP/1.1 200 OK\r\n\r\n"));
    bool ended = false;
    for (int i = 0; i < 10 && !ended; ++i) ended = !response.feed(std::string(1000, 'x')).has_value();
    CHECK(ended);
}

TEST_CASE("what is not HTTP is said at once", "[link]") {
    UpgradeResponse response(kAccept);
    const auto progress = response.feed("SSH-2.0-OpenSSH");
    REQUIRE_FALSE(progress);
    CHECK(contains(progress.error().message, "'SSH-2.0-OpenSSH' is not HTTP"));
}

TEST_CASE("broken heads are refused", "[link]") {
    for (const char* head :
         {"HTTP/2 101\r\n\r\n", "HTTP/1.1 1x1 y\r\n\r\n", "HTTP/1.1 099 y\r\n\r\n", "HTTP/1.1 1010\r\n\r\n",
          "HTTP/1.1 101 y\r\nno colon\r\n\r\n", "HTTP/1.1 101 y\r\nbad name: x\r\n\r\n",
          "HTTP/1.1 101 y\r\n folded: x\r\n\r\n", "HTTP/1.1 101 y\r\n: x\r\n\r\n"}) {
        INFO(head);
        CHECK_FALSE(UpgradeResponse(kAccept).feed(head));
    }
}

TEST_CASE("heads without end and with too many lines are refused", "[link]") {
    UpgradeResponse endless(kAccept);
    CHECK(endless.feed("HTTP/1.1 101 y\r\nX: "));
    CHECK_FALSE(endless.feed(std::string(kLargestResponseHead, 'x')));
    std::string many = "HTTP/1.1 101 y\r\n";
    for (std::size_t i = 0; i <= kMostHeaders; ++i) many += "a: b\r\n";
    CHECK_FALSE(UpgradeResponse(kAccept).feed(many + "\r\n"));
}

TEST_CASE("an answer that never came or broke off is told apart", "[link]") {
    CHECK(contains(UpgradeResponse(kAccept).ended().message, "no answer"));
    UpgradeResponse half(kAccept);
    CHECK(half.feed("HTTP/1.1 101 Swi"));
    CHECK(contains(half.ended().message, "ended early, after 'HTTP/1.1 101 Swi'"));
}
