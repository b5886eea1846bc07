#include "tunnel/session/framed_channel.h"

#include <utility>

namespace culvert::tunnel::session {

FramedChannel::FramedChannel(Address peer, std::uint64_t id, Outlet& outlet, FramedChannelEvents& events)
    : peer_(peer), id_(id), outlet_(outlet), events_(&events) {}

channel::ChannelEvents FramedChannel::channel_events() {
    return {
        .on_ciphertext =
            [this](std::string ciphertext) {
                queue_ += ciphertext;
                flush();
            },
        .on_open =
            [this] {
                if (!dropped_) events_->on_channel_open(*this);
            },
        .on_plaintext =
            [this](std::string_view plaintext) {
                if (dropped_) return;
                const auto taken = reader_.feed(plaintext, [this](const Frame& frame) {
                    events_->on_frame(*this, frame);
                    return !dropped_;
                });
                if (!taken) broken(taken.error());
            },
        .on_closed = [this](const Error& why) { broken(why); },
    };
}

void FramedChannel::start_client(const ChannelMaker& maker) {
    opens_ = true;
    channel_ = maker.client(peer_.node, channel_events());
    channel_->start();
}

void FramedChannel::start_server(const ChannelMaker& maker) {
    channel_ = maker.server(channel_events());
    channel_->start();
}

void FramedChannel::feed(const Carriage& carriage) {
    if (dropped_) return;
    if (!carriage.payload.empty()) channel_->feed(carriage.payload);
    if (carriage.close) broken({Code::Disconnected, "the peer closed the channel"});
}

void FramedChannel::write(const Frame& frame) {
    if (dropped_) return;
    if (queue_.size() - queue_begin_ > kMostEver)
        return broken({Code::Overloaded, "the peer asks for more answers than the link carries"});
    if (const auto written = channel_->write(encode(frame)); !written) broken(written.error());
}

void FramedChannel::flush() {
    while (queue_begin_ < queue_.size()) {
        Carriage carriage{
            .channel = id_, .open = opens_, .payload = std::string_view(queue_).substr(queue_begin_, kLargestPayload)};
        const std::size_t size = carriage.payload.size();
        const auto sent = outlet_.send_data(peer_, encode(carriage));
        if (!sent && sent.error().code == Code::Overloaded) break;
        // Without a link the bytes are lost, and the channel with them; the session sends its messages again on the
        // next one.
        opens_ = false;
        queue_begin_ += size;
    }
    if (queue_begin_ == queue_.size() || queue_begin_ >= kMostQueued) {
        queue_.erase(0, queue_begin_);
        queue_begin_ = 0;
    }
}

void FramedChannel::drop(Farewell farewell) {
    if (dropped_) return;
    dropped_ = true;
    if (farewell == Farewell::Silent) return;
    channel_->close();
    flush();
    // The peer finds out by itself, later, when the uplink does not take this one.
    static_cast<void>(outlet_.send_data(peer_, encode(Carriage{.channel = id_, .close = true})));
}

void FramedChannel::broken(const Error& why) {
    if (dropped_) return;
    drop(Farewell::Close);
    events_->on_channel_closed(*this, why);
}

}  // namespace culvert::tunnel::session
