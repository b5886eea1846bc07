// The relay's logic on one thread: admits links, carries envelopes between agents and controllers, keeps pending joins,
// tells presence and revocations. It sees routing headers and the bodies of its own kinds only. Knows no sockets and no
// timers: the owner calls sweep(). Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "common/base/clock.h"
#include "common/base/log_budget.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/relay/admission.h"
#include "tunnel/relay/counters.h"
#include "tunnel/relay/link.h"
#include "tunnel/relay/pending_joins.h"
#include "tunnel/relay/presence_board.h"
#include "tunnel/relay/route_table.h"
#include "tunnel/relay/settings.h"
#include "tunnel/relay/transport.h"

namespace culvert::tunnel::relay {

// How often an idle node should be heard: below the idle cut of most proxies.
inline constexpr Duration kHeartbeatHint = std::chrono::seconds(25);

class Switchboard final : public LinkHandler {
  public:
    // `plan_presence` is called when flush_presence() should be called soon.
    Switchboard(const RelayLimits& limits, const Admission& admission, Trust& trust, const Clock& clock,
                std::function<void()> plan_presence);
    // Set once, before the first link.
    void attach(LinkTransport& transport) { transport_ = &transport; }

    void on_link(LinkId id, std::string peer, Carrier carrier) override;
    void on_message(LinkId id, std::string_view message) override;
    NextMessage next_message(LinkId id) override;
    std::size_t largest_message(LinkId id) const override;
    void on_link_gone(LinkId id, Gone why) override;

    // Once a second: closes what took too long.
    void sweep();
    // Now and then: closes links whose certificate has expired.
    void close_expired();
    void flush_presence();
    // Tells every node that the relay stops; links that still come are told so too.
    void drain();
    bool empty() const { return links_.empty(); }

    // Totals, and how things stand now.
    Counters counters() const;

  private:
    using Deadlines =
        std::deque<std::pair<SteadyTime, LinkId>>;  // each kind has one length, so they end in the order they began

    Link* find(LinkId id) const;
    void dispatch(Link& link, const envelope::EnvelopeView& envelope);
    void dispatch_admitted(Link& link, const envelope::EnvelopeView& envelope);
    void violation(Link& link, const std::string& what);

    // Admission.
    void admit(Link& link, std::string_view hello_body);
    void welcome(Link& link);

    // Joins.
    void take_join(Link& link, std::string_view join);
    bool make_room_for_join();
    void place_join(LinkId pending);
    void list_pending(Link& controller);
    void pass_on_renewal(Link& controller, std::string_view question);
    void reply_to_join(Link& controller, const envelope::EnvelopeView& reply);
    Address pending_address(LinkId link) const { return Address{NodeId{}, pending_salt_ + link}; }

    // Admitted nodes.
    void route(Link& from, const envelope::EnvelopeView& data);
    static bool floods(Link& agent, const Link& controller, std::size_t bytes);
    void unreachable(Link& sender, const Address& addressee, std::string why);
    void take_revocations(Link& from, std::string_view crl_der);

    void send(Link& link, envelope::Kind kind, std::string body, const Address& from = {});
    void enqueue(Link& link, std::string_view encoded);
    void close(Link& link, envelope::Refusal why);
    // The link carries its node no longer.
    void leave(Link& link, const std::string& last_words);
    void go(Link& link, LinkState to);

    const RelayLimits limits_;
    const Admission& admission_;
    Trust& trust_;
    const Clock& clock_;
    const std::function<void()> plan_presence_;
    const std::uint64_t
        pending_salt_;  // random: a controller's late reply cannot reach a node of another life of the relay
    LinkTransport* transport_ = nullptr;

    std::unordered_map<LinkId, std::unique_ptr<Link>> links_;
    RouteTable routes_;
    PendingJoins pending_;
    PresenceBoard presence_;
    Deadlines handshakes_;
    Deadlines lingering_;
    Counters counters_;
    LogBudget lines_of_strangers_, lines_of_members_;
    unsigned joins_placed_ = 0;  // since the last sweep
    SteadyTime now_{};           // of the message or sweep at hand
    bool draining_ = false;
};

}  // namespace culvert::tunnel::relay
