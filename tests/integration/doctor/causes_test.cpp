// One cause, the first one.
#include <catch2/catch.hpp>

#include "tests/integration/doctor/clinic.h"
#include "tests/support/loopback.h"
#include "tests/support/test_relay.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::doctor;
using namespace culvert::test;
using Catch::Matchers::Contains;

namespace {

const WallTime kLongAgo{std::chrono::seconds{0}};

}  // namespace

TEST_CASE("the clock has a line of its own, whichever way it is wrong", "[doctor]") {
    Clinic clinic;
    CHECK_THAT(find(clinic.diagnose(), Hop::Clock)->detail, Contains(" s against the relay (limit 60 s)"));
    clinic.clock.by = 2h;
    const Diagnosis ahead = clinic.diagnose();
    CHECK(ahead.exit == ExitCode::Ok);
    CHECK(outcome_of(ahead, Hop::Clock) == Outcome::Noted);
    CHECK(find(ahead, Hop::Clock)->detail == "2 h ahead of the relay (limit 60 s)");
    REQUIRE(ahead.advice);
    CHECK(ahead.advice->at == Hop::Clock);
    CHECK_THAT(ahead.advice->cause, Contains("clock is wrong: it is 2 h ahead of the relay's"));
}

TEST_CASE("a certificate of the relay that is out of its time: the clock is compared before it is blamed", "[doctor]") {
    Clinic clinic;
    clinic.show_certificate_of(kLongAgo);
    SECTION("it agrees, so the certificate must be renewed") {
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Tls);
        CHECK_THAT(diagnosis.checks.back().detail, Contains("expired at "));
        CHECK_THAT(diagnosis.advice->cause, Contains("this machine's clock is right"));
        CHECK(diagnosis.exit == ExitCode::RelayNotReached);
    }
    SECTION("it is wrong: that is the one cause") {
        clinic.clock.by = 48h;
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Clock);
        CHECK_THAT(diagnosis.checks.back().detail, Contains("2 days ahead of the relay"));
        CHECK(diagnosis.exit == ExitCode::Usage);
        CHECK(find(diagnosis, Hop::Tls) == nullptr);
    }
}

TEST_CASE("an identity that is out of its time: the clock is compared before it is blamed", "[doctor]") {
    Clinic clinic;
    SECTION("the clock is behind") {
        clinic.clock.by = -48h;
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Clock);
        CHECK(outcome_of(diagnosis, Hop::Config) == Outcome::Noted);
        CHECK_THAT(find(diagnosis, Hop::Config)->detail, Contains("cannot be judged"));
        CHECK_THAT(diagnosis.advice->cause, Contains("2 days behind the relay's"));
    }
    SECTION("the clock is ahead") {
        clinic.clock.by = 24h * 200;
        require_broken_at(clinic.diagnose(), Hop::Clock);
    }
    SECTION("the clock is right: it has ended") {
        clinic.identity = clinic.relay.node("fra-1", Role::Agent, 24h * 91);
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Config);
        CHECK_THAT(diagnosis.checks.back().detail, Contains("expired ") && Contains("against the relay (limit 60 s)"));
        CHECK_THAT(diagnosis.advice->cause, Contains("the clock is right"));
        CHECK(diagnosis.checks.size() == 1);
    }
    SECTION("nobody is there to compare with") {
        clinic.relay.stop();
        clinic.clock.by = -48h;
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Config);
        CHECK_THAT(diagnosis.advice->cause, Contains("compare the clock first"));
        clinic.relay.start();
    }
}

TEST_CASE("a refusal by the relay comes after a clock that is wrong", "[doctor]") {
    Clinic clinic;
    const TestRelay other;
    clinic.identity = other.agent("fra-1");
    clinic.clock.by = 2h;
    const Diagnosis diagnosis = clinic.diagnose();
    require_broken_at(diagnosis, Hop::Clock);
    CHECK_THAT(diagnosis.advice->cause, Contains("2 h ahead") && Contains("what else was said"));
}

TEST_CASE("an identity of another mesh, or of a controller, is named before anything is dialled", "[doctor]") {
    Clinic clinic;
    SECTION("mesh") {
        clinic.settings.mesh = "beta";
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Config);
        CHECK(diagnosis.exit == ExitCode::Usage);
    }
    SECTION("role") {
        clinic.identity = clinic.relay.controller("desk");
        const Diagnosis diagnosis = clinic.diagnose();
        require_broken_at(diagnosis, Hop::Config);
        CHECK_THAT(diagnosis.advice->cause, Contains("controller"));
    }
}

TEST_CASE("a relay that is down is noted when the next one works", "[doctor]") {
    Clinic clinic;
    clinic.settings.uplink.relays.insert(clinic.settings.uplink.relays.begin(),
                                         "wss://localhost:" + std::to_string(unused_port()) + "/mesh");
    const Diagnosis diagnosis = clinic.diagnose();
    INFO(text_of(diagnosis, true));
    CHECK(diagnosis.exit == ExitCode::Ok);
    CHECK(diagnosis.relay == clinic.relay.url());
    CHECK(find(diagnosis, Hop::ReachProxy)->outcome == Outcome::Noted);
    CHECK_THAT(find(diagnosis, Hop::ReachProxy)->detail, Contains("the next relay is tried"));
}
