// The fault proxy's own parts: a test bed that is wrong proves nothing.
#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/fault_proxy/fault_proxy.h"
#include "tests/support/fault_proxy/frame_rewriter.h"
#include "tests/support/loopback.h"

using namespace culvert;
using namespace culvert::test;

namespace {

constexpr int kPatience_ms = 5000;

// One masked frame of a client, short enough for one length byte.
std::string frame(std::string_view payload, bool fin = true, unsigned opcode = 2) {
    std::string out;
    out += static_cast<char>((fin ? 0x80U : 0U) | opcode);
    out += static_cast<char>(0x80U | payload.size());
    const std::string mask = "\x11\x22\x33\x44";
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

std::string payload_of(std::string_view text) {
    std::string out(text.substr(6));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ text[2 + i % 4]);
    return out;
}

std::string read_some(int fd, std::size_t count) {
    std::string out;
    while (out.size() < count && wait_readable(fd, kPatience_ms)) {
        char byte = 0;
        if (::recv(fd, &byte, 1, 0) != 1) break;
        out += byte;
    }
    return out;
}

struct Rig {
    explicit Rig(std::string_view faults = {}) {
        FaultProxySettings settings;
        settings.hosts["far.test"] = "127.0.0.1";
        if (!faults.empty()) REQUIRE(set_fault(settings.faults, faults));
        proxy = std::move(*FaultProxy::start(std::move(settings), *events));
        client = connect_to_loopback(proxy->port());
        REQUIRE(write_all(client, "CONNECT far.test:" + std::to_string(origin.port) + " HTTP/1.1\r\n\r\n"));
    }
    ~Rig() {
        ::close(client);
        if (server >= 0) ::close(server);
        ::close(origin.fd);
    }
    std::string answer() {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            const std::string byte = read_some(client, 1);
            if (byte.empty()) break;
            head += byte;
        }
        return head;
    }
    void open() {
        REQUIRE(answer().find(" 200 ") != std::string::npos);
        server = ::accept(origin.fd, nullptr, nullptr);
        REQUIRE(server >= 0);
    }

    std::unique_ptr<EventLog> events = std::move(*EventLog::open(""));
    LoopbackListener origin = listen_on_loopback();
    std::unique_ptr<FaultProxy> proxy;
    int client = -1, server = -1;
};

}  // namespace

TEST_CASE("a fault is set by its key, for one direction or for both", "[netlab]") {
    Faults faults;
    REQUIRE(set_fault(faults, "delay=50ms"));
    REQUIRE(set_fault(faults, "up.bandwidth=8kB"));
    CHECK(faults.up.delay == std::chrono::milliseconds(50));
    CHECK(faults.down.delay == std::chrono::milliseconds(50));
    CHECK(faults.up.bandwidth == 8000);
    CHECK(faults.down.bandwidth == 0);
}

TEST_CASE("a fault that is not known is refused with the name that is near", "[netlab]") {
    Faults faults;
    CHECK(set_fault(faults, "cut_aftr=3s").error().message.find("did you mean cut_after?") != std::string::npos);
    CHECK(set_fault(faults, "delay=3").error().message.find("fault delay") != std::string::npos);
    CHECK_FALSE(set_fault(faults, "up.idle_cut=3s"));
    CHECK_FALSE(set_fault(faults, "stall"));
}

TEST_CASE("frames get another mask and keep what is in them, however they arrive", "[netlab]") {
    FrameRewriter rewriter([](const std::string&, std::uint64_t) {});
    const std::string sent = frame("hello");
    std::string out;
    for (const char byte : sent) out += rewriter.pass(std::string(1, byte), {});
    CHECK(out.size() == sent.size());
    CHECK(out != sent);
    CHECK(payload_of(out) == "hello");
}

TEST_CASE("fragments of a message become one, or as many as told", "[netlab]") {
    FrameRewriter rewriter([](const std::string&, std::uint64_t) {});
    CHECK(payload_of(rewriter.pass(frame("hel", false) + frame("lo", true, 0), {})) == "hello");
    LaneFaults split;
    split.frame_bytes = 3;
    const std::string out = rewriter.pass(frame("hello"), split);
    CHECK(static_cast<unsigned char>(out[0]) == 0x02);
    CHECK(static_cast<unsigned char>(out[9]) == 0x80);
    CHECK(payload_of(out.substr(9)) == "lo");
}

TEST_CASE("messages are dropped, edited, replayed and reordered as told, and each is reported", "[netlab]") {
    const auto passed = [](std::uint64_t MessageFaults::*what) {
        std::string said;
        FrameRewriter rewriter(
            [&said](const std::string& done, std::uint64_t message) { said += done + std::to_string(message); });
        LaneFaults faults;
        faults.messages.skip = 1;
        faults.messages.*what = 1;
        std::string out = payload_of(rewriter.pass(frame("a"), faults)) + "|";
        const std::string rest = rewriter.pass(frame("b"), faults);
        for (std::size_t at = 0; at < rest.size(); at += 7) out += payload_of(rest.substr(at, 7));
        return out + "|" + said;
    };
    CHECK(passed(&MessageFaults::drop_every) == "a||drop2");
    CHECK(passed(&MessageFaults::edit_every) == "a|c|edit2");
    CHECK(passed(&MessageFaults::replay_every) == "a|bb|replay2");
    CHECK(passed(&MessageFaults::reorder_every) == "a||reorder2");
}

TEST_CASE("a message that is edited twice is not what it was, and no more are edited than told", "[netlab]") {
    LaneFaults faults;
    faults.messages.edit_every = 1;
    faults.messages.times = 1;
    FrameRewriter first([](const std::string&, std::uint64_t) {}), second([](const std::string&, std::uint64_t) {});
    CHECK(payload_of(second.pass(first.pass(frame("a"), faults), faults)) == "c");
    CHECK(payload_of(second.pass(first.pass(frame("a"), faults), faults)) == "a");
}

TEST_CASE("a tunnel carries both ways, and is cut when told", "[netlab]") {
    Rig rig;
    rig.open();
    REQUIRE(write_all(rig.client, "ping"));
    CHECK(read_some(rig.server, 4) == "ping");
    REQUIRE(write_all(rig.server, "pong"));
    CHECK(read_some(rig.client, 4) == "pong");
    REQUIRE(rig.proxy->control("cut"));
    CHECK(read_some(rig.client, 1).empty());
    CHECK_FALSE(rig.proxy->control("explode"));
}

TEST_CASE("after so many bytes a tunnel is cut, not one byte later", "[netlab]") {
    Rig rig("down.cut_after_bytes=5B");
    rig.open();
    REQUIRE(write_all(rig.server, "12345678"));
    CHECK(read_some(rig.client, 8) == "12345");
}

TEST_CASE("a stalled tunnel swallows what it gets and stays open", "[netlab]") {
    Rig rig("up.stall=on");
    rig.open();
    REQUIRE(write_all(rig.client, "lost"));
    REQUIRE(write_all(rig.server, "back"));
    CHECK(read_some(rig.client, 4) == "back");
    CHECK_FALSE(wait_readable(rig.server, 200));
    REQUIRE(rig.proxy->control("set up.stall=off"));
    REQUIRE(write_all(rig.client, "kept"));
    CHECK(read_some(rig.server, 4) == "kept");
}

TEST_CASE("tunnels that are told to stall never carry again, and are not ended by that", "[netlab]") {
    Rig rig;
    rig.open();
    REQUIRE(rig.proxy->control("stall"));
    CHECK_FALSE(wait_readable(rig.client, 50));
    REQUIRE(write_all(rig.client, "lost"));
    CHECK_FALSE(wait_readable(rig.server, 200));
    CHECK(rig.proxy->open_tunnels() == 1);
}

TEST_CASE("CONNECT is refused so many times as told, then granted", "[netlab]") {
    Rig rig("answer=502");
    CHECK(rig.answer().find(" 502 Bad Gateway") != std::string::npos);
    REQUIRE(rig.proxy->control("set answer_times=0"));
    REQUIRE(write_all(rig.client, "CONNECT far.test:" + std::to_string(rig.origin.port) + " HTTP/1.1\r\n\r\n"));
    rig.open();
}
