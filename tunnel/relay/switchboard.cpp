#include "tunnel/relay/switchboard.h"

#include <sys/random.h>

#include <algorithm>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::tunnel::relay {
namespace {

using envelope::EnvelopeView;
using envelope::Kind;
using envelope::Reason;
using envelope::Refusal;

std::uint64_t random_number() {
    std::uint64_t number = 0;
    CULVERT_CHECK(getrandom(&number, sizeof number, 0) == sizeof number);
    return number;
}

// What may wait for a link that has not shown a certificate: a reply to its join and some words about it. Strangers are
// many.
constexpr std::size_t kQueueBeforeAdmission = 64 << 10;
constexpr Duration kLogPeriod = std::chrono::seconds(10);
constexpr unsigned kLinesOfStrangers = 50;
// After a restart every node comes within seconds, and each is worth a line.
constexpr unsigned kLinesOfMembers = 20'000;

std::vector<log::Field> fields_of(const Link& link) {
    std::vector<log::Field> fields{{"link", std::to_string(link.id)}, {"peer", link.peer}};
    if (!link.name.empty()) fields.push_back({link.role == Role::Agent ? "agent" : "controller", link.name});
    return fields;
}

}  // namespace

Switchboard::Switchboard(const RelayLimits& limits, const Admission& admission, Trust& trust, const Clock& clock,
                         std::function<void()> plan_presence)
    : limits_(limits),
      admission_(admission),
      trust_(trust),
      clock_(clock),
      plan_presence_(std::move(plan_presence)),
      pending_salt_(random_number()),
      pending_(limits.pending_joins),
      lines_of_strangers_(kLinesOfStrangers, kLogPeriod),
      lines_of_members_(kLinesOfMembers, kLogPeriod) {}

Link* Switchboard::find(LinkId id) const {
    const auto found = links_.find(id);
    return found == links_.end() ? nullptr : found->second.get();
}

void Switchboard::on_link(LinkId id, std::string peer, Carrier carrier) {
    now_ = clock_.steady_now();
    const std::size_t capacity = std::min(limits_.queue_per_node, kQueueBeforeAdmission);
    Link& link = *links_.emplace(id, std::make_unique<Link>(id, std::move(peer), carrier, capacity)).first->second;
    if (draining_) return close(link, {Reason::Drained, "this relay stops", true});
    const envelope::Challenge challenge = admission_.challenge();
    link.nonce = challenge.nonce;
    send(link, Kind::Challenge, encode(challenge));
    handshakes_.emplace_back(now_ + limits_.handshake_timeout, id);
}

void Switchboard::on_link_gone(LinkId id, Gone why) {
    Link* const link = find(id);
    if (link == nullptr) return;
    now_ = clock_.steady_now();
    if (link->state != LinkState::Closing) {
        const bool silent = why == Gone::Silent;
        const std::string words = silent ? "link silent for " + to_string(limits_.give_up_after) : "link lost";
        ++counters_.links_closed[silent ? "silent" : "disconnected"];
        if (link->state == LinkState::Admitted && lines_of_members_.spend(now_)) log::info(words, fields_of(*link));
        leave(*link, words);
    }
    links_.erase(id);
}

void Switchboard::on_message(LinkId id, std::string_view message) {
    Link* const link = find(id);
    if (link == nullptr) return;
    now_ = clock_.steady_now();
    counters_.bytes_in += message.size();
    if (message.empty()) return violation(*link, "an empty message");
    while (!message.empty() && link->state != LinkState::Closing) {
        const auto envelope = envelope::take_front(message);
        if (!envelope) return violation(*link, envelope.error().message);
        ++counters_.envelopes_in;
        dispatch(*link, *envelope);
    }
}

NextMessage Switchboard::next_message(LinkId id) {
    Link* const link = find(id);
    if (link == nullptr) return {};
    const bool closing = link->state == LinkState::Closing;
    if (link->queue.empty()) return NextMessage{{}, false, closing};
    NodeQueue::Batch batch = link->queue.pop();
    counters_.envelopes_out += batch.envelopes;
    counters_.bytes_out += batch.bytes.size() - kHeadroom;
    counters_.forward.record(clock_.steady_now() - batch.queued_at, batch.envelopes);
    return NextMessage{std::move(batch.bytes), !link->queue.empty() || closing, false};
}

void Switchboard::dispatch(Link& link, const EnvelopeView& envelope) {
    if (link.state == LinkState::Admitted) return dispatch_admitted(link, envelope);
    if (link.state == LinkState::Challenged && envelope.kind == Kind::Hello) return admit(link, envelope.body);
    if (envelope.kind == Kind::Join && link.state != LinkState::Probing) return take_join(link, envelope.body);
    if ((link.state == LinkState::Pending || link.state == LinkState::Probing) && envelope.kind == Kind::Echo)
        return send(link, Kind::EchoReply, std::string(envelope.body));
    violation(link, std::string(to_string(envelope.kind)) + " before admission");
}

void Switchboard::dispatch_admitted(Link& link, const EnvelopeView& envelope) {
    if (envelope.from != link.address) return violation(link, "an envelope in the name of another node");
    switch (envelope.kind) {
        case Kind::Data:
            return route(link, envelope);
        case Kind::Echo:
            return send(link, Kind::EchoReply, std::string(envelope.body));
        case Kind::Join:
            return pass_on_renewal(link, envelope.body);
        case Kind::JoinReply:
            return reply_to_join(link, envelope);
        case Kind::Revocations:
            return take_revocations(link, envelope.body);
        case Kind::PendingAsk:
            return list_pending(link);
        default:
            return violation(link, std::string("a node never sends ") + to_string(envelope.kind) + " after admission");
    }
}

void Switchboard::violation(Link& link, const std::string& what) {
    close(link, {Reason::Protocol, "broke the protocol: " + what, false});
}

void Switchboard::route(Link& from, const EnvelopeView& data) {
    Link* const to = routes_.find(data.to);
    if (to == nullptr) return unreachable(from, data.to, "not connected to this relay");
    if (to->role == from.role) {
        return unreachable(
            from, data.to,
            from.role == Role::Agent ? "agents talk to controllers only" : "controllers talk to agents only");
    }
    if (floods(from, *to, data.whole.size()))
        return close(from, {Reason::Busy, "this agent sends more than the controller takes", true});
    enqueue(*to, data.whole);
    if (to->state == LinkState::Closing) unreachable(from, data.to, "cut: it did not read what waits for it");
}

// Whether this would overflow a queue most of which this agent has filled: then the agent goes, not the controller that
// everybody needs. A session has 1 MiB in flight, so no honest one comes near.
bool Switchboard::floods(Link& agent, const Link& controller, std::size_t bytes) {
    if (agent.role != Role::Agent) return false;
    const std::uint64_t filling = controller.queue.fillings() + (controller.queue.empty() ? 1 : 0);
    if (agent.burst.to != controller.id || agent.burst.filling != filling) agent.burst = {controller.id, filling, 0};
    agent.burst.bytes += bytes;
    const std::size_t capacity = controller.queue.capacity();
    return controller.queue.bytes() + bytes > capacity && agent.burst.bytes > capacity / 2;
}

void Switchboard::unreachable(Link& sender, const Address& addressee, std::string why) {
    ++counters_.unreachable;
    send(sender, Kind::Unreachable, std::move(why), addressee);
}

void Switchboard::take_revocations(Link& from, std::string_view crl_der) {
    if (from.role != Role::Controller) return violation(from, "revocations from an agent");
    const auto newer = trust_.take_revocations(crl_der);
    if (!newer && lines_of_strangers_.spend(now_))
        log::warning("revocations not taken: " + newer.error().message, fields_of(from));
    if (!newer || !*newer) {
        if (crl_der != trust_.revocations() && !trust_.revocations().empty())
            send(from, Kind::Revocations, trust_.revocations());
        return;
    }
    log::info("revocations taken", fields_of(from));
    for (Link* const link : routes_.all()) {
        send(*link, Kind::Revocations, std::string(crl_der));
        if (trust_.revoked(link->serial)) close(*link, {Reason::Revoked, "this node's certificate was revoked", false});
    }
}

void Switchboard::send(Link& link, Kind kind, std::string body, const Address& from) {
    std::string encoded;
    envelope::append_to(encoded, envelope::Envelope{kind, from, link.address, std::move(body)});
    enqueue(link, encoded);
}

void Switchboard::enqueue(Link& link, std::string_view encoded) {
    if (link.state == LinkState::Closing) return;
    const bool was_empty = link.queue.empty();
    if (!link.queue.push(encoded, now_)) {
        link.queue.clear();
        return close(link, {Reason::SlowConsumer,
                            "more than " + to_string(Bytes{limits_.queue_per_node}) +
                                " waited for this node: its link is too slow for what is sent to it",
                            true});
    }
    if (was_empty) transport_->want_write(link.id);
}

void Switchboard::close(Link& link, Refusal why) {
    if (link.state == LinkState::Closing) return;
    const bool admitted = link.state == LinkState::Admitted;
    ++(admitted ? counters_.links_closed : counters_.admission_failures)[to_string(why.reason)];
    if ((admitted ? lines_of_members_ : lines_of_strangers_).spend(now_)) {
        auto fields = fields_of(link);
        fields.push_back({"reason", to_string(why.reason)});
        log::info((admitted ? "link closed: " : "not admitted: ") + excerpt(why.text, envelope::kLongestReasonText),
                  fields);
    }

    std::string encoded;
    envelope::append_to(encoded,
                        envelope::Envelope{admitted ? Kind::Closing : Kind::Refused, {}, link.address, encode(why)});
    leave(link, why.text);
    go(link, LinkState::Closing);
    if (!link.queue.push(encoded, now_)) {
        link.queue.clear();
        CULVERT_CHECK(link.queue.push(encoded, now_));
    }
    transport_->want_write(link.id);
    lingering_.emplace_back(now_ + limits_.linger, link.id);
}

void Switchboard::leave(Link& link, const std::string& last_words) {
    if (link.state == LinkState::Pending) pending_.remove(link.id);
    if (link.state != LinkState::Admitted) return;
    const bool was_current = routes_.find(link.address) == &link;
    routes_.remove(link);
    if (was_current && presence_.went(link, last_words)) plan_presence_();
    if (!link.enrols) return;
    for (const LinkId pending : pending_.take_back_from(link.id)) place_join(pending);
}

void Switchboard::go(Link& link, LinkState to) {
    CULVERT_CHECK(can_go(link.state, to));
    link.state = to;
}

void Switchboard::sweep() {
    now_ = clock_.steady_now();
    for (; !handshakes_.empty() && handshakes_.front().first <= now_; handshakes_.pop_front()) {
        Link* const link = find(handshakes_.front().second);
        if (link != nullptr && link->state == LinkState::Challenged) {
            close(*link, {Reason::Timeout, "no Hello within " + to_string(limits_.handshake_timeout), true});
        }
    }
    for (const LinkId id : pending_.older_than(now_ - limits_.pending_time)) {
        if (Link* const link = find(id)) {
            close(*link,
                  {Reason::Timeout, "no controller signed this join within " + to_string(limits_.pending_time), true});
        }
    }
    for (; !lingering_.empty() && lingering_.front().first <= now_; lingering_.pop_front()) {
        if (find(lingering_.front().second) != nullptr) transport_->cut(lingering_.front().second);
    }
    joins_placed_ = 0;
    if (routes_.newest_enrolling() != nullptr) {
        for (const LinkId held_back : pending_.waiting()) place_join(held_back);
    }
    if (const std::uint64_t more = lines_of_strangers_.take_held_back(now_) + lines_of_members_.take_held_back(now_))
        log::info(std::to_string(more) + " more lines about links were left out; /metrics counts them by reason");
}

std::size_t Switchboard::largest_message(LinkId id) const {
    const Link* const link = find(id);
    const bool member = link != nullptr && link->state == LinkState::Admitted;
    return member ? envelope::kLargestBatch : envelope::kHeaderSize + envelope::kLargestBody;
}

void Switchboard::close_expired() {
    now_ = clock_.steady_now();
    const WallTime wall = clock_.wall_now();
    for (Link* const link : routes_.all()) {
        // Perhaps it has a newer one by now: its next Hello shows.
        if (link->not_after < wall) close(*link, {Reason::Expired, "this node's certificate has expired", true});
    }
}

void Switchboard::flush_presence() {
    now_ = clock_.steady_now();
    const auto changes = presence_.take();
    const auto bodies = envelope::encode_changes(changes);
    const auto controllers = routes_.controllers();  // a copy: a full queue closes its link
    for (Link* const controller : controllers) {
        for (const std::string& body : bodies) send(*controller, Kind::Presence, body);
    }
}

void Switchboard::drain() {
    now_ = clock_.steady_now();
    draining_ = true;
    for (const auto& [id, link] : links_) close(*link, {Reason::Drained, "this relay stops", true});
}

Counters Switchboard::counters() const {
    Counters now = counters_;
    for (const auto& [id, link] : links_) {
        now.queue_bytes += link->queue.bytes();
        if (link->carrier == Carrier::LongPoll) ++now.long_poll;
        switch (link->state) {
            case LinkState::Challenged:
            case LinkState::Probing:
                ++now.unadmitted;
                break;
            case LinkState::Pending:
                ++now.pending;
                break;
            case LinkState::Admitted:
                ++(link->role == Role::Agent ? now.agents : now.controllers);
                break;
            case LinkState::Closing:
                break;
        }
    }
    return now;
}

}  // namespace culvert::tunnel::relay
