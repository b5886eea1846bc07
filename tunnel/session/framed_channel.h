// One channel as a session sees it: frames in and out, its ciphertext cut into Data envelopes. It breaks once and is
// then replaced by another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "tunnel/channel/channel.h"
#include "tunnel/session/carriage.h"
#include "tunnel/session/frame.h"

namespace culvert::tunnel::session {

// Where Data bodies go: the uplink, through the endpoint.
class Outlet {
  public:
    virtual ~Outlet() = default;
    // As Uplink::send: Disconnected (dropped) or Overloaded (not taken; flush() is called when there is room).
    virtual Status send_data(const Address& to, std::string body) = 0;
};

struct ChannelMaker {
    std::function<std::unique_ptr<channel::Channel>(NodeId peer, channel::ChannelEvents)> client;
    std::function<std::unique_ptr<channel::Channel>(channel::ChannelEvents)> server;
};

class FramedChannel;

class FramedChannelEvents {
  public:
    virtual ~FramedChannelEvents() = default;
    virtual void on_channel_open(FramedChannel& channel) = 0;
    virtual void on_frame(FramedChannel& channel, const Frame& frame) = 0;
    virtual void on_channel_closed(FramedChannel& channel, const Error& why) = 0;  // last, once; not after drop()
};

// Loop thread only. May be dropped inside its own events, but is destroyed later (SessionOwner::bury).
class FramedChannel {
  public:
    // A frame is written when less than this waits for the uplink, so that a slow link holds back messages and not
    // memory.
    static constexpr std::size_t kMostQueued = 256 << 10;
    // Answers (acknowledgements, goodbyes) are written whatever waits. A peer that asks for more of them than the
    // uplink carries loses the channel.
    static constexpr std::size_t kMostEver = kMostQueued + 2 * kLargestFrame;

    FramedChannel(Address peer, std::uint64_t id, Outlet& outlet, FramedChannelEvents& events);
    FramedChannel(const FramedChannel&) = delete;
    FramedChannel& operator=(const FramedChannel&) = delete;

    void start_client(const ChannelMaker& maker);
    void start_server(const ChannelMaker& maker);
    void set_events(FramedChannelEvents& events) { events_ = &events; }

    void feed(const Carriage& carriage);
    // After on_channel_open. Sets broken state when the channel refuses; on_channel_closed follows.
    void write(const Frame& frame);
    bool has_room() const { return queue_.size() - queue_begin_ < kMostQueued; }
    // Sends what waits, as far as the uplink takes it.
    void flush();
    enum class Farewell : std::uint8_t { Silent, Close };
    // No events afterwards. Close: the peer is told.
    void drop(Farewell farewell);

    const Address& peer() const { return peer_; }
    std::uint64_t id() const { return id_; }
    bool dropped() const { return dropped_; }
    const channel::Channel& inner() const { return *channel_; }

  private:
    channel::ChannelEvents channel_events();
    void broken(const Error& why);

    const Address peer_;
    const std::uint64_t id_;
    Outlet& outlet_;
    FramedChannelEvents* events_;
    FrameReader reader_;
    std::string queue_;  // ciphertext that waits for the uplink, from queue_begin_ on
    std::size_t queue_begin_ = 0;
    bool opens_ = false;  // the next body is the first of a channel that we open
    bool dropped_ = false;
    std::unique_ptr<channel::Channel> channel_;
};

}  // namespace culvert::tunnel::session
