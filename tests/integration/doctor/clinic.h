// A relay, a node and what its doctor says.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"
#include "tests/support/test_relay.h"
#include "tunnel/doctor/doctor.h"

namespace culvert::test {

// The machine's clock, set wrong.
class ShiftedClock final : public Clock {
  public:
    SteadyTime steady_now() const override { return system_.steady_now(); }
    WallTime wall_now() const override { return system_.wall_now() + by; }

    Duration by{};

  private:
    SystemClock system_;
};

struct Clinic {
    explicit Clinic(TestRelay::Tls tls = TestRelay::Tls::On);

    void through(const TestProxy& proxy, const std::string& user = "", const std::string& password = "");
    // The relay shows a web certificate made at that time, which extra_ca lists.
    void show_certificate_of(WallTime time);
    tunnel::doctor::Diagnosis diagnose() { return tunnel::doctor::diagnose(settings, identity, clock, {}); }

    TemporaryFolder folder;
    TestRelay relay;
    crypto::Identity identity = relay.agent("fra-1");
    ShiftedClock clock;
    tunnel::doctor::DoctorSettings settings;
};

const tunnel::doctor::Check* find(const tunnel::doctor::Diagnosis& diagnosis, tunnel::doctor::Hop hop);
tunnel::doctor::Outcome outcome_of(const tunnel::doctor::Diagnosis& diagnosis, tunnel::doctor::Hop hop);
// Exactly one hop failed, and it is the last that was looked at, and the cause that is told.
void require_broken_at(const tunnel::doctor::Diagnosis& diagnosis, tunnel::doctor::Hop hop);

}  // namespace culvert::test
