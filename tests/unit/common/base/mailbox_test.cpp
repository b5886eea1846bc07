#include "common/base/mailbox.h"

#include <memory>
#include <thread>

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("a mailbox wakes its owner once for all that was sent since the last drain", "[base]") {
    int wakes = 0;
    Mailbox<int> mailbox(10, [&wakes] { ++wakes; });
    CHECK(mailbox.try_send(1));
    CHECK(mailbox.try_send(2));
    CHECK(wakes == 1);
    CHECK(mailbox.drain() == std::vector<int>{1, 2});
    CHECK(mailbox.try_send(3));
    CHECK(wakes == 2);
}

TEST_CASE("a full mailbox refuses and leaves the value with the sender", "[base]") {
    Mailbox<std::unique_ptr<int>> mailbox(1, nullptr);
    CHECK(mailbox.try_send(std::make_unique<int>(1)));
    auto second = std::make_unique<int>(2);
    CHECK_FALSE(mailbox.try_send(std::move(second)));
    REQUIRE(second);
    CHECK(*second == 2);
}

TEST_CASE("nothing sent from several threads is lost, and each thread's order is kept", "[base]") {
    constexpr int kEach = 10'000;
    Mailbox<std::pair<int, int>> mailbox(2 * kEach, nullptr);
    const auto send_all = [&mailbox](int who) {
        for (int i = 0; i < kEach; ++i) {
            if (!mailbox.try_send({who, i})) return;
        }
    };
    std::thread first(send_all, 0), second(send_all, 1);
    std::vector<int> next(2, 0);
    int received = 0;
    bool ordered = true;
    while (received < 2 * kEach) {
        for (const auto& [who, number] : mailbox.drain()) {
            ordered = ordered && number == next[static_cast<std::size_t>(who)]++;
            ++received;
        }
    }
    first.join();
    second.join();
    CHECK(ordered);
}
