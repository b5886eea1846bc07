#include "tunnel/link/send_queue.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <vector>

#include "tunnel/link/round_trip.h"

using namespace culvert;
using namespace std::chrono_literals;
using namespace tunnel::link;
namespace envelope = tunnel::envelope;

namespace {

envelope::Envelope data(std::string body) {
    return {envelope::Kind::Data, {}, {}, std::move(body)};
}

}  // namespace

TEST_CASE("small envelopes gather in one batch, and a batch ends at its target", "[link]") {
    SendQueue queue(1 << 20);
    for (int i = 0; i < 100; ++i) REQUIRE(queue.push(data(std::string(200, 'x'))));
    int batches = 0;
    while (!queue.empty()) {
        CHECK(queue.pop().size() <= envelope::kBatchTarget);
        ++batches;
    }
    CHECK(batches == 2);  // 100 × (54 + 200) bytes
    CHECK(queue.bytes() == 0);
}

TEST_CASE("an envelope of the largest size travels alone", "[link]") {
    SendQueue queue(1 << 20);
    REQUIRE(queue.push(data("a")));
    REQUIRE(queue.push(data(std::string(envelope::kLargestBody, 'x'))));
    REQUIRE(queue.push(data("b")));
    CHECK(queue.pop().size() == envelope::kHeaderSize + 1);
    CHECK(queue.pop().size() == envelope::kHeaderSize + envelope::kLargestBody);
    CHECK(queue.pop().size() == envelope::kHeaderSize + 1);
}

TEST_CASE("a full queue takes nothing and has room again when something has left", "[link]") {
    SendQueue queue(3 * (envelope::kHeaderSize + envelope::kLargestBody));
    const auto large = data(std::string(envelope::kLargestBody, 'x'));
    for (int i = 0; i < 3; ++i) REQUIRE(queue.push(large));
    const std::size_t full = queue.bytes();
    CHECK_FALSE(queue.push(data("")));
    CHECK(queue.bytes() == full);
    (void)queue.pop();
    CHECK(queue.push(large));
}

TEST_CASE("what goes in comes out, in order, never above what a receiver takes", "[link]") {
    CHECK(rc::check([](const std::vector<std::uint16_t>& sizes) {
        SendQueue queue(64 << 20);
        std::size_t number = 0;
        for (const std::uint16_t size : sizes) {
            RC_ASSERT(
                queue.push(data(std::to_string(number++) + std::string(size % (envelope::kLargestBody - 20), ' '))));
        }
        std::size_t next = 0;
        while (!queue.empty()) {
            const std::string batch = queue.pop();
            RC_ASSERT(batch.size() <= envelope::kLargestBatch);
            for (std::string_view rest = batch; !rest.empty();) {
                const auto view = envelope::take_front(rest);
                RC_ASSERT(view.has_value());
                RC_ASSERT(view->body.starts_with(std::to_string(next++)));
            }
        }
        RC_ASSERT(next == sizes.size());
    }));
}

TEST_CASE("the round trip is the smallest of the last eight echoes", "[link]") {
    RoundTrip round_trip;
    SteadyTime now{};
    const auto echo = [&](Duration took) {
        const std::string body = round_trip.probe(now);
        now += took;
        return round_trip.answered(body, now);
    };
    CHECK(echo(5ms) == Duration(5ms));
    CHECK(echo(3ms) == Duration(3ms));
    CHECK(echo(9ms) == Duration(3ms));
    for (int i = 0; i < 7; ++i) echo(8ms);
    CHECK(echo(8ms) == Duration(8ms));
}

TEST_CASE("an echo that was not asked for, or comes twice, is no measurement", "[link]") {
    RoundTrip round_trip;
    CHECK_FALSE(round_trip.answered("1", SteadyTime{}));
    const std::string first = round_trip.probe(SteadyTime{});
    const std::string second = round_trip.probe(SteadyTime{} + 1s);
    CHECK_FALSE(round_trip.answered(first, SteadyTime{} + 2s));
    CHECK(round_trip.answered(second, SteadyTime{} + 2s) == Duration(1s));
    CHECK_FALSE(round_trip.answered(second, SteadyTime{} + 3s));
}
