// One connection to the relay and what is known about who is at its other end.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/relay/node_queue.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

enum class LinkState : std::uint8_t {
    Challenged,  // has a nonce, owes a Hello or a Join
    Pending,     // has sent a Join; may talk of nothing else
    Admitted,
    Probing,  // a member that only asks whether the way is free: Echo and nothing else
    Closing,  // gets what is queued, then the end
};

constexpr bool can_go(LinkState from, LinkState to) {
    switch (from) {
        case LinkState::Challenged:
            return to != LinkState::Challenged;
        case LinkState::Pending:
            return to == LinkState::Closing;
        case LinkState::Admitted:
        case LinkState::Probing:
            return to == LinkState::Closing;
        case LinkState::Closing:
            return false;
    }
    return false;
}

struct Link {
    Link(LinkId its_id, std::string its_peer, Carrier its_carrier, std::size_t queue_capacity)
        : id(its_id), peer(std::move(its_peer)), carrier(its_carrier), queue(queue_capacity) {}

    const LinkId id;
    const std::string peer;  // remote address, for the log
    const Carrier carrier;
    LinkState state = LinkState::Challenged;
    std::array<std::uint8_t, envelope::kNonceSize> nonce{};
    NodeQueue queue;

    // What it has sent to one addressee since that one's queue was last empty.
    struct Burst {
        LinkId to = 0;
        std::uint64_t filling = 0;
        std::size_t bytes = 0;
    };

    // Admitted links only.
    Burst burst;
    Address address;
    Role role = Role::Agent;
    bool enrols = false;
    std::string name;
    std::string serial;    // of its certificate
    WallTime not_after{};  // of its certificate
};

}  // namespace culvert::tunnel::relay
