#include "tunnel/envelope/pending_list.h"

#include <catch2/catch.hpp>

#include "tunnel/envelope/envelope.h"

using namespace culvert;
using namespace culvert::tunnel::envelope;

namespace {

std::vector<PendingEntry> read_all(const std::vector<std::string>& bodies) {
    std::vector<PendingEntry> entries;
    for (const std::string& body : bodies) {
        CHECK(body.size() <= kLargestBody);
        const auto part = parse_pending(body);
        REQUIRE(part.has_value());
        CHECK(part->more == (&body != &bodies.back()));
        entries.insert(entries.end(), part->entries.begin(), part->entries.end());
    }
    return entries;
}

}  // namespace

TEST_CASE("pending joins travel in as many bodies as they need, none of them in one", "[envelope]") {
    CHECK(encode_pending({}).size() == 1);
    CHECK(read_all(encode_pending({})).empty());
    std::vector<PendingEntry> entries;
    for (std::uint32_t i = 0; i < 64; ++i) entries.push_back({i, "10.0.0.1:4711", std::string(900, 'j')});
    const auto bodies = encode_pending(entries);
    CHECK(bodies.size() > 1);
    CHECK(read_all(bodies) == entries);
}

TEST_CASE("a join that does not fit beside the rest of its entry is left out, its entry is not", "[envelope]") {
    const auto read =
        read_all(encode_pending(std::vector<PendingEntry>{{7, std::string(200, 'p'), std::string(kLargestBody, 'j')}}));
    REQUIRE(read.size() == 1);
    CHECK(read[0].waits_seconds == 7);
    CHECK(read[0].peer.size() == kLongestPeer);
    CHECK(read[0].join.empty());
}

TEST_CASE("a broken list of pending joins is refused", "[envelope]") {
    const std::string whole = encode_pending(std::vector<PendingEntry>{{1, "peer", "join"}}).front();
    for (std::size_t length = 0; length < whole.size(); ++length) CHECK_FALSE(parse_pending(whole.substr(0, length)));
    CHECK_FALSE(parse_pending(std::string("\0\xff\xff", 3) + std::string(100, 'x')));
}
