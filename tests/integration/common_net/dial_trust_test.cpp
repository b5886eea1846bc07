// Whose certificate a dial believes: issuers, names, clocks and pins.
#include <chrono>

#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "tests/integration/common_net/dial_scene.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using net::DialStage;

TEST_CASE("a certificate of an unknown issuer is refused with all that is needed to trust it", "[net]") {
    DialScene scene;
    auto request = scene.request();
    request.trust = trust_in({});
    const net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Tls);
    CHECK(error.error.code == Code::InvalidInput);
    CHECK(contains(error.error.message, "unknown issuer"));
    CHECK(contains(error.error.message, "issuer CN = localhost"));
    CHECK(contains(error.error.message, "SHA-256 "));
    CHECK(contains(error.error.message, "extra_ca"));
}

TEST_CASE("without a trust of its own a dial believes the system's store alone", "[net]") {
    DialScene scene;
    auto request = scene.request();
    request.trust = nullptr;
    CHECK(failure(net::dial(request, scene.memory)).stage == DialStage::Tls);
}

TEST_CASE("a certificate for another name is refused with the names it is for", "[net]") {
    DialScene scene;
    const auto certificate = certificate_for("other.test");
    test::write_file(scene.folder.file("other.pem"), certificate.certificate_pem);
    TestOrigin origin(certificate, TestOrigin::echo());
    auto request = scene.request();
    request.port = origin.port();
    request.trust = trust_in({scene.folder.file("other.pem")});
    const net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Tls);
    CHECK(contains(error.error.message, "another name: it is for other.test"));
}

TEST_CASE("an expired certificate and one from the future both point at the clock", "[net]") {
    DialScene scene;
    struct Row {
        std::chrono::hours from_now;
        const char* words;
    };
    for (const Row& row : {Row{-20 * 365 * 24h, "expired"}, Row{30 * 24h, "not valid before"}}) {
        INFO(row.words);
        const test::FakeClock then(SystemClock().wall_now() + row.from_now);
        const auto certificate = certificate_for("localhost", then);
        test::write_file(scene.folder.file("then.pem"), certificate.certificate_pem);
        TestOrigin origin(certificate, TestOrigin::echo());
        auto request = scene.request();
        request.port = origin.port();
        request.trust = trust_in({scene.folder.file("then.pem")});
        const net::DialError error = failure(net::dial(request, scene.memory));
        CHECK(error.stage == DialStage::Tls);
        CHECK(contains(error.error.message, row.words));
        CHECK(contains(error.error.message, "clock"));
    }
}

TEST_CASE("a pinned certificate is believed whatever its name and issuer, and no other is", "[net]") {
    DialScene scene;
    const auto certificate = certificate_for("some.lab.test");
    TestOrigin origin(certificate, TestOrigin::echo());
    TestProxy proxy;
    std::string pin = to_hex(std::span(reinterpret_cast<const unsigned char*>(certificate.public_key_sha256.data()),
                                       certificate.public_key_sha256.size()));
    auto request = scene.request();
    request.port = origin.port();
    request.trust = trust_in({}, {std::string(64, '0'), pin});
    CHECK(net::dial(request, scene.memory));
    request.proxy = net::ProxyHop{proxy.url(), "", Secret(), {}, "test"};
    CHECK(net::dial(request, scene.memory));

    request.port = scene.origin.port();
    const net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Tls);
    CHECK(contains(error.error.message, "another certificate than the pinned one"));
    // What a pin would have to be is said, not only what the certificate is.
    const crypto::WebCertificate other = certificate_for("another.lab.test");
    TestOrigin renewed(other, TestOrigin::echo());
    request.port = renewed.port();
    const std::string needed = to_hex(std::span(reinterpret_cast<const unsigned char*>(other.public_key_sha256.data()),
                                                other.public_key_sha256.size()));
    CHECK(contains(failure(net::dial(request, scene.memory)).error.message, "pin_sha256 needs " + needed));
}

TEST_CASE("verification is off only where it was turned off", "[net]") {
    DialScene scene;
    auto request = scene.request();
    request.trust = std::make_shared<const crypto::TlsTrust>(crypto::TlsTrust::unverified());
    auto stream = net::dial(request, scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
}

TEST_CASE("extra CA files and pins that cannot be used are refused by name", "[net]") {
    test::TemporaryFolder folder;
    test::write_file(folder.file("empty.pem"), "nothing here\n");
    test::write_file(folder.file("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (const char* name : {"missing.pem", "empty.pem", "broken.pem"}) {
        INFO(name);
        const auto trust = crypto::TlsTrust::load({folder.file(name)});
        REQUIRE_FALSE(trust);
        CHECK(contains(trust.error().message, folder.file(name)));
    }
    CHECK_FALSE(crypto::TlsTrust::load({}, {"abc"}));
    CHECK_FALSE(crypto::TlsTrust::load({}, {std::string(63, '0') + "g"}));
}
