#include "tunnel/relay/node_queue.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tunnel/relay/transport.h"

using namespace culvert;
using namespace culvert::tunnel;
using relay::NodeQueue;

namespace {

const SteadyTime kNow(std::chrono::seconds(5));

envelope::Envelope data(std::size_t size, char fill = 'x') {
    return {envelope::Kind::Data, {}, {}, std::string(size, fill)};
}

std::string_view payload(const NodeQueue::Batch& batch) {
    return std::string_view(batch.bytes).substr(relay::kHeadroom);
}

}  // namespace

TEST_CASE("small envelopes share a message up to the batch target", "[relay]") {
    NodeQueue queue(1 << 20);
    for (int i = 0; i < 100; ++i) REQUIRE(queue.push(data(200), kNow));
    std::size_t envelopes = 0;
    std::size_t messages = 0;
    while (!queue.empty()) {
        const auto batch = queue.pop();
        CHECK(payload(batch).size() <= envelope::kBatchTarget);
        envelopes += batch.envelopes;
        ++messages;
    }
    CHECK(envelopes == 100);
    CHECK(messages == 2);  // 64 of them fit in 16 KiB
    CHECK(queue.bytes() == 0);
}

TEST_CASE("the largest envelope travels in a message of its own", "[relay]") {
    NodeQueue queue(1 << 20);
    REQUIRE(queue.push(data(10), kNow));
    REQUIRE(queue.push(data(envelope::kLargestBody), kNow));
    REQUIRE(queue.push(data(10), kNow));
    CHECK(queue.pop().envelopes == 1);
    CHECK(payload(queue.pop()).size() == envelope::kHeaderSize + envelope::kLargestBody);
    CHECK(queue.pop().envelopes == 1);
}

TEST_CASE("a full queue takes nothing and keeps what it has", "[relay]") {
    const std::size_t one = envelope::kHeaderSize + 100;
    NodeQueue queue(2 * one);
    CHECK(queue.push(data(100), kNow));
    CHECK(queue.push(data(100), kNow));
    CHECK_FALSE(queue.push(data(0), kNow));
    CHECK(queue.bytes() == 2 * one);
    queue.pop();
    CHECK(queue.push(data(100), kNow));
}

TEST_CASE("a message remembers when its first envelope came", "[relay]") {
    NodeQueue queue(1 << 20);
    REQUIRE(queue.push(data(1), kNow));
    REQUIRE(queue.push(data(1), kNow + std::chrono::seconds(1)));
    CHECK(queue.pop().queued_at == kNow);
}

TEST_CASE("clearing forgets everything", "[relay]") {
    NodeQueue queue(1 << 20);
    REQUIRE(queue.push(data(1), kNow));
    queue.clear();
    CHECK(queue.empty());
    CHECK(queue.bytes() == 0);
}

TEST_CASE("whatever is pushed and popped in whatever order comes out identical and in order", "[relay]") {
    CHECK(rc::check([] {
        NodeQueue queue(8 << 20);
        std::vector<std::string> sent, received;
        const auto collect = [&received](const NodeQueue::Batch& batch) {
            std::string_view rest = payload(batch);
            while (!rest.empty()) {
                const auto taken = envelope::take_front(rest);
                RC_ASSERT(taken.has_value());
                received.emplace_back(taken->body);
            }
        };
        const int steps = *rc::gen::inRange(1, 300);
        for (int i = 0; i < steps; ++i) {
            if (*rc::gen::inRange(0, 4) == 0 && !queue.empty()) {
                collect(queue.pop());
            } else {
                const auto size = *rc::gen::inRange<std::size_t>(0, 6000);
                sent.emplace_back(size, static_cast<char>('a' + i % 26));
                RC_ASSERT(queue.push(data(size, sent.back().empty() ? 'x' : sent.back()[0]), kNow));
            }
        }
        while (!queue.empty()) collect(queue.pop());
        RC_ASSERT(received == sent);
    }));
}
