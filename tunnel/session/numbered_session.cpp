#include "tunnel/session/numbered_session.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/text.h"

namespace culvert::tunnel::session {

NumberedSession::NumberedSession(Parts parts, SessionLimits limits, Scheduler& scheduler, SessionOwner& owner,
                                 SessionEvents& events)
    : parts_(std::move(parts)),
      limits_(limits),
      scheduler_(scheduler),
      owner_(owner),
      events_(events),
      out_(std::move(parts_.store), limits.unacknowledged_bytes),
      last_failure_{Code::Disconnected, "no channel was opened yet"} {
    give_up_timer_ = scheduler_.after(limits_.give_up, [this] {
        lose({Code::Timeout, "gave up: " + last_failure_.message});
    });
}

Status NumberedSession::send(std::string message) {
    if (over_) return fail(Code::Disconnected, "session: it is over");
    if (message.empty() || message.size() > kLargestMessage) {
        return fail(Code::InvalidInput, "session: a message of " + std::to_string(message.size()) + " bytes");
    }
    if (auto kept = out_.append(message); !kept) {
        wants_writable_ = true;
        return kept;
    }
    pump();
    return {};
}

void NumberedSession::send_datagram(std::string message) {
    CULVERT_CHECK(!message.empty() && message.size() <= kLargestDatagram);
    if (channel_ && channel_->has_room()) channel_->write(DatagramFrame{message});
}

void NumberedSession::close(std::string_view reason) {
    if (over_) return;
    if (channel_) channel_->write(CloseFrame{CloseCode::Done, reason});
    release_channel(FramedChannel::Farewell::Close);
    finish();
}

void NumberedSession::lose(const Error& why) {
    if (over_) return;
    release_channel(FramedChannel::Farewell::Close);
    finish();
    events_.on_lost(*this, why);
}

void NumberedSession::finish() {
    over_ = true;
    ack_timer_.reset();
    silence_timer_.reset();
    give_up_timer_.reset();
    owner_.on_over(*this);
}

Status NumberedSession::attach(std::unique_ptr<FramedChannel> channel, std::uint64_t received) {
    CULVERT_CHECK(!over_);
    const std::uint64_t carried_before = carried();
    if (auto resumed = out_.resume_after(received); !resumed) {
        channel->drop(FramedChannel::Farewell::Close);
        owner_.bury(std::move(channel));
        return resumed;
    }
    const bool was_connected = channel_ != nullptr;
    release_channel(FramedChannel::Farewell::Close);
    channel_ = std::move(channel);
    certificate_ = channel_->inner().peer();
    channel_->set_events(*this);
    attached_ = heard_ = scheduler_.now();
    carried_before_ = carried_before;
    give_up_timer_.reset();
    ack_timer_.reset();
    static_cast<void>(in_.take_ack());  // Open or Opened told the peer
    if (!std::exchange(was_open_, true)) {
        events_.on_open(*this);
    } else if (!was_connected) {
        events_.on_resumed(*this);
    }
    pump();
    return {};
}

void NumberedSession::detach(const Error& why, FramedChannel::Farewell farewell) {
    if (!channel_ || over_) return;
    release_channel(farewell);
    last_failure_ = why;
    ack_timer_.reset();
    silence_timer_.reset();
    give_up_timer_ = scheduler_.after(limits_.give_up, [this] {
        lose({Code::Timeout, "gave up: " + last_failure_.message});
    });
    events_.on_interrupted(*this, why);
    if (!over_) owner_.on_detached(*this);
}

bool NumberedSession::channel_proven() const {
    return carried() != carried_before_ || scheduler_.now() - attached_ >= kProvenAfter;
}

void NumberedSession::release_channel(FramedChannel::Farewell farewell) {
    if (!channel_) return;
    channel_->drop(farewell);
    owner_.bury(std::move(channel_));
}

void NumberedSession::flush() {
    if (!channel_) return;
    channel_->flush();
    pump();
}

void NumberedSession::pump() {
    // Writing a frame may break the channel, whose events may end up here again.
    if (std::exchange(pumping_, true)) return;
    while (channel_ && out_.has_unsent() && channel_->has_room() &&
           (!out_.in_flight() || out_.in_flight_bytes() < kMostInFlight)) {
        auto next = out_.take_unsent();
        if (!next) {
            lose(next.error());
            break;
        }
        channel_->write(MessageFrame{next->number, next->message});
        watch_silence();
    }
    pumping_ = false;
}

void NumberedSession::on_frame(FramedChannel& channel, const Frame& frame) {
    if (&channel != channel_.get()) return;
    heard_ = scheduler_.now();
    if (const auto* message = std::get_if<MessageFrame>(&frame)) return on_message(*message);
    if (const auto* ack = std::get_if<AckFrame>(&frame)) return on_ack(*ack);
    if (const auto* datagram = std::get_if<DatagramFrame>(&frame)) {
        if (on_datagram) on_datagram(*this, datagram->datagram);
        return;
    }
    if (const auto* farewell = std::get_if<CloseFrame>(&frame)) {
        return lose({Code::Disconnected, "the peer closed the session: " + excerpt(farewell->reason, kLongestReason)});
    }
    detach({Code::InvalidInput, "session: the peer opened it twice on one channel"}, FramedChannel::Farewell::Close);
}

void NumberedSession::on_message(const MessageFrame& frame) {
    const auto arrival = in_.arrived(frame.number, frame.message.size());
    if (arrival == Incoming::Arrival::Gap) {
        return detach({Code::InvalidInput, "session: message " + std::to_string(frame.number) + " came after " +
                                               std::to_string(in_.received())},
                      FramedChannel::Farewell::Close);
    }
    if (arrival == Incoming::Arrival::New) events_.on_message(*this, frame.message);
    if (over_ || !channel_) return;
    if (in_.ack_due_now()) {
        send_ack();
    } else if (in_.ack_due_soon() && !ack_timer_) {
        ack_timer_ = scheduler_.after(kLatestAck, [this] { send_ack(); });
    }
}

void NumberedSession::send_ack() {
    ack_timer_.reset();
    if (channel_) channel_->write(AckFrame{in_.take_ack()});
}

void NumberedSession::on_ack(const AckFrame& frame) {
    if (const auto taken = out_.acknowledge(frame.received); !taken)
        return detach(taken.error(), FramedChannel::Farewell::Close);
    pump();
    if (!over_ && std::exchange(wants_writable_, false)) events_.on_writable(*this);
}

void NumberedSession::on_channel_closed(FramedChannel& channel, const Error& why) {
    if (&channel == channel_.get()) detach(why, FramedChannel::Farewell::Silent);
}

void NumberedSession::watch_silence() {
    if (silence_timer_ || !channel_) return;
    heard_ = scheduler_.now();  // from now on an acknowledgement is owed
    silence_timer_ = scheduler_.after(limits_.silence, [this] { check_silence(); });
}

void NumberedSession::check_silence() {
    silence_timer_.reset();
    if (!out_.in_flight()) return;
    const Duration quiet = scheduler_.now() - heard_;
    if (quiet >= limits_.silence) {
        return detach({Code::Timeout, "nothing was heard from the peer for " + to_string(limits_.silence)},
                      FramedChannel::Farewell::Close);
    }
    silence_timer_ = scheduler_.after(limits_.silence - quiet, [this] { check_silence(); });
}

}  // namespace culvert::tunnel::session
