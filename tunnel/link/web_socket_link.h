// A link over WebSocket over a stream: upgrade, then one binary message a batch.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/net/loop.h"
#include "common/net/stream.h"
#include "tunnel/link/link.h"
#include "tunnel/link/liveness.h"
#include "tunnel/link/relay_url.h"
#include "tunnel/link/send_queue.h"
#include "tunnel/link/upgrade.h"
#include "tunnel/link/web_socket_codec.h"

namespace culvert::tunnel::link {

inline constexpr std::size_t kQueueCapacity = 4 << 20;   // bytes of envelopes; beyond it send() says Overloaded
inline constexpr std::size_t kQueueRoomAgain = 2 << 20;  // on_link_writable comes at or below this

class WebSocketLink final : public Link, private WebSocketCodec::Listener {
  public:
    // Starts with the upgrade at once. Who waits for it bounds the time.
    WebSocketLink(net::Loop& loop, std::unique_ptr<net::Stream> stream, const RelayUrl& url, Duration heartbeat,
                  LinkListener& listener);
    ~WebSocketLink() override;

    void listen(LinkListener& listener) override { listener_ = &listener; }
    Status send(const envelope::Envelope& envelope) override;
    void close(std::string_view reason) override;
    Duration silent_for() const override { return liveness_.silence(loop_.clock().steady_now()); }

  private:
    enum class State { Upgrading, Open, Closed };

    void on_message(std::string_view message) override;
    void on_close(int code, std::string_view reason) override;

    void ready(bool readable, bool writable);
    void read();
    void take(std::string_view bytes);
    void upgraded();
    void write();
    bool refill();
    void tick();
    void ask_for_events();
    // Ends the link and tells the listener. Nothing of the link may be touched by a caller up the stack but state_.
    void fail_with(Error why);
    void shut();

    net::Loop& loop_;
    const std::unique_ptr<net::Stream> stream_;
    LinkListener* listener_;  // none after close()
    State state_ = State::Upgrading;
    const std::string key_;  // of the upgrade
    UpgradeResponse upgrade_;
    WebSocketCodec codec_;
    Liveness liveness_;
    SendQueue queue_;
    bool overloaded_ = false;  // send() has said so, and on_link_writable is owed
    bool more_to_read_ = false;
    bool in_ready_ = false;  // which writes and asks for events at its end
    std::string out_;        // bytes for the stream; from out_begin_
    std::size_t out_begin_ = 0;
    std::unique_ptr<net::Loop::Watch> watch_;
    std::unique_ptr<net::Loop::Timer> tick_;
};

}  // namespace culvert::tunnel::link
