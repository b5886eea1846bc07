// Basic, Digest, NTLM, https_port, chains, policies and addresses, by a real squid.
#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "tests/integration/proxies/proxy_lab.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;
using Catch::Contains;

namespace {

const std::vector<std::string> kSquid{"squid", "htpasswd"};

std::string http(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

// user:realm:md5(user:realm:password)
std::string digest_line(const ProxyLab& lab, const std::string& password) {
    const std::string text = std::string(kUser) + ":lab:" + password;
    lab.write("digest.in", text);
    const auto exit = demo::run_to_end({{"openssl", "dgst", "-md5", "-r", lab.file("digest.in")},
                                        {},
                                        lab.file("openssl.log"),
                                        lab.file("digest.out"),
                                        {}},
                                       std::chrono::seconds(10));
    REQUIRE(exit);
    return std::string(kUser) + ":lab:" + read_file(lab.file("digest.out")).substr(0, 32) + "\n";
}

}  // namespace

TEST_CASE("squid, Basic: 200 bytes of password arrive as they are, and the name is resolved behind it", "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start_squid("basic", port, squid_port(port) + basic_rules(lab, hard_password()));
    CHECK(lab.way(lab.request(http(port), kUser, hard_password())) == "Basic");
    CHECK(lab.way(lab.request(http(port), kUser, hard_password())) == "Basic");
}

TEST_CASE("squid, wrong password: one rejected attempt, however many dials and processes, until it is mended",
          "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    auto& squid = lab.start_squid("wrong", port, squid_port(port) + basic_rules(lab, "right"));
    for (int process = 0; process < 3; ++process) {
        net::CredentialMemory memory(lab.file("credentials"));
        for (int dial = 0; dial < 3; ++dial) {
            const auto refused = net::dial(lab.request(http(port), kUser, "wrong"), memory);
            REQUIRE_FALSE(refused);
            CHECK_THAT(refused.error().error.message, Contains("rejected the password of user alice"));
        }
        if (process == 2) CHECK(net::dial(lab.request(http(port), kUser, "right"), memory));
    }
    squid.stop();
    const std::string log = lab.log_of_squid("wrong");
    INFO(log);
    // Lines of refused CONNECTs that carried the user's name: the others only asked what is offered.
    std::size_t rejected = 0;
    for (const std::string_view line : split(log, '\n'))
        rejected +=
            line.find("/407") != std::string_view::npos && line.find(" alice ") != std::string_view::npos ? 1 : 0;
    CHECK(rejected == 1);
    CHECK(count(log, "TCP_TUNNEL/200") == 1);
}

TEST_CASE("squid, Digest: works, and again after its nonces have become stale", "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.write("digest", digest_line(lab, "secret"));
    lab.start_squid("digest", port,
                    squid_port(port) + "auth_param digest program /usr/lib/squid/digest_file_auth -c " +
                        lab.file("digest") +
                        "\nauth_param digest children 1\nauth_param digest realm lab\n"
                        "auth_param digest nonce_max_duration 1 seconds\nauth_param digest nonce_max_count 1\n" +
                        kMembers);
    for (int dial = 0; dial < 4; ++dial) CHECK(lab.way(lab.request(http(port), kUser, "secret")) == "Digest");
    CHECK_THAT(lab.way(lab.request(http(port), kUser, "wrong")),
               Contains("rejected the password") && Contains("Digest"));
}

TEST_CASE("squid, NTLM: three messages on one connection", "[proxies]") {
    if (!can_run({"squid", "/usr/lib/squid/ntlm_fake_auth"})) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start_squid("ntlm", port,
                    squid_port(port) +
                        "auth_param ntlm program /usr/lib/squid/ntlm_fake_auth\nauth_param ntlm children 1\n"
                        "auth_param ntlm keep_alive on\n" +
                        kMembers);
    CHECK(lab.way(lab.request(http(port), "CORP\\alice", "any")) == "NTLM");
    CHECK(lab.way(lab.request(http(port), "CORP\\alice", "any")) == "NTLM");
}

TEST_CASE("squid, https: the proxy's certificate and the relay's may come from different issuers, both in extra_ca",
          "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    const net::DialRequest untrusting = lab.request("https://localhost:" + std::to_string(port), kUser, "secret");
    lab.make_certificate("proxy", "localhost");
    lab.start_squid("https", port,
                    "https_port 127.0.0.1:" + std::to_string(port) + " tls-cert=" + lab.file("proxy.pem") +
                        " tls-key=" + lab.file("proxy.key") + "\n" + basic_rules(lab, "secret"));
    CHECK(lab.way(lab.request("https://localhost:" + std::to_string(port), kUser, "secret")) == "Basic");
    CHECK_THAT(lab.way(untrusting), Contains("certificate of proxy https://localhost") && Contains("unknown issuer") &&
                                        Contains("subject CN = localhost, issuer CN = localhost, SHA-256 ") &&
                                        Contains("extra_ca"));
}

TEST_CASE("squid behind squid: a chain is the first proxy's matter", "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t first = unused_port();
    const std::uint16_t second = unused_port();
    lab.start_squid("second", second, squid_port(second) + kAnybody);
    auto& squid = lab.start_squid("first", first,
                                  squid_port(first) + "cache_peer 127.0.0.1 parent " + std::to_string(second) +
                                      " 0 no-query default\nnever_direct allow all\n" + basic_rules(lab, "secret"));
    CHECK(lab.way(lab.request(http(first), kUser, "secret")) == "Basic");
    squid.stop();
    CHECK_THAT(lab.log_of_squid("first"), Contains("PARENT/127.0.0.1"));
}

TEST_CASE("squid that allows CONNECT to 443 only says so in one line with the remedy", "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start_squid("policy", port,
                    squid_port(port) + "acl web port 443\nhttp_access deny CONNECT !web\nhttp_access allow all\n");
    CHECK_THAT(lab.way(lab.request(http(port))),
               Contains("answered 403") && Contains("its policy does not let us go there") && Contains("use port 443"));
}

TEST_CASE("squid that listens on IPv6 only", "[proxies]") {
    if (!can_run(kSquid)) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.start_squid("six", port, "http_port [::1]:" + std::to_string(port) + "\n" + basic_rules(lab, "secret"));
    CHECK(lab.way(lab.request("http://[::1]:" + std::to_string(port), kUser, "secret")) == "Basic");
}

TEST_CASE("squid whose TLS inspection nobody told us of is named with issuer, subject and fingerprint", "[proxies]") {
    if (!can_run({"squid", "/usr/lib/squid/security_file_certgen", "openssl"})) return;
    ProxyLab lab;
    const std::uint16_t port = unused_port();
    lab.run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/O=Corp Inspection/CN=Corp Inspection CA", "-keyout", lab.file("bump.key"), "-out",
             lab.file("bump.pem")});
    lab.run({"chmod", "0644", lab.file("bump.key"), lab.file("bump.pem")});
    lab.run({"/usr/lib/squid/security_file_certgen", "-c", "-s", lab.file("certs"), "-M", "4MB"});
    lab.run({"chmod", "-R", "0777", lab.file("certs")});
    lab.start_squid("bump", port,
                    "http_port 127.0.0.1:" + std::to_string(port) + " ssl-bump tls-cert=" + lab.file("bump.pem") +
                        " tls-key=" + lab.file("bump.key") +
                        " generate-host-certificates=on\nsslcrtd_program /usr/lib/squid/security_file_certgen -s " +
                        lab.file("certs") + " -M 4MB\nsslcrtd_children 1\ntls_outgoing_options cafile=" +
                        lab.file("relay-ca.pem") + "\nssl_bump bump all\n" + kAnybody);
    CHECK_THAT(lab.way(lab.request(http(port))), Contains("certificate of relay.test") && Contains("unknown issuer") &&
                                                     Contains("issuer O = Corp Inspection, CN = Corp Inspection CA") &&
                                                     Contains("SHA-256 ") && Contains("the proxy inspects TLS") &&
                                                     Contains("extra_ca"));
    net::DialRequest trusting = lab.request(http(port));
    auto trust = crypto::TlsTrust::load({lab.file("bump.pem")});
    REQUIRE(trust);
    trusting.trust = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
    const auto stream = net::dial(trusting, lab.memory());
    INFO((stream ? std::string() : stream.error().error.message));
    REQUIRE(stream);
    CHECK_THAT((*stream)->route().tls_issuer, Contains("Corp Inspection CA"));
}
