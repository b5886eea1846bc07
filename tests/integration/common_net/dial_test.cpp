#include "common/net/dial.h"

#include <array>
#include <chrono>
#include <future>

#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "common/net/async_dial.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"

using namespace culvert;
using namespace std::chrono_literals;
using net::DialStage;
using test::TestOrigin;
using test::TestProxy;

namespace {

crypto::WebCertificate certificate_for(const std::string& host, const Clock& clock = SystemClock()) {
    auto made = crypto::make_web_certificate(host, clock);
    REQUIRE(made);
    return *made;
}

std::shared_ptr<const crypto::TlsTrust> trust_in(const std::vector<std::string>& files,
                                                 const std::vector<std::string>& pins = {}) {
    auto trust = crypto::TlsTrust::load(files, pins);
    REQUIRE(trust);
    return std::make_shared<const crypto::TlsTrust>(*trust);
}

// A TLS origin on localhost whose certificate a private CA file vouches for.
struct Scene {
    test::TemporaryFolder folder;
    crypto::WebCertificate certificate = certificate_for("localhost");
    TestOrigin origin{certificate, TestOrigin::echo()};
    net::CredentialMemory memory;

    Scene() { test::write_file(folder.file("ca.pem"), certificate.certificate_pem); }
    std::shared_ptr<const crypto::TlsTrust> trust() { return trust_in({folder.file("ca.pem")}); }
    net::DialRequest request() {
        net::DialRequest made;
        made.host = "localhost";
        made.port = origin.port();
        made.trust = trust();
        made.connect_timeout = 3s;
        return made;
    }
    net::DialRequest through(const TestProxy& proxy, const std::string& user = "", const std::string& password = "") {
        net::DialRequest made = request();
        made.proxy = net::ProxyHop{
            proxy.url(),
            user,
            Secret(password),
            {net::ProxyAuth::Negotiate, net::ProxyAuth::Ntlm, net::ProxyAuth::Digest, net::ProxyAuth::Basic},
            "test"};
        return made;
    }
};

// Sends and waits for the echo, draining as a loop would.
std::string echoed(net::Stream& stream, const std::string& text) {
    std::string got;
    std::size_t sent = 0;
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (got.size() < text.size() && std::chrono::steady_clock::now() < deadline) {
        const auto wrote = stream.send(std::as_bytes(std::span(text)).subspan(sent));
        REQUIRE(wrote);
        sent += *wrote;
        std::array<std::byte, 4096> buffer;
        const auto read = stream.receive(buffer);
        REQUIRE(read);
        got.append(reinterpret_cast<const char*>(buffer.data()), *read);
        if (*read == 0) test::wait_readable(stream.fd(), 20);
    }
    return got;
}

net::DialError failure(net::DialResult result) {
    REQUIRE_FALSE(result);
    return result.error();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a direct dial carries bytes both ways and says how it came there", "[net]") {
    Scene scene;
    auto request = scene.request();
    request.chosen_by = "no proxy is configured";
    auto stream = net::dial(request, scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    const net::Route& route = (*stream)->route();
    CHECK(route.proxy.empty());
    CHECK(route.proxy_chosen_by == "no proxy is configured");
    CHECK(contains(route.tls_issuer, "localhost"));
    CHECK(contains(route.remote_address, ":" + std::to_string(scene.origin.port())));
    CHECK(route.total_time > Duration::zero());
}

TEST_CASE("half a megabyte passes a stream whose reader is slow", "[net]") {
    Scene scene;
    auto stream = net::dial(scene.request(), scene.memory);
    REQUIRE(stream);
    std::string text;
    for (int i = 0; text.size() < 512 << 10; ++i) text += std::to_string(i);
    CHECK(echoed(**stream, text) == text);
}

TEST_CASE("a plain origin is reached directly and, by CONNECT, through a proxy", "[net]") {
    Scene scene;
    TestOrigin plain(std::nullopt, TestOrigin::echo());
    TestProxy proxy;
    auto request = scene.request();
    request.tls = false;
    request.port = plain.port();
    auto direct = net::dial(request, scene.memory);
    REQUIRE(direct);
    CHECK(echoed(**direct, "plain") == "plain");
    request.proxy = net::ProxyHop{proxy.url(), "", Secret(), {}, "test"};
    auto tunnelled = net::dial(request, scene.memory);
    REQUIRE(tunnelled);
    CHECK(echoed(**tunnelled, "tunnelled") == "tunnelled");
    CHECK((*tunnelled)->route().tls_issuer.empty());
    CHECK(proxy.counts().tunnels == 1);
}

TEST_CASE("through a proxy the origin's name is resolved by the proxy alone", "[net]") {
    Scene scene;
    const auto certificate = certificate_for("relay.invalid");
    test::write_file(scene.folder.file("relay.pem"), certificate.certificate_pem);
    TestOrigin origin(certificate, TestOrigin::echo());
    TestProxy proxy;
    auto request = scene.through(proxy);
    request.host = "relay.invalid";
    request.port = origin.port();
    request.trust = trust_in({scene.folder.file("relay.pem")});
    auto stream = net::dial(request, scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    CHECK(proxy.targets() == std::vector<std::string>{"relay.invalid:" + std::to_string(origin.port())});
    CHECK((*stream)->route().proxy == proxy.url());
    CHECK((*stream)->route().proxy_auth.empty());
}

TEST_CASE("an answer to CONNECT that comes byte by byte is understood", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.drip = true;
    TestProxy proxy(rules);
    auto stream = net::dial(scene.through(proxy), scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
}

TEST_CASE("a proxy that asks for Basic gets it, and the next dial gives it at once", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.username = "CORP\\alice";
    rules.password = "p@ss:word";
    TestProxy proxy(rules);
    auto first = net::dial(scene.through(proxy, rules.username, rules.password), scene.memory);
    REQUIRE(first);
    CHECK((*first)->route().proxy_auth == "Basic");
    CHECK(proxy.counts().requests == 2);
    auto second = net::dial(scene.through(proxy, rules.username, rules.password), scene.memory);
    REQUIRE(second);
    CHECK(proxy.counts().requests == 3);
    CHECK(proxy.counts().rejected == 0);
}

TEST_CASE("a wrong password reaches the proxy once, even across dials and processes", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    rules.offers = "Negotiate\nBasic realm=\"test\"";
    TestProxy proxy(rules);
    const std::string file = scene.folder.file("credentials");
    for (int process = 0; process < 2; ++process) {
        net::CredentialMemory memory(file);
        for (int attempt = 0; attempt < 3; ++attempt) {
            const net::DialError error = failure(net::dial(scene.through(proxy, "alice", "wrong"), memory));
            CHECK(error.stage == DialStage::ProxyAuth);
            CHECK(error.error.code == Code::Unauthorized);
            CHECK(error.proxy_status == 407);
            CHECK(contains(error.error.message, "rejected the password of user alice"));
            CHECK(contains(error.error.message, "until the configuration changes"));
            CHECK(contains(error.error.message, "Basic"));
            CHECK_FALSE(contains(error.error.message, "wrong"));
        }
    }
    CHECK(proxy.counts().rejected == 1);
    net::CredentialMemory memory(file);
    CHECK(net::dial(scene.through(proxy, "alice", "right"), memory));
}

TEST_CASE("a proxy that wants a password none is configured for says what it offers", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.offers = "NTLM\nBasic realm=\"test\"";
    TestProxy proxy(rules);
    const net::DialError error = failure(net::dial(scene.through(proxy), scene.memory));
    CHECK(error.stage == DialStage::ProxyAuth);
    CHECK(contains(error.error.message, "offers NTLM, Basic"));
    CHECK(contains(error.error.message, "no user name"));
    CHECK(proxy.counts().with_credentials == 0);
}

TEST_CASE("what a proxy answers instead of a tunnel is named with its status and cause", "[net]") {
    Scene scene;
    struct Row {
        int status;
        Code code;
        const char* words;
    };
    for (const Row& row : {Row{403, Code::Unauthorized, "policy"}, Row{502, Code::Disconnected, "cannot reach"},
                           Row{503, Code::Disconnected, "cannot reach"}, Row{504, Code::Disconnected, "cannot reach"},
                           Row{500, Code::Disconnected, "500"}}) {
        INFO(row.status);
        TestProxy::Rules rules;
        rules.refuse_with = row.status;
        TestProxy proxy(rules);
        const net::DialError error = failure(net::dial(scene.through(proxy), scene.memory));
        CHECK(error.stage == DialStage::ProxyAnswer);
        CHECK(error.proxy_status == row.status);
        CHECK(error.error.code == row.code);
        CHECK(contains(error.error.message, std::to_string(row.status)));
        CHECK(contains(error.error.message, row.words));
        CHECK(contains(error.error.message, "ERR_TEST"));
        CHECK(contains(error.error.message, proxy.url()));
        CHECK_FALSE(net::proxy_is_dead(error));
    }
}

TEST_CASE("a proxy that is not there, hangs up or never answers is dead", "[net]") {
    Scene scene;
    TestProxy proxy;
    auto request = scene.through(proxy);
    request.proxy->url = "http://127.0.0.1:" + std::to_string(test::unused_port());
    net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ConnectProxy);
    CHECK(contains(error.error.message, "Connection refused"));
    CHECK(net::proxy_is_dead(error));

    request.proxy->url = "http://proxy.invalid:3128";
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ResolveProxy);
    CHECK(contains(error.error.message, "cannot resolve proxy http://proxy.invalid:3128 (test)"));
    CHECK(net::proxy_is_dead(error));

    TestProxy::Rules rules;
    rules.hang_up = true;
    proxy.set_rules(rules);
    error = failure(net::dial(scene.through(proxy), scene.memory));
    CHECK(error.stage == DialStage::ProxyAnswer);
    CHECK(contains(error.error.message, "instead of answering CONNECT"));
    CHECK(net::proxy_is_dead(error));

    rules = {};
    rules.never_answer = true;
    proxy.set_rules(rules);
    request = scene.through(proxy);
    request.connect_timeout = 200ms;
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::ProxyAnswer);
    CHECK(error.error.code == Code::Timeout);
    CHECK(contains(error.error.message, "did not answer CONNECT"));
    CHECK(net::proxy_is_dead(error));
}

TEST_CASE("an origin that is not there is named, and so is one that does not speak TLS", "[net]") {
    Scene scene;
    auto request = scene.request();
    request.port = test::unused_port();
    net::DialError error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Connect);
    CHECK(contains(error.error.message, "Connection refused"));
    CHECK_FALSE(net::proxy_is_dead(error));

    request.host = "relay.invalid";
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Resolve);
    CHECK(contains(error.error.message, "cannot resolve relay.invalid"));

    TestOrigin silent(std::nullopt, TestOrigin::never_speak());
    request = scene.request();
    request.port = silent.port();
    request.connect_timeout = 200ms;
    error = failure(net::dial(request, scene.memory));
    CHECK(error.stage == DialStage::Tls);
    CHECK(error.error.code == Code::Timeout);
}

TEST_CASE("TLS may take longer than what is before it, and what is before it does not", "[net]") {
    const auto fails_after = [](const net::DialRequest& request, net::CredentialMemory& memory, DialStage stage) {
        const auto begun = std::chrono::steady_clock::now();
        CHECK(failure(net::dial(request, memory)).stage == stage);
        return std::chrono::steady_clock::now() - begun;
    };
    Scene scene;
    TestOrigin silent(std::nullopt, TestOrigin::never_speak());
    auto request = scene.request();
    request.port = silent.port();
    request.connect_timeout = 200ms;
    request.tls_timeout = 300ms;
    CHECK(fails_after(request, scene.memory, DialStage::Tls) >= 490ms);

    TestProxy proxy({.never_answer = true});
    request = scene.through(proxy);
    request.connect_timeout = 200ms;
    request.tls_timeout = 20s;
    CHECK(fails_after(request, scene.memory, DialStage::ProxyAnswer) < 5s);
}

TEST_CASE("a certificate of an unknown issuer is refused with all that is needed to trust it", "[net]") {
    Scene scene;
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
    Scene scene;
    auto request = scene.request();
    request.trust = nullptr;
    CHECK(failure(net::dial(request, scene.memory)).stage == DialStage::Tls);
}

TEST_CASE("a certificate for another name is refused with the names it is for", "[net]") {
    Scene scene;
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
    Scene scene;
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
    Scene scene;
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
    Scene scene;
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

TEST_CASE("a host that would change the meaning of a URL is refused before anything is dialled", "[net]") {
    Scene scene;
    for (const char* host : {"", "a/b", "a@b", "a#b", "a b", "a?b"}) {
        auto request = scene.request();
        request.host = host;
        CHECK(failure(net::dial(request, scene.memory)).stage == DialStage::Setup);
    }
    CHECK(scene.origin.connections() == 0);
}

TEST_CASE("a stream reports that the other end has gone", "[net]") {
    Scene scene;
    TestProxy proxy;
    auto stream = net::dial(scene.through(proxy), scene.memory);
    REQUIRE(stream);
    CHECK(echoed(**stream, "hello") == "hello");
    proxy.cut();
    std::array<std::byte, 64> buffer;
    Result<std::size_t> read = std::size_t{0};
    for (int i = 0; i < 500 && read; ++i) {
        test::wait_readable((*stream)->fd(), 10);
        read = (*stream)->receive(buffer);
    }
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::Disconnected);
}

TEST_CASE("a blocked dial returns at once when it is cancelled", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.never_answer = true;
    TestProxy proxy(rules);
    std::stop_source cancel;
    auto dialled = std::async(std::launch::async,
                              [&] { return net::dial(scene.through(proxy), scene.memory, cancel.get_token()); });
    while (proxy.counts().requests == 0) std::this_thread::yield();
    const auto before = std::chrono::steady_clock::now();
    cancel.request_stop();
    const net::DialError error = failure(dialled.get());
    CHECK(error.stage == DialStage::Setup);
    CHECK(std::chrono::steady_clock::now() - before < 1s);
}

TEST_CASE("an asynchronous dial answers on its loop, and not at all once it is cancelled or gone", "[net]") {
    Scene scene;
    net::Loop loop;
    bool answered = false;
    {
        net::AsyncDial dial(loop, scene.memory);
        dial.start(scene.request(), [&](net::DialResult result) {
            CHECK(result);
            CHECK_FALSE(dial.busy());
            answered = true;
            loop.stop();
        });
        CHECK(dial.busy());
        loop.run();
        CHECK(answered);

        TestProxy::Rules rules;
        rules.never_answer = true;
        TestProxy proxy(rules);
        bool late = false;
        dial.start(scene.through(proxy), [&](net::DialResult) { late = true; });
        dial.cancel();
        CHECK_FALSE(dial.busy());
        dial.start(scene.request(), [&](net::DialResult) { late = true; });
        {
            net::AsyncDial gone(loop, scene.memory);
            gone.start(scene.request(), [&](net::DialResult) { late = true; });
        }
        dial.cancel();
        loop.post([&loop] { loop.stop(); });
        loop.run();
        CHECK_FALSE(late);
    }
}

TEST_CASE("many dials at a time share one trust and one memory", "[net]") {
    Scene scene;
    TestProxy::Rules rules;
    rules.username = "alice";
    rules.password = "right";
    TestProxy proxy(rules);
    const net::DialRequest request = scene.through(proxy, "alice", "right");
    std::vector<std::future<bool>> dials;
    for (int i = 0; i < 16; ++i) {
        dials.push_back(std::async(std::launch::async, [&] { return net::dial(request, scene.memory).has_value(); }));
    }
    for (auto& dial : dials) CHECK(dial.get());
    CHECK(proxy.counts().tunnels == 16);
}
