// The lying relay's own part: what it makes of a batch is always a batch again.
#include <catch2/catch.hpp>

#include "tests/support/fault_proxy/envelope_liar.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/presence.h"
#include "tunnel/session/carriage.h"

using namespace culvert;
using namespace culvert::test;
using tunnel::envelope::Envelope;
using tunnel::envelope::Kind;
using tunnel::session::Carriage;

namespace {

Address node(std::uint8_t n) {
    Address address;
    address.node.bytes.fill(n);
    return address;
}

Envelope body_of_channel(std::uint8_t from, std::uint64_t channel, std::string_view octets) {
    return {Kind::Data, node(from), node(9), encode(Carriage{.channel = channel, .payload = octets})};
}

std::string batch_of(const std::vector<Envelope>& envelopes) {
    std::string batch;
    for (const Envelope& envelope : envelopes) append_to(batch, envelope);
    return batch;
}

std::vector<Envelope> read(std::string_view batch) {
    std::vector<Envelope> out;
    while (!batch.empty()) {
        const auto view = tunnel::envelope::take_front(batch);
        REQUIRE(view);
        out.push_back({view->kind, view->from, view->to, std::string(view->body)});
    }
    return out;
}

struct Liar {
    explicit Liar(Lie lie) { faults.every[static_cast<std::size_t>(lie)] = 1; }
    std::vector<Envelope> pass(const std::vector<Envelope>& envelopes) {
        return read(liar.pass(batch_of(envelopes), faults));
    }
    EnvelopeFaults faults;
    std::string told;
    EnvelopeLiar liar{[this](const std::string& what, std::uint64_t number) { told += what + std::to_string(number); }};
};

const Envelope kOne = body_of_channel(1, 5, "one!"), kTwo = body_of_channel(1, 5, "two!"),
               kOther = body_of_channel(2, 6, "other");

}  // namespace

TEST_CASE("envelopes are edited, dropped, replayed, swapped and cut short, each told once", "[netlab]") {
    const auto passed = [](Lie lie) {
        Liar liar(lie);
        liar.faults.times = 1;
        auto out = liar.pass({kOne, kTwo});
        CHECK(liar.told == "envelope_" + std::string(name_of(lie)) + "1");
        return out;
    };
    CHECK(passed(Lie::Edit) == std::vector{body_of_channel(1, 5, "one\""), kTwo});
    CHECK(passed(Lie::Drop) == std::vector{kTwo});
    CHECK(passed(Lie::Replay) == std::vector{kOne, kOne, kTwo});
    CHECK(passed(Lie::Reorder) == std::vector{kTwo, kOne});
    CHECK(passed(Lie::Truncate) == std::vector{body_of_channel(1, 5, "on"), kTwo});
    const auto renamed = passed(Lie::Sender);
    CHECK(renamed[0].from != kOne.from);
    CHECK(renamed[0].body == kOne.body);
}

TEST_CASE("a body is put into the channel of another agent", "[netlab]") {
    Liar liar(Lie::Divert);
    const auto out = liar.pass({kOne, kOther});
    REQUIRE(out.size() == 3);
    CHECK(out[2] == body_of_channel(1, 5, "other"));
}

TEST_CASE("words of its own are put behind an envelope, in words that can be read", "[netlab]") {
    const auto forged = [](Lie lie) {
        auto out = Liar(lie).pass({kOne});
        REQUIRE(out.size() == 2);
        CHECK(out[0] == kOne);
        CHECK(out[1].from == kOne.from);
        return out[1];
    };
    CHECK(forged(Lie::Unreachable).kind == Kind::Unreachable);
    CHECK(forged(Lie::Revocations).kind == Kind::Revocations);
    CHECK(forged(Lie::Closing).kind == Kind::Closing);
    const auto presence = tunnel::envelope::parse_presence(forged(Lie::Presence).body);
    REQUIRE(presence);
    CHECK_FALSE(presence->entries.at(0).online);
    const Envelope wake = forged(Lie::Wake), close = forged(Lie::CloseChannel);
    CHECK(tunnel::session::decode_carriage(wake.body)->wake);
    CHECK(tunnel::session::decode_carriage(close.body) == Carriage{.channel = 5, .close = true});
}

TEST_CASE("other envelopes, wakes and bytes that are no batch pass as they are", "[netlab]") {
    Liar liar(Lie::Drop);
    const std::vector<Envelope> others{{Kind::Echo, node(1), {}, "1"},
                                       {Kind::Data, node(1), node(9), encode(Carriage{.wake = true})}};
    CHECK(liar.pass(others) == others);
    CHECK(liar.liar.pass("no batch", liar.faults) == "no batch");
    CHECK(liar.told.empty());
}

TEST_CASE("a lie is set by its key, in one direction or both", "[netlab]") {
    Faults faults;
    REQUIRE(set_fault(faults, "down.envelope_close_every=3"));
    CHECK(faults.down.envelopes.every[static_cast<std::size_t>(Lie::CloseChannel)] == 3);
    CHECK(faults.up.envelopes.every[static_cast<std::size_t>(Lie::CloseChannel)] == 0);
    CHECK(set_fault(faults, "envelope_edits_every=1").error().message.find("did you mean envelope_edit_every?") !=
          std::string::npos);
}
