#include "agent/session/delivery.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/log.h"

namespace culvert::agent::session {
namespace {

constexpr std::size_t kBytesAtATime = 1 << 20;  // then the loop does something else
constexpr Duration kWaitForRoom = std::chrono::milliseconds(10);
constexpr Duration kWaitForEnd = std::chrono::milliseconds(1);

bool is_result(const protocol::AgentMessage& message) {
    return std::holds_alternative<protocol::Started>(message) ||
           std::holds_alternative<protocol::IntervalReport>(message) ||
           std::holds_alternative<protocol::ErrorExampleReport>(message) ||
           std::holds_alternative<protocol::RunAborted>(message) ||
           std::holds_alternative<protocol::RunFinished>(message);
}

}  // namespace

Delivery::Delivery(spool::Spool* spool, tunnel::session::Scheduler& scheduler, Conversation& to, Wish wish,
                   std::function<void(const Delivered&)> done)
    : spool_(spool), scheduler_(scheduler), to_(to), wish_(std::move(wish)), done_(std::move(done)) {
    again_in(Duration::zero());
}

void Delivery::again_in(Duration delay) {
    timer_ = scheduler_.after(delay, [this] { go_on(); });
}

void Delivery::go_on() {
    timer_.reset();
    if (spool_ != nullptr && wish_.earlier && spool_->serves(*wish_.earlier)) return again_in(kWaitForEnd);
    budget_ = kBytesAtATime;
    if (!take_leftovers()) return again_in(to_.has_room() ? Duration::zero() : kWaitForRoom);
    take_unsent();
    done_(delivered_);
}

bool Delivery::take_leftovers() {
    if (spool_ == nullptr) return true;
    for (const spool::Leftover& leftover : spool_->leftovers(to_.peer().node)) {
        if (leftover.session < session_) continue;
        if (leftover.session > session_) {
            session_ = leftover.session;
            piece_ = message_begins_ = 0;
            assembler_ = protocol::Assembler();  // what an earlier session did not end nobody ends
        }
        while (budget_ > 0 && to_.has_room()) {
            if (!take_one(leftover)) break;
        }
        if (budget_ == 0 || !to_.has_room()) return false;
    }
    return true;
}

bool Delivery::take_one(const spool::Leftover& from) {
    const auto piece = spool_->next(from, piece_);
    if (!piece) log::error("what an earlier session left cannot be read: " + piece.error().message);
    if (!piece || !*piece) return false;
    piece_ = (*piece)->number;
    if (message_begins_ == 0) message_begins_ = piece_;
    budget_ -= std::min(budget_, (*piece)->message.size());
    auto whole = assembler_.feed((*piece)->message);
    if (whole && !*whole) return true;
    auto message = whole ? protocol::decode_agent_message(**whole) : tl::unexpected(whole.error());
    if (!message) log::error("a message in the spool cannot be read: " + message.error().message);
    if (!message || take(std::move(*message))) spool_->drop(from, message_begins_, piece_);
    message_begins_ = 0;
    return true;
}

void Delivery::take_unsent() {
    for (const std::string& piece : std::exchange(wish_.unsent, {})) {
        auto whole = assembler_.feed(piece);
        if (!whole) return log::error("an unsent message cannot be read: " + whole.error().message);
        if (!*whole) continue;
        auto message = protocol::decode_agent_message(**whole);
        if (message) take(std::move(*message));
    }
}

bool Delivery::take(protocol::AgentMessage message) {
    if (!is_result(message)) return true;
    if (std::visit([](const auto& said) { return said.run; }, message) != wish_.run) return false;
    if (const auto* report = std::get_if<protocol::IntervalReport>(&message)) {
        delivered_.last_interval = std::max(delivered_.last_interval, report->interval.number);
        if (report->interval.number <= wish_.after) return true;
    }
    delivered_.told_end = delivered_.told_end || std::holds_alternative<protocol::RunFinished>(message);
    to_.send(message);
    return true;
}

void drop_idle_talk(spool::Spool& spool, const NodeId& controller) {
    for (const spool::Leftover& leftover : spool.leftovers(controller)) {
        protocol::Assembler assembler;
        std::uint64_t number = 0;
        bool useful = false;
        while (!useful) {
            const auto piece = spool.next(leftover, number);
            if (!piece || !*piece) break;
            number = (*piece)->number;
            const auto whole = assembler.feed((*piece)->message);
            if (!whole || !*whole) continue;
            const auto message = protocol::decode_agent_message(**whole);
            useful = message && is_result(*message);
        }
        if (!useful) spool.drop(leftover, 0, number);
    }
}

}  // namespace culvert::agent::session
