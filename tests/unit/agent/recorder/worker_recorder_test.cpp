#include "agent/recorder/worker_recorder.h"

#include <catch2/catch.hpp>

#include "agent/recorder/reporter.h"

namespace culvert::agent::recorder {
namespace {

using namespace std::chrono_literals;
using metrics::ErrorKind;

TEST_CASE("samples add up to the second's statistics, and are taken once", "[recorder]") {
    WorkerRecorder recorder({2, 1});
    Sample sample;
    sample.status = 200;
    sample.latency = 5ms;
    sample.send_latency = 3ms;
    sample.bytes_sent = 10;
    sample.bytes_received = 20;
    sample.first_byte = 2ms;
    recorder.step(0, 1).record(sample);
    sample.status = 0;
    sample.error = ErrorKind::Refused;
    sample.connect = 1ms;
    recorder.step(0, 1).record(sample);
    recorder.step(1, 0).record_interrupted();
    recorder.scenario(0).offered = 2;
    recorder.scenario(0).users = 7;
    recorder.record_start(SteadyTime{}, SteadyTime{} + 40us);

    const WorkerSecond taken = recorder.take(9);
    CHECK(taken.second == 9);
    CHECK_FALSE(taken.idle());
    const metrics::StepStats& step = taken.scenarios[0].steps[1];
    CHECK(step.requests == 2);
    CHECK(step.failures == 1);
    CHECK(step.errors[static_cast<std::size_t>(ErrorKind::Refused)] == 1);
    CHECK(step.status == std::map<std::uint16_t, std::uint64_t>{{200, 1}});
    CHECK(step.latency.count() == 2);
    CHECK(step.send_latency.max_micros() == 3000);
    CHECK(step.bytes_sent == 20);
    CHECK(step.phases.connect.count == 1);
    CHECK(step.phases.first_byte.sum_micros == 4000);
    CHECK(step.phases.dns.count == 0);
    CHECK(taken.scenarios[1].steps[0].interrupted == 1);
    CHECK(taken.lateness.count() == 1);
    CHECK(taken.first_start->lateness == 40us);

    const WorkerSecond again = recorder.take(10);
    CHECK(again.idle());
    CHECK_FALSE(again.first_start);        // told once
    CHECK(again.scenarios[0].users == 7);  // a gauge stays
}

TEST_CASE("folding adds counters and keeps the newest gauges", "[recorder]") {
    WorkerRecorder recorder({1});
    recorder.scenario(0).offered = 2;
    recorder.scenario(0).users = 5;
    WorkerSecond first = recorder.take(0);
    recorder.scenario(0).offered = 3;
    recorder.scenario(0).users = 1;
    first.fold(recorder.take(1));
    CHECK(first.second == 0);
    CHECK(first.scenarios[0].offered == 5);
    CHECK(first.scenarios[0].users == 1);
}

TEST_CASE("the reporter limits examples, tells of one abort and ends when all workers have", "[recorder]") {
    std::vector<metrics::Interval> intervals;
    std::vector<metrics::ErrorExample> examples;
    std::vector<std::string> aborts;
    int finished = 0;
    {
        ReporterEvents events;
        events.on_interval = [&intervals](metrics::Interval interval) { intervals.push_back(std::move(interval)); };
        events.on_error_example = [&examples](metrics::ErrorExample example) {
            examples.push_back(std::move(example));
        };
        events.on_abort = [&aborts](std::string reason) { aborts.push_back(std::move(reason)); };
        events.on_finished = [&finished] { ++finished; };
        Reporter reporter(2, 0s, events);
        WorkerRecorder recorder({1});
        for (std::size_t worker = 0; worker < 2; ++worker) {
            for (int i = 0; i < 5; ++i) CHECK(reporter.try_send({worker, metrics::ErrorExample{}}));
            CHECK(reporter.try_send({worker, AbortAsked{"first"}}));
            CHECK(reporter.try_send({worker, recorder.take(0)}));
            CHECK(reporter.try_send({worker, WorkerFinished{}}));
        }
    }
    CHECK(intervals.size() == 1);
    CHECK(examples.size() == Reporter::kExamples);
    CHECK(aborts == std::vector<std::string>{"first"});
    CHECK(finished == 1);
}

}  // namespace
}  // namespace culvert::agent::recorder
