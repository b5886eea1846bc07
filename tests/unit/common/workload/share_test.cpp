#include "common/workload/share.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::workload {
namespace {

std::vector<double> weights_from(const std::vector<int>& thousandths) {
    std::vector<double> weights;
    for (const int value : thousandths) weights.push_back(value / 1000.0);
    return weights;
}

// 1 … `most` weights of 0.001 … 1000.
rc::Gen<std::vector<double>> any_weights(int most_seats, int most_thousandths) {
    return rc::gen::exec([most_seats, most_thousandths] {
        const auto count = *rc::gen::inRange(1, most_seats + 1);
        return weights_from(*rc::gen::container<std::vector<int>>(static_cast<std::size_t>(count),
                                                                  rc::gen::inRange(1, most_thousandths + 1)));
    });
}

std::uint64_t sum_of_counts(const Ownership& ownership, std::uint64_t count) {
    std::uint64_t sum = 0;
    for (std::size_t seat = 0; seat < ownership.seats(); ++seat) sum += ownership.count_of(seat, count);
    return sum;
}

TEST_CASE("the counts of all seats add up to the plan, for any weights and any number of seats", "[workload]") {
    CHECK(rc::check([] {
        const Ownership ownership = Ownership::of(*any_weights(200, 1'000'000)).value();
        const auto count = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000);
        return sum_of_counts(ownership, count) == count;
    }));
}

TEST_CASE("the count of a seat is the number of indices it owns", "[workload]") {
    CHECK(rc::check([] {
        const Ownership ownership = Ownership::of(*any_weights(12, 5'000)).value();
        std::vector<std::uint64_t> owned(ownership.seats());
        const auto count = *rc::gen::inRange<std::uint64_t>(0, 3'000);
        for (std::uint64_t index = 0; index < count; ++index) ++owned.at(ownership.owner_of(index));
        for (std::size_t seat = 0; seat < ownership.seats(); ++seat)
            RC_ASSERT(ownership.count_of(seat, count) == owned[seat]);
    }));
}

TEST_CASE("walking a seat's indices meets each of them once, in order", "[workload]") {
    CHECK(rc::check([] {
        const Ownership ownership = Ownership::of(*any_weights(30, 1'000'000)).value();
        const auto seat = *rc::gen::inRange<std::size_t>(0, ownership.seats());
        const auto begin = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
        std::uint64_t from = begin;
        for (int step = 0; step < 20; ++step) {
            const std::uint64_t next = ownership.next_index(seat, from);
            RC_ASSERT(next >= from);
            RC_ASSERT(ownership.owner_of(next) == seat);
            RC_ASSERT(ownership.count_of(seat, next) == ownership.count_of(seat, from));  // none was passed over
            from = next + 1;
        }
    }));
}

TEST_CASE("an index is found again from its owner and rank", "[workload]") {
    CHECK(rc::check([] {
        const Ownership ownership = Ownership::of(*any_weights(100, 1'000'000)).value();
        const auto index = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000);
        return ownership.index_of(ownership.owner_of(index), ownership.rank_of(index)) == index;
    }));
}

TEST_CASE("weights 1, 2 and 4 share 10000 iterations exactly", "[workload]") {
    const Ownership ownership = Ownership::of(std::vector<double>{1, 2, 4}).value();
    CHECK(sum_of_counts(ownership, 10'000) == 10'000);
    for (std::uint64_t begin = 0; begin < 700; begin += 7) {
        CHECK(ownership.count_of(0, begin + 7) - ownership.count_of(0, begin) == 1);
        CHECK(ownership.count_of(1, begin + 7) - ownership.count_of(1, begin) == 2);
        CHECK(ownership.count_of(2, begin + 7) - ownership.count_of(2, begin) == 4);
    }
}

TEST_CASE("the indices of a seat are spread evenly, so agents interleave", "[workload]") {
    const Ownership ownership = Ownership::of(std::vector<double>(10, 1.0)).value();
    CHECK(ownership.owner_of(0) != ownership.owner_of(1));
    const Ownership heavy = Ownership::of(std::vector<double>{1, 99}).value();
    std::uint64_t last = heavy.next_index(0, 0);
    for (int i = 0; i < 10; ++i) {
        const std::uint64_t next = heavy.next_index(0, last + 1);
        CHECK(next - last == 100);
        last = next;
    }
    const Ownership halves = Ownership::of(std::vector<double>{50, 50, 100}).value();
    for (std::uint64_t index = 0; index < 40; ++index) CHECK(halves.next_index(2, index) - index <= 2);
}

TEST_CASE("one seat owns everything", "[workload]") {
    const Ownership ownership = Ownership::of(std::vector<double>{0.5}).value();
    CHECK(ownership.owner_of(123) == 0);
    CHECK(ownership.count_of(0, 123) == 123);
    CHECK(ownership.next_index(0, 123) == 123);
    CHECK(ownership.index_of(0, 123) == 123);
}

TEST_CASE("weights count to three decimals", "[workload]") {
    const Ownership a = Ownership::of(std::vector<double>{4.0, 1.0}).value();
    const Ownership b = Ownership::of(std::vector<double>{4.0004, 1.0}).value();
    for (std::uint64_t index = 0; index < 100; ++index) CHECK(a.owner_of(index) == b.owner_of(index));
}

TEST_CASE("a weight that is no weight is refused", "[workload]") {
    CHECK_FALSE(Ownership::of(std::vector<double>{}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>{1, 0}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>{-1}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>{std::nan("")}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>{1000.1}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>{0.0001}).has_value());
    CHECK_FALSE(Ownership::of(std::vector<double>(Ownership::kMostSeats + 1, 1.0)).has_value());
}

TEST_CASE("ten thousand uneven seats still share exactly", "[workload]") {
    std::vector<double> weights;
    for (std::size_t i = 0; i < Ownership::kMostSeats; ++i)
        weights.push_back(static_cast<double>(1 + i * 7919 % 999'983) / 1000.0);
    const Ownership ownership = Ownership::of(weights).value();
    CHECK(sum_of_counts(ownership, 123'456'789'012) == 123'456'789'012);
    const std::uint64_t index = 98'765'432'101;
    CHECK(ownership.index_of(ownership.owner_of(index), ownership.rank_of(index)) == index);
}

}  // namespace
}  // namespace culvert::workload
