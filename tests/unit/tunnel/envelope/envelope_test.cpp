#include "tunnel/envelope/envelope.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::tunnel::envelope;

namespace {

Address any_address() {
    Address address;
    for (auto& byte : address.node.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
    address.instance = *rc::gen::arbitrary<std::uint64_t>();
    return address;
}

Envelope any_envelope() {
    Envelope envelope;
    envelope.kind = static_cast<Kind>(*rc::gen::inRange(1, 15));
    envelope.from = any_address();
    envelope.to = any_address();
    envelope.body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    return envelope;
}

Envelope owned(const EnvelopeView& view) {
    return Envelope{view.kind, view.from, view.to, std::string(view.body)};
}

}  // namespace

TEST_CASE("envelopes come out of a batch as they went in", "[envelope]") {
    CHECK(rc::check([] {
        std::vector<Envelope> sent;
        const int count = *rc::gen::inRange(1, 20);
        for (int i = 0; i < count; ++i) sent.push_back(any_envelope());
        std::string batch;
        for (const Envelope& envelope : sent) append_to(batch, envelope);

        std::string_view rest = batch;
        for (const Envelope& envelope : sent) {
            const std::string_view before = rest;
            const auto taken = take_front(rest);
            RC_ASSERT(taken.has_value());
            RC_ASSERT(owned(*taken) == envelope);
            RC_ASSERT(taken->whole == before.substr(0, kHeaderSize + envelope.body.size()));
        }
        RC_ASSERT(rest.empty());
    }));
}

TEST_CASE("a batch that is cut anywhere inside its last envelope is an error", "[envelope]") {
    std::string batch;
    append_to(batch, Envelope{Kind::Data, {}, {}, "hello"});
    for (std::size_t length = 0; length < batch.size(); ++length) {
        std::string_view cut = std::string_view(batch).substr(0, length);
        const auto taken = take_front(cut);
        REQUIRE_FALSE(taken.has_value());
        CHECK(taken.error().code == Code::InvalidInput);
        CHECK(cut.size() == length);
    }
}

TEST_CASE("an envelope of another version, an unknown kind or too long a body is an error that says so", "[envelope]") {
    std::string batch;
    append_to(batch, Envelope{Kind::Data, {}, {}, "x"});
    const auto error_of = [](std::string_view bytes) {
        const auto taken = take_front(bytes);
        REQUIRE_FALSE(taken.has_value());
        return taken.error().message;
    };

    std::string version = batch;
    version[0] = 2;
    CHECK(error_of(version) == "broken envelope: version 2, expected 1");
    std::string kind = batch;
    kind[1] = 99;
    CHECK(error_of(kind) == "broken envelope: unknown kind 99");
    kind[1] = 0;
    CHECK(error_of(kind) == "broken envelope: unknown kind 0");
    std::string length = batch;
    length[2] = 1;
    CHECK(error_of(length) == "broken envelope: a body of 16777217 bytes, at most 16384");
}

TEST_CASE("a body of exactly the largest size passes", "[envelope]") {
    std::string batch;
    append_to(batch, Envelope{Kind::Data, {}, {}, std::string(kLargestBody, 'b')});
    std::string_view rest = batch;
    const auto taken = take_front(rest);
    REQUIRE(taken.has_value());
    CHECK(taken->body.size() == kLargestBody);
    CHECK(batch.size() < kLargestBatch);
}

TEST_CASE("random bytes never yield a view outside the batch", "[envelope]") {
    CHECK(rc::check([](const std::string& noise) {
        std::string_view rest = noise;
        while (!rest.empty()) {
            const auto taken = take_front(rest);
            if (!taken) break;
            RC_ASSERT(taken->whole.data() >= noise.data());
            RC_ASSERT(taken->whole.data() + taken->whole.size() <= noise.data() + noise.size());
        }
    }));
}
