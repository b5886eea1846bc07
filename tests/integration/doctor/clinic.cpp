#include "tests/integration/doctor/clinic.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "common/crypto/web_certificate.h"
#include "tests/support/fake_clock.h"
#include "tests/support/files.h"

namespace culvert::test {

using namespace std::chrono_literals;
using tunnel::doctor::Check;
using tunnel::doctor::Diagnosis;
using tunnel::doctor::Hop;
using tunnel::doctor::Outcome;
using tunnel::proxy::ProxySettings;

Clinic::Clinic(TestRelay::Tls tls) : relay({}, tls) {
    settings.program = "culvert-agent doctor";
    settings.config_file = "agent.yaml";
    settings.identity_file = "identity.pem";
    settings.uplink.relays = {relay.url()};
    if (tls == TestRelay::Tls::On) settings.uplink.pins = {relay.web_pin()};
    settings.uplink.environment = [](const std::string&) { return std::nullopt; };
    settings.uplink.connect_timeout = 2s;
}

void Clinic::through(const TestProxy& proxy, const std::string& user, const std::string& password) {
    settings.uplink.proxy.source = ProxySettings::Source::Urls;
    settings.uplink.proxy.urls.push_back(proxy.url());
    settings.uplink.proxy.username = user;
    if (!user.empty())
        settings.uplink.proxy.read_password = [password]() -> Result<Secret> { return Secret(password); };
}

void Clinic::show_certificate_of(WallTime time) {
    const FakeClock then(time);
    const auto web = crypto::make_web_certificate("localhost", then);
    REQUIRE(web);
    relay.stop();
    write_file(relay.certificate_file(), web->certificate_pem);
    write_file(relay.key_file(), web->key_pem);
    relay.start();
    settings.uplink.pins.clear();
    settings.uplink.extra_ca = {relay.certificate_file()};
}

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

void require_broken_at(const Diagnosis& diagnosis, Hop hop) {
    INFO(text_of(diagnosis, true));
    REQUIRE_FALSE(diagnosis.checks.empty());
    CHECK(diagnosis.checks.back().hop == hop);
    CHECK(std::count_if(diagnosis.checks.begin(), diagnosis.checks.end(),
                        [](const Check& check) { return check.outcome == Outcome::Failed; }) == 1);
    CHECK(diagnosis.checks.back().outcome == Outcome::Failed);
    CHECK(diagnosis.verdict == "Does not work.");
    CHECK(diagnosis.exit != ExitCode::Ok);
    REQUIRE(diagnosis.advice);
    CHECK(diagnosis.advice->at == hop);
    CHECK_FALSE(diagnosis.advice->cause.empty());
}

}  // namespace culvert::test
