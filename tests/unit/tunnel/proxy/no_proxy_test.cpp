#include "tunnel/proxy/no_proxy.h"

#include <catch2/catch.hpp>

#include "tests/support/files.h"

using namespace culvert;
using tunnel::proxy::NoProxy;

namespace {

struct Row {
    const char* entry;
    const char* host;
    std::uint16_t port;
    bool past_the_proxy;
};

constexpr Row kRows[] = {
    // names: themselves and what is below them
    {"corp.test", "corp.test", 443, true},
    {"corp.test", "a.corp.test", 443, true},
    {"corp.test", "b.a.corp.test", 443, true},
    {"corp.test", "xcorp.test", 443, false},
    {"corp.test", "corp.test.example", 443, false},
    {"corp.test", "test", 443, false},
    {"localhost", "localhost", 8443, true},
    {"localhost", "localhost.localdomain", 443, false},
    {"localhost", "127.0.0.1", 443, false},
    // leading dot and star: only what is below
    {".corp", "relay.corp", 443, true},
    {".corp", "corp", 443, false},
    {".corp", "xcorp", 443, false},
    {"*.corp", "relay.corp", 443, true},
    {"*.corp", "a.relay.corp", 443, true},
    {"*.corp", "corp", 443, false},
    // everything
    {"*", "anything.example", 443, true},
    {"*", "10.1.2.3", 80, true},
    {"*", "::1", 80, true},
    {"*:8443", "anything.example", 443, false},
    {"*:8443", "anything.example", 8443, true},
    // case and trailing dots
    {"Corp.Test", "A.CORP.test", 443, true},
    {"corp.test.", "corp.test", 443, true},
    {"corp.test", "corp.test.", 443, true},
    {".corp.", "relay.corp.", 443, true},
    // ports
    {"corp.test:443", "corp.test", 443, true},
    {"corp.test:443", "corp.test", 8443, false},
    {".corp:8443", "relay.corp", 8443, true},
    {".corp:8443", "relay.corp", 443, false},
    // IPv4
    {"10.1.2.3", "10.1.2.3", 443, true},
    {"10.1.2.3", "10.1.2.30", 443, false},
    {"10.1.2.3", "110.1.2.3", 443, false},
    {"10.1.2.3", "a.10.1.2.3", 443, false},
    {"10.1.2.3:8080", "10.1.2.3", 8080, true},
    {"10.1.2.3:8080", "10.1.2.3", 80, false},
    {"10.1.2.3", "::ffff:10.1.2.3", 443, true},
    // networks
    {"10.0.0.0/8", "10.255.0.1", 443, true},
    {"10.0.0.0/8", "11.0.0.1", 443, false},
    {"10.0.0.0/8", "ten.example", 443, false},
    {"192.168.4.0/22", "192.168.7.255", 443, true},
    {"192.168.4.0/22", "192.168.8.0", 443, false},
    {"0.0.0.0/0", "8.8.8.8", 443, true},
    {"0.0.0.0/0", "2001:db8::1", 443, false},
    {"172.16.0.0/12:8443", "172.31.0.1", 8443, true},
    {"172.16.0.0/12:8443", "172.31.0.1", 443, false},
    // IPv6
    {"::1", "::1", 443, true},
    {"::1", "0:0:0:0:0:0:0:1", 443, true},
    {"[::1]", "::1", 443, true},
    {"[::1]:8443", "::1", 8443, true},
    {"[::1]:8443", "::1", 443, false},
    {"[2001:db8::1]", "[2001:db8::1]", 443, true},
    {"2001:DB8::1", "2001:db8:0::1", 443, true},
    {"fd00::/8", "fd12:3456::1", 443, true},
    {"fd00::/8", "fe80::1", 443, false},
    {"2001:db8::/33", "2001:db8:8000::1", 443, false},
    {"2001:db8::/33", "2001:db8:7fff::1", 443, true},
    {"[fd00::]/8", "fd12::1", 443, true},
    // blanks around an entry; letters beyond ASCII are left alone
    {" corp.test ", "corp.test", 443, true},
    {"b\u00fccher.test", "www.b\u00fccher.test", 443, true},
    {"b\u00fccher.test", "xn--bcher-kva.test", 443, false},
    {"xn--bcher-kva.test", "www.xn--bcher-kva.test", 443, true},
};

}  // namespace

TEST_CASE("the no_proxy dialect is this table", "[proxy]") {
    for (const Row& row : kRows) {
        INFO("entry " << row.entry << ", host " << row.host << ", port " << row.port);
        const auto list = NoProxy::parse({row.entry});
        REQUIRE(list);
        CHECK(list->match(row.host, row.port).has_value() == row.past_the_proxy);
    }
}

TEST_CASE("docs/proxies.md prints this table, row by row", "[proxy]") {
    const std::string document = test::read_file(CULVERT_SOURCE_DIR "/docs/proxies.md");
    std::string table;
    for (const Row& row : kRows) {
        table += std::string("| `") + row.entry + "` | `" + row.host + "` | " + std::to_string(row.port) + " | " +
                 (row.past_the_proxy ? "past the proxy" : "through it") + " |\n";
    }
    CHECK(std::size(kRows) >= 40);
    INFO("the table is:\n" << table);
    CHECK(document.find(table) != std::string::npos);
}

TEST_CASE("an entry that means nothing is refused with what to write instead", "[proxy]") {
    for (const char* entry :
         {"", "10.*", "corp.*", "a b", "corp.test:port", "corp.test:0", "corp.test:65536", "10.0.0.0/33", "fd00::/129",
          "10.0.0.0/", "corp/8", "http://corp.test", "..corp", "a..b", "["}) {
        INFO("entry '" << entry << "'");
        const auto list = NoProxy::parse({"localhost", entry});
        REQUIRE_FALSE(list);
        CHECK(list.error().code == Code::InvalidInput);
        CHECK(list.error().message.find("no_proxy: \"") == 0);
        CHECK(list.error().message.find("write") != std::string::npos);
    }
}

TEST_CASE("the variable is split at commas and blanks and keeps what it understands", "[proxy]") {
    const NoProxy list = NoProxy::parse_variable(" localhost,.corp  10.0.0.0/8,,10.*\texample.com, ");
    CHECK(list.match("localhost", 443) == "localhost");
    CHECK(list.match("relay.corp", 443) == ".corp");
    CHECK(list.match("10.9.8.7", 443) == "10.0.0.0/8");
    CHECK(list.match("www.example.com", 443) == "example.com");
    CHECK_FALSE(list.match("relay.example.org", 443));
}

TEST_CASE("the first entry that matches is named as it was written", "[proxy]") {
    const auto list = NoProxy::parse({".Corp", "*"});
    REQUIRE(list);
    CHECK(list->match("relay.corp", 443) == ".Corp");
    CHECK(list->match("elsewhere", 443) == "*");
}

TEST_CASE("an empty list sends nothing past the proxy", "[proxy]") {
    CHECK_FALSE(NoProxy().match("localhost", 443));
}
