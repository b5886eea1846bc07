// Links over long-poll, for nodes that no WebSocket reaches: keeps what a series of HTTP requests has in common, and
// shows it to the switchboard as a link like any other. Protocol: tunnel/envelope/long_poll.h. Knows no sockets and no
// timers: the owner calls sweep(). Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/units.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

// One HTTP request that waits for its answer; never used twice.
using ExchangeId = std::uint64_t;

struct PollRequest {
    std::string_view verb;       // of long_poll.h
    std::string_view arguments;  // of the URL, without the '?'
    std::string_view body;
};
struct PollAnswer {
    int status = 200;
    std::string body;
};

class LongPollDesk {
  public:
    struct Settings {
        std::size_t links = 0;     // at most, beside other transports
        Duration give_up_after{};  // without any request
    };
    // `next_link` gives numbers that no other transport uses. `ready` says that a held exchange has an answer; it must
    // not call back from within.
    LongPollDesk(Settings settings, LinkHandler& handler, const Clock& clock, std::function<LinkId()> next_link,
                 std::function<void(ExchangeId)> ready);
    ~LongPollDesk();

    // Empty: held; answer_of() has it after `ready`.
    std::optional<PollAnswer> take(ExchangeId exchange, const PollRequest& request, std::string peer);
    PollAnswer answer_of(ExchangeId exchange);
    // The connection of a held exchange ended.
    void gone(ExchangeId exchange);

    // As LinkTransport. False: the link is not one of these.
    bool want_write(LinkId link);
    bool cut(LinkId link);
    // Once a second.
    void sweep();
    std::size_t size() const { return polls_.size(); }

  private:
    struct Poll;

    std::optional<PollAnswer> open(std::string peer);
    std::optional<PollAnswer> receive(Poll& poll, ExchangeId exchange, std::uint64_t acknowledged, Duration wait);
    PollAnswer send(Poll& poll, std::uint64_t number, std::string_view batch);
    PollAnswer next_answer(Poll& poll);
    void release(Poll& poll);
    void end(Poll& poll, Gone why);
    Poll* find(LinkId link);

    const Settings settings_;
    LinkHandler& handler_;
    const Clock& clock_;
    const std::function<LinkId()> next_link_;
    const std::function<void(ExchangeId)> ready_;
    std::unordered_map<std::string, std::unique_ptr<Poll>> polls_;  // by the id that the node knows
    std::unordered_map<LinkId, Poll*> by_link_;
    std::unordered_map<ExchangeId, Poll*> held_;
};

}  // namespace culvert::tunnel::relay
