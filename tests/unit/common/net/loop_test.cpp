#include "common/net/loop.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using net::Loop;

TEST_CASE("posted tasks run on the loop's thread in the order they were posted", "[net]") {
    Loop loop;
    std::vector<int> order;
    std::thread::id ran_on;
    std::thread other([&loop, &order, &ran_on] {
        for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
        loop.post([&loop, &ran_on] {
            ran_on = std::this_thread::get_id();
            loop.stop();
        });
    });
    loop.run();
    other.join();
    REQUIRE(order.size() == 100);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("a task posted from a task runs later, never inline", "[net]") {
    Loop loop;
    std::vector<int> order;
    loop.post([&loop, &order] {
        loop.post([&loop, &order] {
            order.push_back(2);
            loop.stop();
        });
        order.push_back(1);
    });
    loop.run();
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("stop before run makes run return at once", "[net]") {
    Loop loop;
    loop.stop();
    loop.run();
    SUCCEED();
}

TEST_CASE("a loop runs again after it was stopped", "[net]") {
    Loop loop;
    int rounds = 0;
    for (int i = 0; i < 3; ++i) {
        loop.post([&loop, &rounds] {
            ++rounds;
            loop.stop();
        });
        loop.run();
    }
    CHECK(rounds == 3);
}

TEST_CASE("a timer never fires early and fires once", "[net]") {
    Loop loop;
    int fired = 0;
    const SteadyTime start = loop.clock().steady_now();
    SteadyTime end = start;
    auto once = loop.after(5ms, [&fired, &end, &loop] {
        ++fired;
        end = loop.clock().steady_now();
    });
    auto last = loop.after(12ms, [&loop] { loop.stop(); });
    loop.run();
    CHECK(fired == 1);
    CHECK(end - start >= 4ms);  // libuv counts whole milliseconds of its own cached time
}

TEST_CASE("a repeating timer may destroy itself in its own callback", "[net]") {
    Loop loop;
    int fired = 0;
    std::unique_ptr<Loop::Timer> timer;
    timer = loop.every(1ms, [&fired, &timer, &loop] {
        if (++fired == 3) {
            timer.reset();
            loop.post([&loop] { loop.stop(); });
        }
    });
    loop.run();
    CHECK(fired == 3);
}

TEST_CASE("no callback comes after a timer was destroyed", "[net]") {
    Loop loop;
    bool fired = false;
    std::unique_ptr<Loop::Timer> victim;
    auto killer = loop.after(1ms, [&victim] { victim.reset(); });
    victim = loop.after(2ms, [&fired] { fired = true; });
    auto last = loop.after(6ms, [&loop] { loop.stop(); });
    loop.run();
    CHECK_FALSE(fired);
}

TEST_CASE("a watch reports what it was asked for and nothing while it is set to nothing", "[net]") {
    Loop loop;
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
    int readable = 0;
    int writable = 0;
    std::unique_ptr<Loop::Watch> watch;
    watch = loop.watch(pair[0], [&](bool r, bool w) {
        if (w) {
            ++writable;
            watch->set(true, false);
            CHECK(::send(pair[1], "x", 1, 0) == 1);
        }
        if (r) {
            ++readable;
            watch->set(false, false);  // the byte stays unread: a second report would show
        }
    });
    watch->set(false, true);
    auto last = loop.after(10ms, [&loop] { loop.stop(); });
    loop.run();
    CHECK(writable == 1);
    CHECK(readable == 1);
    watch.reset();
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST_CASE("a watch that has met an error watches again when it is asked for the same", "[net]") {
    Loop loop;
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    int errors = 0;
    std::unique_ptr<Loop::Watch> watch;
    watch = loop.watch(pipe[1], [&](bool readable, bool) {
        if (!readable) {  // only an error says both
            watch->set(false, true);
            if (pipe[0] >= 0) ::close(std::exchange(pipe[0], -1));
            return;
        }
        if (++errors == 2) return loop.stop();
        watch->set(false, true);
    });
    watch->set(false, true);
    loop.run();
    CHECK(errors == 2);
    watch.reset();
    ::close(pipe[1]);
}

TEST_CASE("a descriptor may be closed right after its watch is gone and its number used again", "[net]") {
    Loop loop;
    for (int round = 0; round < 3; ++round) {
        std::array<int, 2> pair{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
        REQUIRE(::send(pair[1], "x", 1, 0) == 1);
        int reports = 0;
        std::unique_ptr<Loop::Watch> watch;
        watch = loop.watch(pair[0], [&](bool, bool) {
            ++reports;
            watch.reset();
            ::close(pair[0]);
            ::close(pair[1]);
            loop.stop();
        });
        watch->set(true, false);
        loop.run();
        CHECK(reports == 1);
    }
}

TEST_CASE("a signal arrives on the loop's thread", "[net]") {
    Loop loop;
    int arrived = 0;
    auto watch = loop.on_signal(SIGUSR1, [&arrived, &loop] {
        ++arrived;
        loop.stop();
    });
    loop.post([] { ::kill(::getpid(), SIGUSR1); });
    loop.run();
    CHECK(arrived == 1);
}

TEST_CASE("tasks that were never run are let go with the loop", "[net]") {
    auto token = std::make_shared<int>(1);
    {
        Loop loop;
        loop.post([token] {});
        CHECK(token.use_count() == 2);
    }
    CHECK(token.use_count() == 1);
}
