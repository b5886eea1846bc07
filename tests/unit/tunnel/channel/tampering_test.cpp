#include <algorithm>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/unit/tunnel/channel/channel_pair.h"

using namespace culvert;
using culvert::test::ChannelPair;
using culvert::test::MeshPair;
using culvert::test::TestMeshCa;

namespace {

struct OpenPair : MeshPair {
    OpenPair() {
        run();
        REQUIRE(server.opened);
    }
    // Five messages as five pieces on the wire to the agent.
    std::deque<std::string> five_messages() {
        for (const char* text : {"one ", "two ", "three ", "four ", "five "}) REQUIRE(client.channel->write(text));
        REQUIRE(client.sent.size() == 5);
        return std::exchange(client.sent, {});
    }
    void feed(const std::deque<std::string>& pieces) {
        for (const std::string& piece : pieces) server.channel->feed(piece);
    }
    void require_closed_after(const std::string& good) {
        CHECK(server.received == good);
        REQUIRE(server.closed);
        CHECK(server.times_closed == 1);
        CHECK(server.closed->code == Code::Disconnected);
        CHECK_THAT(
            server.closed->message,
            Catch::StartsWith("what arrived from laptop was altered, lost, repeated or out of order on the way"));
        carry(server, client);
        REQUIRE(client.closed);
        CHECK_THAT(client.closed->message, Catch::StartsWith("the peer could not decrypt"));
    }
};

}  // namespace

TEST_CASE("an altered piece ends the channel before anything wrong is read", "[channel]") {
    OpenPair open;
    auto pieces = open.five_messages();
    pieces[2][pieces[2].size() - 1] = static_cast<char>(pieces[2].back() ^ 1);
    open.feed(pieces);
    open.require_closed_after("one two ");
}

TEST_CASE("a lost piece ends the channel", "[channel]") {
    OpenPair open;
    auto pieces = open.five_messages();
    pieces.erase(pieces.begin() + 1);
    open.feed(pieces);
    open.require_closed_after("one ");
}

TEST_CASE("a repeated piece ends the channel", "[channel]") {
    OpenPair open;
    auto pieces = open.five_messages();
    pieces.insert(pieces.begin() + 1, pieces[0]);
    open.feed(pieces);
    open.require_closed_after("one ");
}

TEST_CASE("pieces in another order end the channel", "[channel]") {
    OpenPair open;
    auto pieces = open.five_messages();
    std::swap(pieces[1], pieces[2]);
    open.feed(pieces);
    open.require_closed_after("one ");
}

TEST_CASE("pieces recorded on one channel are worth nothing on another", "[channel]") {
    OpenPair first;
    OpenPair second;
    second.feed(first.five_messages());
    second.require_closed_after("");
}

TEST_CASE("an altered handshake never opens the channel at the end that reads it", "[channel]") {
    TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.agent("fra-1");
    for (std::size_t step = 0; step < 60; ++step) {
        ChannelPair pair(laptop, mesh.trust, agent, mesh.trust);
        std::string hello = pair.client.sent.front();
        pair.client.sent.pop_front();
        pair.server.channel->feed(hello);
        std::string answer;
        for (const std::string& piece : pair.server.sent) answer += piece;
        pair.server.sent.clear();
        const std::size_t at = step * answer.size() / 60;
        answer[at] = static_cast<char>(answer[at] ^ 0x10);
        pair.client.channel->feed(answer);
        INFO("octet " << at << " of " << answer.size());
        REQUIRE_FALSE(pair.client.opened);
    }
}

TEST_CASE("noise instead of a handshake ends the channel with one line", "[channel]") {
    const TestMeshCa mesh;
    const auto agent = mesh.agent("fra-1");
    test::ChannelEnd server;
    server.channel = tunnel::channel::Channel::server(agent, mesh.trust, server.events());
    server.channel->start();
    server.channel->feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(server.closed);
    CHECK(server.closed->message.find('\n') == std::string::npos);
    server.channel->feed("more");
    CHECK(server.times_closed == 1);
}

TEST_CASE("pieces may be cut and joined anywhere on the way", "[channel]") {
    const TestMeshCa mesh;
    const auto laptop = mesh.controller("laptop");
    const auto agent = mesh.agent("fra-1");
    CHECK(rc::check([&] {
        ChannelPair pair(laptop, mesh.trust, agent, mesh.trust);
        // Carries everything in slices of random size, cutting and joining pieces.
        const auto carry = [](test::ChannelEnd& from, test::ChannelEnd& to) {
            std::string all;
            for (const std::string& piece : from.sent) all += piece;
            from.sent.clear();
            while (!all.empty()) {
                const std::size_t length = std::min<std::size_t>(all.size(), *rc::gen::inRange<std::size_t>(1, 40'000));
                to.channel->feed(all.substr(0, length));
                all.erase(0, length);
            }
        };
        for (int i = 0; i < 4; ++i) {
            carry(pair.client, pair.server);
            carry(pair.server, pair.client);
        }
        RC_ASSERT(pair.client.opened && pair.server.opened);
        std::string said;
        std::string answered;
        const auto lengths = *rc::gen::container<std::vector<std::size_t>>(6, rc::gen::inRange<std::size_t>(0, 50'000));
        for (const std::size_t length : lengths) {
            const std::string text(length, static_cast<char>('a' + length % 26));
            RC_ASSERT(pair.client.channel->write(text).has_value());
            said += text;
            RC_ASSERT(pair.server.channel->write(text + "!").has_value());
            answered += text + "!";
            if (length % 2 == 0) carry(pair.client, pair.server);
        }
        carry(pair.client, pair.server);
        carry(pair.server, pair.client);
        RC_ASSERT(pair.server.received == said);
        RC_ASSERT(pair.client.received == answered);
    }));
}

TEST_CASE("whatever is done to the pieces, what is read is a beginning of what was written", "[channel]") {
    CHECK(rc::check([] {
        OpenPair open;
        auto pieces = open.five_messages();
        const int edits = *rc::gen::inRange(1, 4);
        for (int i = 0; i < edits && !pieces.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, pieces.size());
            const auto other = *rc::gen::inRange<std::size_t>(0, pieces.size());
            switch (*rc::gen::inRange(0, 4)) {
                case 0:
                    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at));
                    break;
                case 1:
                    std::swap(pieces[at], pieces[other]);
                    break;
                case 2:
                    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), std::string(pieces[other]));
                    break;
                default:
                    pieces[at][*rc::gen::inRange<std::size_t>(0, pieces[at].size())] ^=
                        static_cast<char>(*rc::gen::inRange(1, 128));
                    break;
            }
        }
        open.feed(pieces);
        RC_ASSERT(std::string("one two three four five ").starts_with(open.server.received));
    }));
}
