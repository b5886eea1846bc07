#include "agent/recorder/interval_merger.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::agent::recorder {
namespace {

using namespace std::chrono_literals;

WorkerSecond second_of(std::uint32_t second, std::uint64_t offered) {
    WorkerSecond result;
    result.second = second;
    result.scenarios.resize(1);
    result.scenarios[0].offered = offered;
    result.lateness.record_micros(offered);
    result.cpu_percent = static_cast<double>(offered);
    result.open_sockets = 2;
    return result;
}

TEST_CASE("the first start is that of the earliest slot, whichever worker had it", "[recorder]") {
    IntervalMerger merger(2, 0s);
    WorkerSecond later = second_of(0, 1), earlier = second_of(0, 1), another = second_of(1, 1);
    later.first_start = FirstStart{SteadyTime{} + 5ms, 900us};
    earlier.first_start = FirstStart{SteadyTime{} + 1ms, 40us};
    merger.add(0, std::move(later));
    merger.add(1, std::move(earlier));
    merger.add(0, std::move(another));
    CHECK(merger.take().size() == 1);
    REQUIRE(merger.first_start());
    CHECK(merger.first_start()->lateness == 40us);
}

TEST_CASE("a second is given when every worker has given it", "[recorder]") {
    IntervalMerger merger(2, 1s);
    merger.add(0, second_of(0, 3));
    merger.add(0, second_of(1, 4));
    CHECK(merger.take().empty());
    merger.add(1, second_of(0, 5));
    const auto first = merger.take();
    REQUIRE(first.size() == 1);
    CHECK(first[0].number == 1);
    CHECK(first[0].second == 0);
    CHECK(first[0].warmup);
    CHECK(first[0].scenarios[0].offered == 8);
    CHECK(first[0].lateness.count() == 2);
    CHECK(first[0].cpu_percent == 5);   // of the busiest
    CHECK(first[0].open_sockets == 4);  // of all
    merger.finish(1);
    const auto second = merger.take();
    REQUIRE(second.size() == 1);
    CHECK(second[0].number == 2);
    CHECK_FALSE(second[0].warmup);
    CHECK_FALSE(merger.finished());
    merger.finish(0);
    CHECK(merger.finished());
}

TEST_CASE("seconds that a worker folded leave no gap in the numbers", "[recorder]") {
    IntervalMerger merger(1, 0s);
    merger.add(0, second_of(0, 1));
    merger.add(0, second_of(3, 1));
    const auto intervals = merger.take();
    REQUIRE(intervals.size() == 4);
    for (std::uint32_t i = 0; i < 4; ++i) {
        CHECK(intervals[i].number == i + 1);
        CHECK(intervals[i].second == i);
    }
}

TEST_CASE("nothing is lost or counted twice in whatever order workers report", "[recorder]") {
    CHECK(rc::check([] {
        const auto workers = *rc::gen::inRange<std::size_t>(1, 5);
        const auto order = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, workers));
        IntervalMerger merger(workers, 0s);
        std::vector<std::uint32_t> next(workers, 0);
        std::uint64_t given = 0, got = 0, last = 0;
        const auto take = [&merger, &got, &last] {
            for (const metrics::Interval& interval : merger.take()) {
                RC_ASSERT(interval.number == ++last);
                for (const auto& scenario : interval.scenarios) got += scenario.offered;
            }
        };
        for (const std::size_t worker : order) {
            merger.add(worker, second_of(next[worker]++, worker + 1));
            given += worker + 1;
            take();
        }
        for (std::size_t worker = 0; worker < workers; ++worker) merger.finish(worker);
        take();
        RC_ASSERT(got == given);
        RC_ASSERT(merger.finished());
    }));
}

}  // namespace
}  // namespace culvert::agent::recorder
