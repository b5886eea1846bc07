// A link over plain HTTPS requests, for paths that let no WebSocket through: one request is always held by the relay
// until it has something to say, another carries what this node says. Both are repeated after a broken connection,
// under numbers that make the repetition harmless (docs/protocol.md, "Long-poll"). Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/net/loop.h"
#include "tunnel/link/http_lane.h"
#include "tunnel/link/link.h"
#include "tunnel/link/relay_url.h"
#include "tunnel/link/send_queue.h"
#include "tunnel/link/slow_path.h"

namespace culvert::tunnel::link {

class LongPollLink final : public Link {
  public:
    // `stream` leads to the relay; `route` is how it was dialled, for those that follow. `memory` outlives the link.
    // Who waits for the link to open bounds the time.
    LongPollLink(net::Loop& loop, std::unique_ptr<net::Stream> stream, const net::DialRequest& route,
                 net::CredentialMemory& memory, const RelayUrl& url, Duration heartbeat, LinkListener& listener);
    ~LongPollLink() override;

    void listen(LinkListener& listener) override { listener_ = &listener; }
    Status send(const envelope::Envelope& envelope) override;
    void close(std::string_view reason) override;
    Duration silent_for() const override { return loop_.clock().steady_now() - heard_; }

  private:
    enum class State { Opening, Open, Closed };

    void open();
    void opened(const Result<HttpResponse>& response);
    void receive();
    void received(const Result<HttpResponse>& response);
    void learn_patience(Duration held);
    void take(std::string_view batch);
    void push();
    void pushed(const Result<HttpResponse>& response);
    // A request failed for a reason that may pass: once more, soon, until the relay must have given the link up.
    void again(const std::string& what, const Error& why, std::unique_ptr<net::Loop::Timer>& timer,
               void (LongPollLink::*attempt)());
    std::string request(std::string_view verb, const std::string& arguments, std::string_view body) const;
    Duration answer_deadline() const;  // for what the relay answers at once
    void fail_with(Error why);
    void shut();

    net::Loop& loop_;
    const RelayUrl url_;
    LinkListener* listener_;  // none after close()
    State state_ = State::Opening;
    std::string id_;  // that the relay gave the link
    SlowPath slow_;
    HttpLane down_;
    HttpLane up_;
    SteadyTime heard_{};  // the relay's last answer

    std::uint64_t received_ = 0;  // number of the last batch from the relay
    Duration wait_;               // how long the relay may hold a request; shorter where a box in between cuts it
    SteadyTime asked_{};          // when the held request was sent
    Duration last_cut_{};         // how long the last one that was cut had been held
    std::unique_ptr<net::Loop::Timer> receive_again_;

    SendQueue queue_;
    bool overloaded_ = false;  // send() has said so, and on_link_writable is owed
    std::uint64_t sent_ = 0;   // number of the last batch to the relay
    std::string under_way_;    // that batch, until the relay has it
    std::unique_ptr<net::Loop::Timer> push_;
};

}  // namespace culvert::tunnel::link
