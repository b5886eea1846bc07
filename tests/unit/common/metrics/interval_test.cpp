#include "common/metrics/interval.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

StepStats step(std::uint64_t requests, std::uint16_t status, std::uint64_t micros) {
    StepStats stats;
    stats.requests = requests;
    stats.status[status] = requests;
    stats.latency.record_micros(micros, requests);
    stats.send_latency.record_micros(micros / 2, requests);
    stats.phases.dns = {micros, 1};
    stats.phases.rest = {micros * 2, requests};
    return stats;
}

TEST_CASE("every kind of error has a word of its own", "[metrics]") {
    std::set<std::string> words;
    for (std::size_t i = 0; i < kErrorKinds; ++i) words.insert(to_string(static_cast<ErrorKind>(i)));
    CHECK(words.size() == kErrorKinds);
    CHECK(words.count("unknown") == 0);
    CHECK(words.count("connect_timeout") == 1);
}

TEST_CASE("merged steps add up counters, statuses, errors, phases and histograms", "[metrics]") {
    StepStats a = step(3, 200, 100), b = step(2, 500, 900);
    b.failures = 2;
    b.errors[static_cast<std::size_t>(ErrorKind::Status)] = 2;
    StepStats other = b;
    a.merge(b);
    CHECK(a.requests == 5);
    CHECK(a.failures == 2);
    CHECK(a.status == std::map<std::uint16_t, std::uint64_t>{{200, 3}, {500, 2}});
    CHECK(a.errors[static_cast<std::size_t>(ErrorKind::Status)] == 2);
    CHECK(a.latency.count() == 5);
    CHECK(a.send_latency.max_micros() == 450);
    CHECK(a.phases.dns.sum_micros == 1000);
    CHECK(a.phases.rest.count == 5);
    other.merge(step(3, 200, 100));
    CHECK(a == other);
}

TEST_CASE("merged scenarios add gauges too and keep steps that only one side has", "[metrics]") {
    ScenarioStats a, b;
    a.planned = 4, a.offered = 3, a.missed = 1, a.users = 2, a.in_flight = 1;
    a.steps = {step(1, 200, 10)};
    b.planned = 6, b.offered = 6, b.delivered = 5, b.interrupted = 1, b.users = 3;
    b.steps = {step(1, 200, 20), step(7, 404, 30)};
    a.merge(b);
    CHECK(a.planned == 10);
    CHECK(a.users == 5);
    CHECK(a.interrupted == 1);
    REQUIRE(a.steps.size() == 2);
    CHECK(a.steps[0].requests == 2);
    CHECK(a.steps[1].status.at(404) == 7);
}

TEST_CASE("a step with nothing but interrupted requests is not idle", "[metrics]") {
    StepStats stats;
    CHECK(stats.idle());
    stats.interrupted = 1;
    CHECK_FALSE(stats.idle());
}

}  // namespace
}  // namespace culvert::metrics
