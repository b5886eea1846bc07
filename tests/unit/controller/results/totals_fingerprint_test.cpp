#include <functional>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "controller/results/totals_fingerprint.h"
#include "sample_run.h"

using namespace culvert;
using namespace culvert::results;

namespace {

TotalsFingerprint of(const protocol::RunTotals& totals) {
    TotalsFingerprint fingerprint(*sample_plan());
    fingerprint.add(totals);
    return fingerprint;
}

}  // namespace

TEST_CASE("the fingerprint of a sum is the sum of fingerprints", "[results]") {
    const auto plan = sample_plan();
    CHECK(rc::check([&plan] {
        TotalsFingerprint one_by_one(*plan);
        protocol::RunTotals totals;
        const int count = *rc::gen::inRange(0, 12);
        for (int i = 0; i < count; ++i) {
            const auto spec = [] {
                return StepSpec{*rc::gen::inRange<std::uint64_t>(0, 9), 0, *rc::gen::inRange<std::uint64_t>(1, 5000)};
            };
            metrics::Interval one = interval(1, 0, spec(), spec(), spec());
            one.warmup = *rc::gen::inRange(0, 4) == 0;
            one_by_one.add(one);
            totals.add(one);
        }
        RC_ASSERT(one_by_one == of(totals));
    }));
}

TEST_CASE("every number of a total changes its fingerprint", "[results]") {
    protocol::RunTotals totals;
    totals.add(interval(1, 0, {10, 2, 30}, {5, 0, 7}, {3, 1, 900}));
    const TotalsFingerprint before = of(totals);
    using Change = std::function<void(protocol::RunTotals&)>;
    const std::vector<Change> changes{
        [](auto& t) { ++t.scenarios[0].planned; },
        [](auto& t) { ++t.scenarios[0].offered; },
        [](auto& t) { ++t.scenarios[0].delivered; },
        [](auto& t) { ++t.scenarios[1].interrupted; },
        [](auto& t) { ++t.scenarios[1].missed; },
        [](auto& t) { ++t.scenarios[0].steps[0].requests; },
        [](auto& t) { ++t.scenarios[0].steps[1].failures; },
        [](auto& t) { ++t.scenarios[0].steps[1].interrupted; },
        [](auto& t) { ++t.scenarios[0].steps[1].bytes_sent; },
        [](auto& t) { ++t.scenarios[0].steps[1].bytes_received; },
        [](auto& t) { ++t.scenarios[0].steps[1].status[404]; },
        [](auto& t) { ++t.scenarios[0].steps[1].errors[3]; },
        [](auto& t) { ++t.scenarios[0].steps[1].phases.tls.count; },
        [](auto& t) { ++t.scenarios[0].steps[1].phases.rest.sum_micros; },
        [](auto& t) { t.scenarios[0].steps[1].latency.record_micros(7000); },
        [](auto& t) { t.scenarios[0].steps[1].send_latency.record_micros(7000); },
        [](auto& t) { t.lateness.record_micros(1); },
        [](auto& t) { std::swap(t.scenarios[0].steps[0], t.scenarios[0].steps[1]); },
        [](auto& t) { std::swap(t.scenarios[0].steps[0].latency, t.scenarios[0].steps[1].latency); },
        [](auto& t) { t.scenarios[1].steps.resize(2); },
        [](auto& t) { t.scenarios.resize(3); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        protocol::RunTotals changed = totals;
        changes[i](changed);
        INFO(i);
        CHECK_FALSE(of(changed) == before);
    }
    CHECK(of(totals) == before);
}

TEST_CASE("values that share their bucket and their sum are still told apart by the least and the greatest",
          "[results]") {
    protocol::RunTotals a, b;
    a.add(interval(1, 0, {}));
    b = a;
    for (const std::uint64_t micros : {100'000, 100'020}) a.lateness.record_micros(micros);
    for (const std::uint64_t micros : {100'005, 100'015}) b.lateness.record_micros(micros);
    CHECK_FALSE(of(a) == of(b));
}
