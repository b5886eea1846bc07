#include "tunnel/relay/long_poll_desk.h"

#include <deque>

#include <catch2/catch.hpp>

#include "tests/unit/tunnel/relay/fakes.h"
#include "tunnel/envelope/long_poll.h"

using namespace culvert;
using namespace culvert::tunnel::relay;
using namespace std::chrono_literals;
namespace poll = culvert::tunnel::envelope::long_poll;

namespace {

// A switchboard that says what a test tells it to.
class Handler final : public LinkHandler {
  public:
    void on_link(LinkId link, std::string, Carrier carrier) override {
        CHECK(carrier == Carrier::LongPoll);
        links.insert(link);
        last = link;
    }
    void on_message(LinkId link, std::string_view message) override {
        CHECK(links.contains(link));
        messages.emplace_back(message);
    }
    NextMessage next_message(LinkId) override {
        if (out.empty()) return {{}, false, closing};
        NextMessage next{std::string(kHeadroom, '\0') + out.front(), out.size() > 1, false};
        out.pop_front();
        return next;
    }
    std::size_t largest_message(LinkId) const override { return largest; }
    void on_link_gone(LinkId link, Gone why) override {
        links.erase(link);
        gone.emplace_back(link, why);
    }

    std::set<LinkId> links;
    LinkId last = 0;
    std::vector<std::string> messages;
    std::deque<std::string> out;
    bool closing = false;
    std::size_t largest = 1000;
    std::vector<std::pair<LinkId, Gone>> gone;
};

struct Desk {
    explicit Desk(std::size_t links = 10)
        : desk(
              {links, 40s}, handler, clock, [this] { return ++links_given; },
              [this](ExchangeId which) { ready.push_back(which); }) {}

    std::optional<PollAnswer> ask(std::string_view verb, const std::string& arguments = "",
                                  std::string_view body = "") {
        const std::string all = arguments.empty() ? "" : "link=" + id + arguments;
        return desk.take(++exchange, {verb, all, body}, "192.0.2.1");
    }
    void open() {
        const auto answer = ask(poll::kOpen);
        REQUIRE(answer);
        REQUIRE(answer->status == 200);
        id = answer->body;
        REQUIRE(poll::is_link_id(id));
    }
    std::optional<PollAnswer> receive(std::uint64_t ack, int wait_s = 20) {
        return ask(poll::kReceive, "&ack=" + std::to_string(ack) + "&wait=" + std::to_string(wait_s));
    }
    int send(std::uint64_t number, std::string_view batch) {
        return ask(poll::kSend, "&number=" + std::to_string(number), batch)->status;
    }
    void say(const std::string& message) {
        handler.out.push_back(message);
        desk.want_write(handler.last);
    }
    void advance(Duration by) {
        clock.now += by;
        desk.sweep();
    }

    SetClock clock;
    Handler handler;
    LinkId links_given = 0;
    std::vector<ExchangeId> ready;
    ExchangeId exchange = 0;
    std::string id;
    LongPollDesk desk;
};

std::string numbered(std::uint64_t number, const std::string& batch) {
    std::string text;
    poll::append_number(text, number);
    return text + batch;
}

}  // namespace

TEST_CASE("what waits for a node is the answer to its next request, all in one batch", "[relay]") {
    Desk desk;
    desk.open();
    desk.say("one");
    desk.say("two");
    CHECK(desk.receive(0)->body == numbered(1, "onetwo"));
}

TEST_CASE("a request is held until something comes, and answered once", "[relay]") {
    Desk desk;
    desk.open();
    REQUIRE_FALSE(desk.receive(0));
    const ExchangeId held = desk.exchange;
    CHECK(desk.ready.empty());
    desk.say("news");
    REQUIRE(desk.ready == std::vector{held});
    CHECK(desk.desk.answer_of(held).body == numbered(1, "news"));
    CHECK(desk.desk.answer_of(held).status == poll::kOutOfStep);
}

TEST_CASE("a request that was held long enough is answered without a batch", "[relay]") {
    Desk desk;
    desk.open();
    REQUIRE_FALSE(desk.receive(0, 10));
    desk.advance(9s);
    CHECK(desk.ready.empty());
    desk.advance(1s);
    REQUIRE(desk.ready.size() == 1);
    CHECK(desk.desk.answer_of(desk.exchange).body == numbered(0, ""));
}

TEST_CASE("a batch whose answer got lost comes again until it is acknowledged", "[relay]") {
    Desk desk;
    desk.open();
    desk.say("one");
    const std::string first = desk.receive(0)->body;
    desk.say("two");
    CHECK(desk.receive(0)->body == first);
    CHECK(desk.receive(0)->body == first);
    CHECK(desk.receive(1)->body == numbered(2, "two"));
    CHECK(desk.receive(0)->status == poll::kOutOfStep);
    CHECK(desk.receive(7)->status == poll::kOutOfStep);
}

TEST_CASE("a batch that a node sends twice is taken once, and one that is missing is noticed", "[relay]") {
    Desk desk;
    desk.open();
    CHECK(desk.send(1, "a") == 200);
    CHECK(desk.send(1, "a") == 200);
    CHECK(desk.send(2, "b") == 200);
    CHECK(desk.send(4, "d") == poll::kOutOfStep);
    CHECK(desk.send(1, "a") == poll::kOutOfStep);
    CHECK(desk.handler.messages == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a second held request takes the place of the first", "[relay]") {
    Desk desk;
    desk.open();
    REQUIRE_FALSE(desk.receive(0));
    const ExchangeId older = desk.exchange;
    REQUIRE_FALSE(desk.receive(0));
    CHECK(desk.ready == std::vector{older});
    CHECK(desk.desk.answer_of(older).status == poll::kOutOfStep);
    desk.say("x");
    CHECK(desk.desk.answer_of(desk.exchange).body == numbered(1, "x"));
}

TEST_CASE("last words reach the node before it hears that the link has ended", "[relay]") {
    Desk desk;
    desk.open();
    REQUIRE_FALSE(desk.receive(0));
    desk.say("closing");
    desk.handler.closing = true;
    CHECK(desk.desk.answer_of(desk.exchange).body == numbered(1, "closing"));
    desk.desk.want_write(desk.handler.last);
    CHECK(desk.receive(1)->status == poll::kGone);
    CHECK(desk.handler.gone.size() == 1);
    CHECK(desk.receive(1)->status == poll::kGone);
}

TEST_CASE("a node that asks no more is given up, sooner when its held request broke off", "[relay]") {
    Desk desk;
    desk.open();
    SECTION("silent") {
        desk.advance(39s);
        CHECK(desk.handler.gone.empty());
        desk.advance(2s);
        REQUIRE(desk.handler.gone.size() == 1);
        CHECK(desk.handler.gone[0].second == Gone::Silent);
    }
    SECTION("held requests are a sign of life") {
        REQUIRE_FALSE(desk.receive(0, 25));
        desk.advance(20s);
        CHECK(desk.handler.gone.empty());
        desk.desk.gone(desk.exchange);
        desk.advance(14s);
        CHECK(desk.handler.gone.empty());
        desk.advance(2s);
        CHECK(desk.handler.gone.size() == 1);
    }
}

TEST_CASE("a goodbye and a cut end the link at once", "[relay]") {
    Desk desk;
    desk.open();
    SECTION("goodbye") {
        CHECK(desk.ask(poll::kClose, "&")->status == 200);
    }
    SECTION("cut") {
        REQUIRE_FALSE(desk.receive(0));
        const LinkId link = desk.handler.last;
        CHECK(desk.desk.cut(link));
        CHECK(desk.handler.gone.empty());
        desk.advance(1s);
        CHECK_FALSE(desk.ready.empty());
        CHECK_FALSE(desk.desk.want_write(link));
    }
    CHECK(desk.handler.gone.size() == 1);
    CHECK(desk.desk.size() == 0);
    CHECK(desk.send(1, "x") == poll::kGone);
}

TEST_CASE("requests that make no sense are refused and change nothing", "[relay]") {
    Desk desk(1);
    desk.open();
    CHECK(desk.ask(poll::kOpen)->status == 503);
    CHECK(desk.ask("dance", "&")->status == 400);
    CHECK(desk.ask(poll::kReceive, "&ack=x&wait=1")->status == 400);
    CHECK(desk.ask(poll::kReceive, "&ack=0")->status == 400);
    CHECK(desk.ask(poll::kSend, "&number=-1", "x")->status == 400);
    CHECK(desk.ask(poll::kSend, "&number=99999999999999999999999", "x")->status == 400);
    desk.id = "../../etc/passwd";
    CHECK(desk.ask(poll::kSend, "&number=1", "x")->status == poll::kGone);
    desk.id = std::string(32, '0');
    CHECK(desk.ask(poll::kSend, "&number=1", "x")->status == poll::kGone);
    CHECK(desk.handler.messages.empty());
    CHECK(desk.desk.size() == 1);
}

TEST_CASE("a batch beyond what the link may send ends it", "[relay]") {
    Desk desk;
    desk.open();
    desk.handler.largest = 10;
    CHECK(desk.send(1, std::string(11, 'x')) == poll::kGone);
    CHECK(desk.handler.messages.empty());
    CHECK(desk.handler.gone.size() == 1);
}
