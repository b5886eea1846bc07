// tinyproxy, stunnel4, haproxy and microsocks.
#include <netdb.h>

#include <iostream>

#include <catch2/catch.hpp>

#include "tests/integration/proxies/proxy_lab.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using Catch::Contains;

namespace {

std::string tinyproxy_conf(std::uint16_t port, const ProxyLab& lab) {
    return "Port " + std::to_string(port) +
           "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\nBasicAuth " + kUser +
           " secret\nConnectPort " + std::to_string(lab.relay_port()) + "\n";
}

// tinyproxy and microsocks read no hosts file of their own, so their relay has a name that everybody knows.
net::DialRequest to_localhost(net::DialRequest request) {
    request.host = "localhost";
    request.trust = std::make_shared<const crypto::TlsTrust>(crypto::TlsTrust::unverified());
    return request;
}

// microsocks goes to the first address only, and without /etc/hosts that may be ::1, where our relay is not.
bool localhost_leads_to_127_0_0_1() {
    addrinfo* found = nullptr;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    const bool known = getaddrinfo("localhost", nullptr, &hints, &found) == 0;
    const bool right = known && found->ai_family == AF_INET;
    if (known) freeaddrinfo(found);
    if (!right) std::cout << "not shown here: localhost is not 127.0.0.1 first\n";
    return right;
}

}  // namespace

TEST_CASE("tinyproxy, Basic", "[proxies]") {
    if (!can_run({"tinyproxy"})) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start({"tinyproxy", "-d", "-c", lab.write("tiny.conf", tinyproxy_conf(port, lab))}, port);
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    CHECK(lab.way(to_localhost(lab.request(url, kUser, "secret"))) == "Basic");
    CHECK_THAT(lab.way(to_localhost(lab.request(url, kUser, "wrong"))),
               Contains("rejected the password of user alice"));
    CHECK_THAT(lab.way(to_localhost(lab.request(url))), Contains("no user name and password are configured"));
}

TEST_CASE("stunnel4 before tinyproxy makes an https proxy of it", "[proxies]") {
    if (!can_run({"tinyproxy", "stunnel4"})) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    const std::uint16_t secure = unused_port();
    lab.make_certificate("proxy", "localhost");
    lab.start({"tinyproxy", "-d", "-c", lab.write("tiny.conf", tinyproxy_conf(port, lab))}, port);
    lab.start({"stunnel4", lab.write("stunnel.conf",
                                     "foreground = yes\npid =\n[proxy]\naccept = 127.0.0.1:" + std::to_string(secure) +
                                         "\nconnect = 127.0.0.1:" + std::to_string(port) + "\ncert = " +
                                         lab.file("proxy.pem") + "\nkey = " + lab.file("proxy.key") + "\n")},
              secure);
    auto request = lab.request("https://localhost:" + std::to_string(secure), kUser, "secret");
    request.host = "localhost";
    // Trust in the proxy's CA only: TLS to the proxy succeeds, and the relay's name is what is wrong.
    CHECK_THAT(lab.way(request), Contains("another name: it is for relay.test"));
    CHECK(lab.memory().winner(*request.proxy) == net::ProxyAuth::Basic);
}

TEST_CASE("microsocks, user and password: names are resolved behind it", "[proxies]") {
    if (!can_run({"microsocks"}) || !localhost_leads_to_127_0_0_1()) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start({"microsocks", "-i", "127.0.0.1", "-p", std::to_string(port), "-u", kUser, "-P", "secret"}, port);
    const std::string url = "socks5h://127.0.0.1:" + std::to_string(port);
    CHECK(lab.way(to_localhost(lab.request(url, kUser, "secret"))) == "user and password");
    const std::string wrong = lab.way(to_localhost(lab.request(url, kUser, "wrong")));
    CHECK_THAT(wrong, Contains("rejected the password of user alice (SOCKS5)"));
    const std::string again = lab.way(to_localhost(lab.request(url, kUser, "wrong")));
    CHECK_THAT(again, Contains("rejected the password of user alice;"));  // and was not asked
    CHECK_THAT(lab.way(to_localhost(lab.request(url))), Contains("write username and password_file"));
    const auto unknown = net::dial(lab.request(url, kUser, "secret"), lab.memory());  // relay.test
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().stage == net::DialStage::ProxyAnswer);  // and not Resolve: nobody asked here
    CHECK_FALSE(net::proxy_is_dead(unknown.error()));
}

TEST_CASE("a name or password that SOCKS cannot carry is refused before it is sent", "[proxies]") {
    ProxyLab lab;
    CHECK_THAT(lab.way(lab.request("socks5h://127.0.0.1:1", kUser, std::string(256, 'x'))),
               Contains("at most 255 bytes"));
}

TEST_CASE("haproxy before two squids balances what it does not understand", "[proxies]") {
    if (!can_run({"haproxy", "squid", "htpasswd"})) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    const std::uint16_t one = unused_port();
    const std::uint16_t two = unused_port();
    const std::string rules = basic_rules(lab, "secret");
    lab.start_squid("one", one, squid_port(one) + rules);
    lab.start_squid("two", two, squid_port(two) + rules);
    const auto server = [](const std::string& name, std::uint16_t at) {
        return " server " + name + " 127.0.0.1:" + std::to_string(at) + "\n";
    };
    lab.start(
        {"haproxy", "-f",
         lab.write("haproxy.conf",
                   "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server "
                   "60s\nlisten proxies\n bind 127.0.0.1:" +
                       std::to_string(port) + "\n balance roundrobin\n" + server("one", one) + server("two", two))},
        port);
    for (int dial = 0; dial < 4; ++dial)
        CHECK(lab.way(lab.request("http://127.0.0.1:" + std::to_string(port), kUser, "secret")) == "Basic");
}
