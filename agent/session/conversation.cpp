#include "agent/session/conversation.h"

#include <utility>

#include "common/base/log.h"

namespace culvert::agent::session {

using tunnel::session::Session;

Conversation::Conversation(Address peer, std::string peer_name, ConversationEvents& events)
    : peer_(peer), peer_name_(std::move(peer_name)), events_(events) {}

void Conversation::send(const protocol::AgentMessage& message) {
    if (session_ == nullptr) return;
    auto pieces = protocol::encode(message);
    if (!pieces)
        return log::error("a message to the controller was dropped: " + pieces.error().message,
                          {{"controller", peer_name_}});
    for (std::string& piece : *pieces) send_piece(std::move(piece));
}

void Conversation::send_piece(std::string piece) {
    // The session takes its argument only when it accepts it, so a copy goes in.
    if (waiting_.empty() && session_->send(piece)) return;
    waiting_.push_back(std::move(piece));
}

void Conversation::on_message(Session&, std::string_view piece) {
    if (waiting_.size() > kMostWaiting) return break_off({Code::Overloaded, "it asks, and does not take the answers"});
    auto whole = assembler_.feed(piece);
    if (!whole) return break_off(whole.error());
    if (!*whole) return;
    const auto message = protocol::decode_controller_message(**whole);
    if (!message) return break_off(message.error());
    events_.on_message(*this, *message);
}

void Conversation::break_off(const Error& why) {
    log::warning("a controller broke the protocol: " + why.message, {{"controller", peer_name_}});
    close(why.message);
    events_.on_over(*this, why);
}

void Conversation::close(std::string_view reason) {
    if (Session* session = std::exchange(session_, nullptr)) session->close(reason);
}

void Conversation::on_open(Session& session) {
    session_ = &session;
    log::info("session opened", {{"controller", peer_name_}});
    events_.on_open(*this);
}

void Conversation::on_interrupted(Session&, const Error& why) {
    log::info("session interrupted: " + why.message, {{"controller", peer_name_}});
    events_.on_interrupted(*this);
}

void Conversation::on_resumed(Session&) {
    log::info("session resumed", {{"controller", peer_name_}});
    events_.on_resumed(*this);
}

void Conversation::on_writable(Session&) {
    while (!waiting_.empty() && session_ != nullptr && session_->send(waiting_.front())) waiting_.pop_front();
    if (has_room()) events_.on_room(*this);
}

void Conversation::on_lost(Session&, const Error& why) {
    session_ = nullptr;
    waiting_.clear();
    log::info("session ended: " + why.message, {{"controller", peer_name_}});
    events_.on_over(*this, why);
}

}  // namespace culvert::agent::session
