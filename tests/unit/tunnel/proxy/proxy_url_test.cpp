#include "tunnel/proxy/proxy_url.h"

#include <catch2/catch.hpp>

using namespace culvert;
using tunnel::proxy::parse_proxy_url;

TEST_CASE("a proxy URL is brought into one form", "[proxy]") {
    struct Row {
        const char *written, *url, *username, *password;
    };
    const Row rows[] = {
        {"http://proxy.corp:3128", "http://proxy.corp:3128", "", ""},
        {"proxy.corp:3128", "http://proxy.corp:3128", "", ""},
        {"HTTP://Proxy.Corp:3128/", "http://proxy.corp:3128", "", ""},
        {"http://proxy.corp", "http://proxy.corp:80", "", ""},
        {"https://proxy.corp", "https://proxy.corp:443", "", ""},
        {" https://proxy.corp:8443 ", "https://proxy.corp:8443", "", ""},
        {"http://[::1]:3128", "http://[::1]:3128", "", ""},
        {"http://[2001:DB8::1]", "http://[2001:db8::1]:80", "", ""},
        {"http://alice@proxy.corp:3128", "http://proxy.corp:3128", "alice", ""},
        {"http://alice:pw@proxy.corp:3128", "http://proxy.corp:3128", "alice", "pw"},
        {"http://alice:p%40w%3A%25@proxy.corp:3128", "http://proxy.corp:3128", "alice", "p@w:%"},
        {"http://CORP%5Calice:p@w@proxy.corp:3128", "http://proxy.corp:3128", "CORP\\alice", "p@w"},
        {"http://alice:a:b@proxy.corp:3128", "http://proxy.corp:3128", "alice", "a:b"},
        {"http://[fd00::1]:3128", "http://[fd00::1]:3128", "", ""},
        {"socks5h://p3", "socks5h://p3:1080", "", ""},
        {"socks5://alice:pw@p3:1081", "socks5h://p3:1081", "alice", "pw"},
        {"socks://p3", "socks5h://p3:1080", "", ""},
    };
    for (const Row& row : rows) {
        INFO(row.written);
        const auto parsed = parse_proxy_url(row.written);
        REQUIRE(parsed);
        CHECK(parsed->url == row.url);
        CHECK(parsed->username == row.username);
        CHECK(parsed->password.reveal() == row.password);
    }
}

TEST_CASE("a broken proxy URL is refused without showing its password", "[proxy]") {
    for (const char* written :
         {"", "http://", "ftp://proxy:21", "socks4://proxy:1080", "http://alice:secret@proxy:port",
          "http://alice:secret@proxy:0", "http://alice:secret@proxy:65536", "http://alice:secret%zz@proxy",
          "http://alice:secret%4@proxy", "http://pro xy:3128", "http://proxy:3128/path", "http://[::1",
          "http://alice:secret@", "http://[x]:80"}) {
        INFO(written);
        const auto parsed = parse_proxy_url(written);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == Code::InvalidInput);
        CHECK(parsed.error().message.find("secret") == std::string::npos);
    }
}
