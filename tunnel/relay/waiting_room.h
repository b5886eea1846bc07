// Accepted connections that wait for their handshake. After a restart every node comes within a second, and handshakes
// are the most that a relay has to do: begun all at once they starve the links that are back already, and end after
// everybody has given up. So they begin at a bounded pace, in the order of arrival; who left meanwhile costs nothing.
// Beyond the capacity connections are closed at once: their nodes back off and come again. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "common/base/log_budget.h"
#include "common/base/units.h"
#include "common/net/loop.h"
#include "tunnel/relay/handshake_pace.h"

namespace culvert::tunnel::relay {

class WaitingRoom {
  public:
    // Totals, and how many wait now.
    struct Counts {
        std::uint64_t begun = 0;
        std::uint64_t turned_away = 0;  // the room was full
        std::uint64_t left = 0;         // ended while they waited
        std::uint64_t waiting = 0;
    };

    // `begin` owns the descriptor and starts the handshake.
    WaitingRoom(net::Loop& loop, Rate handshakes, std::function<void(int fd)> begin);
    ~WaitingRoom();  // closes those that wait
    WaitingRoom(const WaitingRoom&) = delete;
    WaitingRoom& operator=(const WaitingRoom&) = delete;

    // Owns the descriptor. One that may go on at once does so within this call.
    void take(int fd);
    // Closes those that wait.
    void clear();
    Counts counts() const;

    // Those at the end wait for 10 s, and twice as long on a machine that is slower than the limit: nodes give a
    // handshake up after 20 s.
    static std::size_t capacity(Rate handshakes);

  private:
    void let_in();
    void turn_away(int fd);

    net::Loop& loop_;
    const Rate limit_;
    const std::function<void(int fd)> begin_;
    HandshakePace pace_;
    std::deque<int> waiting_;
    Counts counts_;
    LogBudget lines_;
    std::unique_ptr<net::Loop::Timer> turns_;  // while somebody waits
};

}  // namespace culvert::tunnel::relay
