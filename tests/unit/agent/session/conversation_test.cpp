#include "agent/session/conversation.h"

#include <catch2/catch.hpp>

using namespace culvert;
using agent::session::Conversation;

namespace {

// A controller that never acknowledges anything: the window is full for ever.
struct FullSession final : tunnel::session::Session {
    Status send(std::string) override { return fail(Code::Overloaded, "full"); }
    void send_datagram(std::string) override {}
    const Address& peer() const override { return address; }
    const std::string& peer_name() const override { return name; }
    const crypto::Member* certificate() const override { return nullptr; }
    bool connected() const override { return true; }
    std::optional<Error> trouble() const override { return std::nullopt; }
    std::uint64_t unacknowledged() const override { return 1; }
    void close(std::string_view) override { closed = true; }

    Address address;
    std::string name = "ops";
    bool closed = false;
};

// Answers every question, as the agent does.
struct Answers final : agent::session::ConversationEvents {
    void on_open(Conversation&) override {}
    void on_message(Conversation& conversation, const protocol::ControllerMessage&) override {
        ++asked;
        conversation.send(protocol::AgentHello{});
    }
    void on_interrupted(Conversation&) override {}
    void on_resumed(Conversation&) override {}
    void on_room(Conversation&) override {}
    void on_over(Conversation&, const Error& why) override { over = why.code; }

    std::size_t asked = 0;
    std::optional<Code> over;
};

}  // namespace

TEST_CASE("a controller that asks without end and takes no answer is let go", "[session]") {
    FullSession session;
    Answers answers;
    Conversation conversation(session.address, "ops", answers);
    tunnel::session::SessionEvents& events = conversation;
    events.on_open(session);
    const auto question = protocol::encode(protocol::ControllerMessage(protocol::Query{}));
    REQUIRE(question);
    for (std::size_t i = 0; i < 3 * Conversation::kMostWaiting && !answers.over; ++i)
        events.on_message(session, question->front());
    CHECK(answers.over == Code::Overloaded);
    CHECK(session.closed);
    CHECK(answers.asked <= Conversation::kMostWaiting + 1);
}
