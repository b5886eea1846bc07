#include "tunnel/doctor/doctor.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/loopback.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::doctor;
using Catch::Matchers::Contains;
using test::TestOrigin;
using test::TestProxy;
using test::TestRelay;
using tunnel::proxy::ProxySettings;

namespace {

struct Clinic {
    explicit Clinic(TestRelay::Tls tls = TestRelay::Tls::On) : relay({}, tls) {
        settings.program = "culvert-agent doctor";
        settings.config_file = "agent.yaml";
        settings.identity_file = "identity.pem";
        settings.uplink.relays = {relay.url()};
        if (tls == TestRelay::Tls::On) settings.uplink.pins = {relay.web_pin()};
        settings.uplink.environment = [](const std::string&) { return std::nullopt; };
        settings.uplink.connect_timeout = 2s;
    }
    void through(const TestProxy& proxy, const std::string& user = "", const std::string& password = "") {
        settings.uplink.proxy.source = ProxySettings::Source::Urls;
        settings.uplink.proxy.urls.push_back(proxy.url());
        settings.uplink.proxy.username = user;
        if (!user.empty())
            settings.uplink.proxy.read_password = [password]() -> Result<Secret> { return Secret(password); };
    }
    Diagnosis diagnose() { return tunnel::doctor::diagnose(settings, identity, clock, {}); }

    TestRelay relay;
    crypto::Identity identity = relay.agent("fra-1");
    SystemClock clock;
    DoctorSettings settings;
};

const Check* find(const Diagnosis& diagnosis, Hop hop) {
    const auto found = std::find_if(diagnosis.checks.begin(), diagnosis.checks.end(),
                                    [hop](const Check& check) { return check.hop == hop; });
    return found == diagnosis.checks.end() ? nullptr : &*found;
}

Outcome outcome_of(const Diagnosis& diagnosis, Hop hop) {
    const Check* const check = find(diagnosis, hop);
    INFO(text_of(diagnosis, true));
    REQUIRE(check != nullptr);
    return check->outcome;
}

// Exactly one hop failed, and it is the last that was looked at.
void require_broken_at(const Diagnosis& diagnosis, Hop hop) {
    INFO(text_of(diagnosis, true));
    REQUIRE_FALSE(diagnosis.checks.empty());
    CHECK(diagnosis.checks.back().hop == hop);
    CHECK(std::count_if(diagnosis.checks.begin(), diagnosis.checks.end(),
                        [](const Check& check) { return check.outcome == Outcome::Failed; }) == 1);
    CHECK(diagnosis.checks.back().outcome == Outcome::Failed);
    CHECK(diagnosis.verdict == "Does not work.");
    REQUIRE(diagnosis.advice);
    CHECK_FALSE(diagnosis.advice->cause.empty());
}

}  // namespace

TEST_CASE("a free way passes every check, and the node's own link stays as it is", "[doctor]") {
    Clinic clinic;
    const Diagnosis diagnosis = clinic.diagnose();
    INFO(text_of(diagnosis, true));
    CHECK(diagnosis.exit == ExitCode::Ok);
    CHECK(diagnosis.verdict == "Works, over WebSocket.");
    CHECK_FALSE(diagnosis.advice);
    for (const Hop hop : {Hop::Config, Hop::WhichProxy, Hop::ReachProxy, Hop::Tls, Hop::WebSocket, Hop::Clock,
                          Hop::Admission, Hop::Echo})
        CHECK(outcome_of(diagnosis, hop) == Outcome::Passed);
    CHECK(clinic.relay.counters().agents == 0);
}

TEST_CASE("a proxy with a password is named with the method that it took", "[doctor]") {
    Clinic clinic;
    TestProxy proxy({.username = "alice", .password = "right"});
    clinic.through(proxy, "alice", "right");
    const Diagnosis diagnosis = clinic.diagnose();
    CHECK(diagnosis.exit == ExitCode::Ok);
    REQUIRE(outcome_of(diagnosis, Hop::Connect) == Outcome::Passed);
    CHECK_THAT(find(diagnosis, Hop::Connect)->detail, Contains("Basic"));
    CHECK_THAT(find(diagnosis, Hop::WhichProxy)->detail, Contains(proxy.url()));
}

TEST_CASE("the hop that fails is the one that is named, with what to ask for", "[doctor]") {
    Clinic clinic;
    SECTION("a name of a proxy that does not resolve") {
        clinic.settings.uplink.proxy.source = ProxySettings::Source::Urls;
        clinic.settings.uplink.proxy.urls = {"http://proxy.invalid:3128"};
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::ReachProxy);
        CHECK_THAT(diagnosis.advice->cause, Contains("does not resolve"));
    }
    SECTION("a proxy that is not there") {
        clinic.settings.uplink.proxy.source = ProxySettings::Source::Urls;
        clinic.settings.uplink.proxy.urls = {"http://127.0.0.1:" + std::to_string(test::unused_port())};
        require_broken_at(clinic.diagnose(), Hop::ReachProxy);
    }
    SECTION("a password that the proxy does not take") {
        TestProxy proxy({.username = "alice", .password = "right"});
        clinic.through(proxy, "alice", "wrong");
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Connect);
        CHECK_THAT(diagnosis.advice->yaml, Contains("password_file"));
        CHECK(proxy.counts().rejected == 1);
    }
    SECTION("a proxy that refuses the relay") {
        TestProxy proxy({.refuse_with = 403});
        clinic.through(proxy);
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Connect);
        CHECK_THAT(diagnosis.advice->cause, Contains("403"));
        CHECK_THAT(diagnosis.advice->ask, Contains("CONNECT to localhost"));
    }
    SECTION("a proxy that cannot reach the relay") {
        TestProxy proxy({.refuse_with = 503});
        clinic.through(proxy);
        CHECK_THAT(clinic.diagnose().advice->cause, Contains("cannot reach"));
    }
    SECTION("a certificate that nobody vouches for") {
        clinic.settings.uplink.pins.clear();
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Tls);
        CHECK_THAT(diagnosis.advice->yaml, Contains("extra_ca"));
    }
    SECTION("no proxy, and no relay") {
        clinic.settings.uplink.relays = {"wss://localhost:" + std::to_string(test::unused_port()) + "/mesh"};
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::ReachProxy);
        CHECK(diagnosis.exit == ExitCode::RelayNotReached);
        CHECK_THAT(diagnosis.advice->cause, Contains("no proxy is used"));
    }
}

TEST_CASE("a stripped Upgrade header is noted, and long-poll found to work", "[doctor]") {
    Clinic clinic(TestRelay::Tls::Off);
    TestProxy proxy({.strip_upgrade = true});
    clinic.through(proxy);
    const Diagnosis diagnosis = clinic.diagnose();
    INFO(text_of(diagnosis, true));
    CHECK(diagnosis.exit == ExitCode::Ok);
    CHECK(diagnosis.verdict == "Works, over long-poll.");
    CHECK(outcome_of(diagnosis, Hop::WebSocket) == Outcome::Noted);
    CHECK_THAT(find(diagnosis, Hop::WebSocket)->detail, Contains("426"));
    CHECK(outcome_of(diagnosis, Hop::LongPoll) == Outcome::Passed);
    REQUIRE(diagnosis.advice);
    CHECK_THAT(diagnosis.advice->ask, Contains("Upgrade: websocket"));
}

TEST_CASE("a page in place of the relay fails at both transports", "[doctor]") {
    Clinic clinic;
    const TestOrigin origin(std::nullopt, TestOrigin::answer_once("HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n"
                                                                  "<title>Welcome to the guest network!</title>"));
    clinic.settings.uplink.relays = {"ws://127.0.0.1:" + std::to_string(origin.port()) + "/mesh"};
    const Diagnosis diagnosis = clinic.diagnose();
    CHECK(outcome_of(diagnosis, Hop::WebSocket) == Outcome::Failed);
    CHECK(outcome_of(diagnosis, Hop::LongPoll) == Outcome::Failed);
    CHECK_THAT(diagnosis.advice->cause, Contains("guest network"));
    CHECK(diagnosis.exit == ExitCode::RelayNotReached);
}

TEST_CASE("a relay that does not admit the node is the last hop", "[doctor]") {
    Clinic clinic;
    const TestRelay other;
    clinic.identity = other.agent("fra-1");
    const Diagnosis diagnosis = clinic.diagnose();
    require_broken_at(diagnosis, Hop::Admission);
    CHECK(diagnosis.exit == ExitCode::Usage);
}

TEST_CASE("probes watch how long links live", "[doctor]") {
    Clinic clinic;
    TestProxy proxy;
    clinic.through(proxy);
    clinic.settings.probe = true;
    clinic.settings.idle_probe = 600ms;
    clinic.settings.age_probe = 600ms;
    const Diagnosis diagnosis = clinic.diagnose();
    CHECK(outcome_of(diagnosis, Hop::IdleCut) == Outcome::Passed);
    CHECK(outcome_of(diagnosis, Hop::MaximumAge) == Outcome::NotSeen);
}

TEST_CASE("a report has no secrets in it, and one cause in plain words", "[doctor]") {
    Clinic clinic;
    TestProxy proxy({.username = "alice", .password = "right"});
    clinic.through(proxy, "alice", "h4rdly-secret");
    const Diagnosis diagnosis = clinic.diagnose();
    for (const std::string& text : {text_of(diagnosis, true), text_of(diagnosis, false), json_of(diagnosis)}) {
        CHECK_THAT(text, !Contains("h4rdly-secret"));
        CHECK_THAT(text, Contains("does not accept"));
    }
}
