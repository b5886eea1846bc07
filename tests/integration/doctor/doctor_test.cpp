#include <catch2/catch.hpp>

#include "tests/integration/doctor/clinic.h"
#include "tests/support/files.h"
#include "tests/support/loopback.h"
#include "tests/support/test_origin.h"
#include "tests/support/test_proxy.h"
#include "tunnel/link/learnt_path.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::doctor;
using Catch::Matchers::Contains;
using namespace culvert::test;
using tunnel::proxy::ProxySettings;

TEST_CASE("a free way passes every check, and the node's own link stays as it is", "[doctor]") {
    Clinic clinic;
    const Diagnosis diagnosis = clinic.diagnose();
    INFO(text_of(diagnosis, true));
    CHECK(diagnosis.exit == ExitCode::Ok);
    CHECK(diagnosis.verdict == "Works, over WebSocket.");
    CHECK_FALSE(diagnosis.advice);
    CHECK_THAT(text_of(diagnosis, true),
               Contains("culvert-agent doctor · fra-1 · ") && Contains(" 1 config        ✓  ") && Contains("exit 0; "));
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
    CHECK_THAT(find(diagnosis, Hop::Connect)->detail, Contains("took Basic as alice"));
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

TEST_CASE("a certificate that only extra_ca vouches for is not called inspected: it may be the relay's own CA",
          "[doctor]") {
    Clinic clinic;
    SECTION("as nobody can tell") {
        clinic.show_certificate_of(clinic.clock.wall_now());
        const Diagnosis diagnosis = clinic.diagnose();
        CHECK(diagnosis.exit == ExitCode::Ok);
        CHECK(outcome_of(diagnosis, Hop::Tls) == Outcome::Noted);
        CHECK_THAT(find(diagnosis, Hop::Tls)->detail,
                   Contains("which extra_ca lists: the relay's own CA, or a TLS inspection"));
        CHECK_THAT(json_of(diagnosis),
                   Contains("\"trusted_by\": \"extra_ca\"") && Contains("\"inspected\": \"possible\""));
        CHECK_THAT(text_of(diagnosis, true), Contains("exit 0, with notes"));
    }
    SECTION("but of the pinned key it is known that nobody inspects it") {
        clinic.settings.uplink.extra_ca = {clinic.relay.certificate_file()};
        const Diagnosis diagnosis = clinic.diagnose();
        CHECK(outcome_of(diagnosis, Hop::Tls) == Outcome::Passed);
        CHECK_THAT(find(diagnosis, Hop::Tls)->detail, Contains("with the pinned key: nobody inspects it"));
        CHECK_THAT(json_of(diagnosis), Contains("\"inspected\": \"no\""));
    }
}

TEST_CASE("what the running node has learnt is told where nobody probes", "[doctor]") {
    Clinic clinic;
    clinic.settings.uplink.learnt_file = clinic.folder.file("learnt-path");
    CHECK(outcome_of(clinic.diagnose(), Hop::IdleCut) == Outcome::NotSeen);
    tunnel::link::LearntPath learnt;
    learnt.idle_cut = {57s, WallTime{std::chrono::seconds{1'772'366'405}}, clinic.relay.url()};
    learnt.maximum_age = {10min, WallTime{std::chrono::seconds{1'772'366'405}}, clinic.relay.url()};
    learnt.way = {tunnel::link::Transport::LongPoll, WallTime{std::chrono::seconds{1'772'366'405}}, clinic.relay.url(),
                  "direct"};
    REQUIRE(tunnel::link::save_learnt_path(clinic.settings.uplink.learnt_file, learnt));
    const Diagnosis diagnosis = clinic.diagnose();
    INFO(text_of(diagnosis, true));
    CHECK_THAT(find(diagnosis, Hop::IdleCut)->detail,
               Contains("about 57 s") && Contains("learnt by the running node on 2026-03-01 12:00:05 UTC"));
    CHECK_THAT(find(diagnosis, Hop::MaximumAge)->detail, Contains("about 600 s"));
    CHECK_THAT(find(diagnosis, Hop::WebSocket)->detail,
               Contains("has gone by long-poll, as its WebSockets did not pass or did not last, since 2026-03-01"));
    CHECK(outcome_of(diagnosis, Hop::IdleCut) == Outcome::Passed);
    CHECK(tunnel::link::load_learnt_path(clinic.settings.uplink.learnt_file) == learnt);
}

TEST_CASE("the load's targets are tried by the load's own way, and never fail the walk", "[doctor]") {
    Clinic clinic;
    const TestOrigin target(std::nullopt, TestOrigin::never_speak());
    const std::string there = "127.0.0.1:" + std::to_string(target.port());
    const std::string gone = "127.0.0.1:" + std::to_string(unused_port());
    clinic.settings.targets.emplace();
    clinic.settings.targets->proxy.source = ProxySettings::Source::None;
    SECTION("each that names a host and a port") {
        clinic.settings.targets->allowed = {there, "*.acme.test:443", "10.0.0.0/8", gone};
        const Diagnosis diagnosis = clinic.diagnose();
        INFO(text_of(diagnosis, true));
        CHECK(diagnosis.exit == ExitCode::Ok);
        REQUIRE(diagnosis.checks.size() >= 2);
        const Check& first = *(diagnosis.checks.end() - 2);
        CHECK(first.hop == Hop::Target);
        CHECK(first.outcome == Outcome::Passed);
        CHECK(first.detail == there + ", allowed by the charter");
        CHECK(diagnosis.checks.back().hop == Hop::Target);
        CHECK(diagnosis.checks.back().outcome == Outcome::Noted);
        CHECK_THAT(diagnosis.checks.back().detail, Contains(gone) && Contains("Connection refused"));
    }
    SECTION("through the proxy of the load") {
        TestProxy proxy;
        clinic.settings.targets->proxy.source = ProxySettings::Source::Urls;
        clinic.settings.targets->proxy.urls = {proxy.url()};
        clinic.settings.targets->allowed = {there};
        const Diagnosis diagnosis = clinic.diagnose();
        CHECK_THAT(find(diagnosis, Hop::Target)->detail, Contains(there + " through " + proxy.url()));
        CHECK(proxy.targets() == std::vector<std::string>{there});
    }
    SECTION("none is named, or none is allowed") {
        clinic.settings.targets->allowed = {"*"};
        CHECK(outcome_of(clinic.diagnose(), Hop::Target) == Outcome::NotSeen);
        clinic.settings.targets->allowed = {};
        const Diagnosis diagnosis = clinic.diagnose();
        CHECK(outcome_of(diagnosis, Hop::Target) == Outcome::Noted);
        CHECK_THAT(find(diagnosis, Hop::Target)->detail, Contains("every run will be refused"));
    }
}
