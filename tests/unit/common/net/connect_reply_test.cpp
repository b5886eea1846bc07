#include "common/net/connect_reply.h"

#include <catch2/catch.hpp>

using culvert::net::ConnectReply;

namespace {

// Hears all lines; how many of them it wanted.
int hear(ConnectReply& reply, std::initializer_list<const char*> lines) {
    int heard = 0;
    for (const char* line : lines) {
        ++heard;
        if (!reply.hear(line)) break;
    }
    return heard;
}

}  // namespace

TEST_CASE("an answer to CONNECT is taken apart, and a later one replaces it", "[net]") {
    ConnectReply reply;
    hear(reply,
         {"HTTP/1.1 407 Proxy Authentication Required\r\n", "X-Squid-Error: ERR_CACHE_ACCESS_DENIED 0\r\n", "\r\n"});
    CHECK(reply.status == 407);
    CHECK(reply.status_line == "407 Proxy Authentication Required");
    CHECK(reply.detail == "ERR_CACHE_ACCESS_DENIED 0");
    CHECK(reply.refusals == 1);
    CHECK_FALSE(reply.tunnel_open);
    hear(reply, {"HTTP/1.0 200 OK", ""});
    CHECK(reply.status == 200);
    CHECK(reply.detail.empty());
    CHECK(reply.tunnel_open);
}

TEST_CASE("what is no answer has no status and is shown bounded", "[net]") {
    for (const char* line : {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 2x0 OK", "HTTP/1.1 abc"}) {
        ConnectReply reply;
        hear(reply, {line, ""});
        INFO(line);
        CHECK(reply.status == 0);
        CHECK_FALSE(reply.tunnel_open);
    }
    ConnectReply reply;
    reply.hear("HTTP/1.1 500 " + std::string(10000, '\x01'));
    CHECK(reply.status_line.size() < 200);
}

TEST_CASE("a stale nonce is told from a rejected password, in each answer anew", "[net]") {
    ConnectReply reply;
    hear(reply, {"HTTP/1.1 407 x", "Proxy-Authenticate: Digest realm=\"a\", nonce=\"n\", stale=TRUE", ""});
    CHECK(reply.stale_nonce);
    hear(reply, {"HTTP/1.1 407 x", "Proxy-Authenticate: Digest realm=\"a\", nonce=\"n\", stale=false", ""});
    CHECK_FALSE(reply.stale_nonce);
}

TEST_CASE("an NTLM challenge on a connection that ends breaks the attempt off", "[net]") {
    struct Row {
        const char *version, *authenticate, *connection;
        bool cut;
    };
    for (const Row& row :
         {Row{"HTTP/1.1", "NTLM TlRM", "Connection: close", true},
          Row{"HTTP/1.1", "NTLM TlRM", "Proxy-Connection: Close", true}, Row{"HTTP/1.0", "NTLM TlRM", "X: y", true},
          Row{"HTTP/1.0", "NTLM TlRM", "Proxy-Connection: keep-alive", false},
          Row{"HTTP/1.1", "NTLM TlRM", "X: y", false}, Row{"HTTP/1.1", "NTLM", "Connection: close", false},
          Row{"HTTP/1.1", "Basic realm=\"NTLM \"", "Connection: close", false}}) {
        INFO(row.version << " " << row.authenticate << " " << row.connection);
        ConnectReply reply;
        reply.hear(std::string(row.version) + " 407 x");
        reply.hear(std::string("Proxy-Authenticate: ") + row.authenticate);
        reply.hear(row.connection);
        CHECK(reply.hear("") != row.cut);
        CHECK(reply.cut_handshake == row.cut);
    }
}

TEST_CASE("the third 407 of an attempt is the last", "[net]") {
    ConnectReply reply;
    for (int i = 1; i <= ConnectReply::kMostRefusals; ++i) {
        reply.hear("HTTP/1.1 407 again");
        CHECK(reply.hear("\r\n") == (i < ConnectReply::kMostRefusals));
    }
}
