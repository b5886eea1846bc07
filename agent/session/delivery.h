// Brings to a controller what earlier sessions with it held of one run: from the spool, in order, a bounded amount at a
// time. Loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "agent/session/conversation.h"
#include "agent/spool/spool.h"
#include "tunnel/session/scheduler.h"

namespace culvert::agent::session {

class Delivery {
  public:
    struct Wish {
        std::string run;
        std::uint64_t after = 0;              // up to this number the controller has the intervals
        std::optional<Address> earlier = {};  // this session is about to end; what it holds is wanted too
        std::deque<std::string> unsent = {};  // pieces that its window had no room for
    };
    struct Delivered {
        bool told_end = false;            // RunFinished was among it
        std::uint64_t last_interval = 0;  // the number of the last one, delivered or not needed; 0: none
    };
    // `done` once, never within the constructor; it may destroy this only later. Spool (may be nullptr: there is none),
    // scheduler and conversation outlive the delivery.
    Delivery(spool::Spool* spool, tunnel::session::Scheduler& scheduler, Conversation& to, Wish wish,
             std::function<void(const Delivered&)> done);
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

  private:
    void go_on();
    // False: enough for now.
    bool take_leftovers();
    bool take_one(const spool::Leftover& from);
    void take_unsent();
    // Whether it is of no use to anybody, or on its way: the spool may forget it.
    bool take(protocol::AgentMessage message);
    void again_in(Duration delay);

    spool::Spool* const spool_;
    tunnel::session::Scheduler& scheduler_;
    Conversation& to_;
    Wish wish_;
    const std::function<void(const Delivered&)> done_;
    Delivered delivered_;
    protocol::Assembler assembler_;
    std::int64_t session_ = 0;                      // of the leftover that is being read
    std::uint64_t piece_ = 0, message_begins_ = 0;  // in it
    std::size_t budget_ = 0;
    tunnel::session::Timer timer_;
};

// Drops what ended sessions with this node left if nothing of a run is in it.
void drop_idle_talk(spool::Spool& spool, const NodeId& controller);

}  // namespace culvert::agent::session
