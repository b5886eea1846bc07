#include "common/protocol/codec.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/unit/common/protocol/samples.h"

using namespace culvert;
using namespace culvert::protocol;
using culvert::test::sample_hello;
using culvert::test::sample_interval;
using culvert::test::sample_prepare;

namespace {

Result<std::string> whole_of(const std::vector<std::string>& pieces) {
    Assembler assembler;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        auto fed = assembler.feed(pieces[i]);
        if (!fed) return tl::unexpected(fed.error());
        if (fed->has_value() != (i + 1 == pieces.size())) return fail(Code::Internal, "ended early or late");
        if (*fed) return **fed;
    }
    return fail(Code::Internal, "no pieces");
}

template <class Message>
Message there_and_back(const Message& message) {
    if constexpr (std::is_constructible_v<AgentMessage, Message>) {
        return std::get<Message>(decode_agent_message(whole_of(encode(AgentMessage(message)).value()).value()).value());
    } else {
        return std::get<Message>(
            decode_controller_message(whole_of(encode(ControllerMessage(message)).value()).value()).value());
    }
}

}  // namespace

TEST_CASE("every message of an agent comes out as it went in", "[protocol]") {
    CHECK(there_and_back(sample_hello()) == sample_hello());
    const AgentStatus status{"run-1", AgentRunState::Running, 55.5, 4096};
    CHECK(there_and_back(status) == status);
    const Prepared prepared{"run-1", {"shop.acme.test:443 is not in charter.targets"}, "run-0"};
    CHECK(there_and_back(prepared) == prepared);
    FileNeeded needed{"run-1", {}, 77};
    needed.sha256.fill(3);
    CHECK(there_and_back(needed) == needed);
    const Started started{"run-1", std::chrono::microseconds(-12)};
    CHECK(there_and_back(started) == started);
    const IntervalReport report{"run-1", sample_interval(3)};
    CHECK(there_and_back(report) == report);
    const ExchangeReport exchange{"run-1", test::sample_exchange()};
    CHECK(there_and_back(exchange) == exchange);
    CHECK(there_and_back(ExchangeReport{"run-1", {}}) == ExchangeReport{"run-1", {}});
    const RunAborted aborted{"run-1", "login failed"};
    CHECK(there_and_back(aborted) == aborted);
    RunFinished finished{"run-1", Outcome::Stopped, "Ctrl-C", 12, 2, {}};
    finished.totals.add(sample_interval(1));
    CHECK(there_and_back(finished) == finished);
}

TEST_CASE("an error example keeps bytes that are not text", "[protocol]") {
    const auto example = test::sample_example();
    const auto back = there_and_back(ErrorExampleReport{"run-1", example}).example;
    CHECK(back.body == example.body);
    CHECK(back.what == example.what);
    CHECK(back.kind == example.kind);
    CHECK(back.remote_address == example.remote_address);
}

TEST_CASE("an exchange that is longer than its bounds is cut when it is sent, and says so", "[protocol]") {
    ExchangeReport report{"run-1", test::sample_exchange()};
    report.exchange.request.body.assign(metrics::HttpText::kLongestBody + 1, 'q');
    report.exchange.request.cut = false;
    report.exchange.checks.resize(2'000);
    report.exchange.saves = {{"token", std::string(kLongestText + 1, 't')}};
    const metrics::Exchange back = there_and_back(report).exchange;
    CHECK(back.request.body.size() == metrics::HttpText::kLongestBody);
    CHECK(back.request.cut);
    CHECK(back.checks.size() == 1'000);
    CHECK(back.saves[0].value.size() == kLongestText);
}

TEST_CASE("every message of a controller comes out as it went in", "[protocol]") {
    CHECK(there_and_back(Query{}) == Query{});
    CHECK(there_and_back(sample_prepare()) == sample_prepare());
    FileChunk chunk{{}, 512, std::string(kLargestChunk, 'x')};
    chunk.sha256.fill(200);
    CHECK(there_and_back(chunk) == chunk);
    const Start start{"run-1", AgentInstant{std::chrono::microseconds(123'456'789)}};
    CHECK(there_and_back(start) == start);
    const Stop stop{"run-1", true, "second Ctrl-C"};
    CHECK(there_and_back(stop) == stop);
    const Amend amend{"run-1", sample_prepare().share, AgentInstant{std::chrono::microseconds(5)}};
    CHECK(there_and_back(amend) == amend);
    CHECK(there_and_back(Release{"run-1"}) == Release{"run-1"});
    CHECK(there_and_back(Resume{"run-1", 17}) == Resume{"run-1", 17});
}

TEST_CASE("clock probes and replies come out as they went in", "[protocol]") {
    using std::chrono::microseconds;
    const ClockProbe probe{microseconds(17)};
    CHECK(std::get<ClockProbe>(decode_datagram(encode(Datagram(probe))).value()) == probe);
    const ClockReply reply{microseconds(17), AgentInstant{microseconds(-4)}, AgentInstant{microseconds(5)}};
    CHECK(std::get<ClockReply>(decode_datagram(encode(Datagram(reply))).value()) == reply);
}

TEST_CASE("a weight list that all scenarios share travels once", "[protocol]") {
    Amend amend{"run-1", {}, {}};
    const workload::Seat seat{3, std::vector<double>(1000, 2.0)};
    amend.share.scenarios.assign(50, seat);
    const auto pieces = encode(ControllerMessage(amend)).value();
    REQUIRE(pieces.size() == 1);
    CHECK(pieces[0].size() < 10'000);
    CHECK(there_and_back(amend) == amend);
}

TEST_CASE("a message larger than a piece travels in several", "[protocol]") {
    Prepare prepare = sample_prepare();
    prepare.plan_text = std::string(3 << 20, 'p');
    const auto pieces = encode(ControllerMessage(prepare)).value();
    CHECK(pieces.size() == 7);
    for (const auto& piece : pieces) CHECK(piece.size() <= kLargestPiece);
    CHECK(there_and_back(prepare) == prepare);
}

TEST_CASE("pieces that break the grammar are refused", "[protocol]") {
    CHECK_FALSE(Assembler().feed(""));
    CHECK_FALSE(Assembler().feed("\x02x"));
    CHECK_FALSE(Assembler().feed(std::string(kLargestPiece + 1, '\0')));
    Assembler endless;
    const std::string piece = "\1" + std::string(kLargestPiece - 1, 'x');
    bool refused = false;
    for (std::size_t i = 0; i < kLargestMessage / kLargestPiece + 2 && !refused; ++i) refused = !endless.feed(piece);
    CHECK(refused);
}

TEST_CASE("unknown and empty messages are errors", "[protocol]") {
    CHECK_FALSE(decode_agent_message(""));
    CHECK_FALSE(decode_controller_message(""));
    CHECK_FALSE(decode_datagram(""));
    CHECK_FALSE(decode_agent_message("\xfa\x7f\x01x"));
    CHECK_FALSE(decode_controller_message("garbage"));
}

TEST_CASE("the id of a run is letters, digits and a few signs", "[protocol]") {
    for (const std::string& id :
         {std::string(), std::string("../etc"), std::string(".hidden"), std::string("a b"), std::string(65, 'a')}) {
        const auto pieces = encode(ControllerMessage(Release{id})).value();
        CHECK_FALSE(decode_controller_message(whole_of(pieces).value()));
    }
    CHECK(decode_controller_message(
        whole_of(encode(ControllerMessage(Release{"20240131-1200.checkout_7"})).value()).value()));
}

TEST_CASE("seats and weights that cannot be are refused", "[protocol]") {
    for (const workload::Seat& seat :
         {workload::Seat{3, {1, 2}}, workload::Seat{0, {0}}, workload::Seat{0, {-1}}, workload::Seat{0, {5000}}}) {
        const auto pieces = encode(ControllerMessage(Amend{"run-1", {{seat}}, {}})).value();
        CHECK_FALSE(decode_controller_message(whole_of(pieces).value()));
    }
}

TEST_CASE("an interval without a number is refused", "[protocol]") {
    const auto pieces = encode(AgentMessage(IntervalReport{"run-1", metrics::Interval{}})).value();
    CHECK_FALSE(decode_agent_message(whole_of(pieces).value()));
}

TEST_CASE("whatever bytes come, decoding ends with a message or an error", "[protocol]") {
    rc::check([](std::string bytes, std::size_t at, char other) {
        static_cast<void>(decode_agent_message(bytes));
        static_cast<void>(decode_controller_message(bytes));
        static_cast<void>(decode_datagram(bytes));
        std::string altered =
            whole_of(encode(AgentMessage(IntervalReport{"run-1", sample_interval(1)})).value()).value();
        altered[at % altered.size()] = other;
        static_cast<void>(decode_agent_message(altered));
        altered.resize(at % altered.size());
        static_cast<void>(decode_agent_message(altered));
        altered = whole_of(encode(AgentMessage(ExchangeReport{"run-1", test::sample_exchange()})).value()).value();
        altered[at % altered.size()] = other;
        static_cast<void>(decode_agent_message(altered));
    });
}

TEST_CASE("totals leave the warm-up and gauges out", "[protocol]") {
    RunTotals totals;
    metrics::Interval warm = sample_interval(1);
    warm.warmup = true;
    totals.add(warm);
    CHECK(totals == RunTotals{});
    totals.add(sample_interval(2));
    totals.add(sample_interval(3));
    CHECK(totals.scenarios.at(0).offered == 22);
    CHECK(totals.scenarios.at(0).users == 0);
    CHECK(totals.scenarios.at(0).steps.at(1).latency.count() == 20);
    CHECK(totals.lateness.count() == 22);
}
