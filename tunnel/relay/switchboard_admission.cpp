// How nodes come in: members by their certificate, newcomers by a join that a controller signs.
#include "common/base/log.h"
#include "common/base/text.h"
#include "tunnel/envelope/pending_list.h"
#include "tunnel/relay/switchboard.h"

namespace culvert::tunnel::relay {
namespace {

using envelope::JoinStage;
using envelope::JoinState;
using envelope::Kind;
using envelope::Reason;

// A join needs one question and one answer; more leave room for corrections, not for a flood.
constexpr unsigned kMostJoinsPerLink = 16;

// Together, from all newcomers: what a controller can look up and sign without neglecting its runs.
constexpr unsigned kMostJoinsPerSweep = 200;
// A join that a controller has had for so long without a word is noise.
constexpr Duration kTimeForAnAnswer = std::chrono::seconds(30);

constexpr const char* kNoController = "waits for a signature: no controller with the mesh CA is connected";
constexpr const char* kForwarded = "a controller with the mesh CA has the join";

}  // namespace

void Switchboard::admit(Link& link, std::string_view hello_body) {
    const auto hello = envelope::parse_hello(hello_body);
    if (!hello) return violation(link, hello.error().message);
    const auto member = admission_.check(link.nonce, *hello);
    if (!member) return close(link, member.error());

    const Address address{member->id, hello->instance};
    if (routes_.size() >= limits_.links && routes_.find(address) == nullptr) {
        return close(
            link, {Reason::Busy,
                   "this relay carries its " + std::to_string(limits_.links) + " links already (limits.links)", true});
    }
    link.address = address;
    link.role = member->role;
    link.enrols = hello->enrols;
    link.name = member->name.substr(0, envelope::kLongestName);
    link.serial = member->serial;
    link.not_after = member->not_after;
    if (hello->probe) {
        go(link, LinkState::Probing);
        return send(link, Kind::Admitted,
                    encode(envelope::Admitted{member->id, link.name, clock_.wall_now(), kHeartbeatHint}));
    }
    go(link, LinkState::Admitted);
    link.queue.set_capacity(limits_.queue_per_node);
    if (Link* const older = routes_.put(link)) {
        close(*older, {Reason::NewerLink,
                       "this node has connected again, from " + link.peer +
                           "; if that was another machine, two share one identity",
                       false});
    }
    if (lines_of_members_.spend(now_)) {
        log::info("admitted", {{"link", std::to_string(link.id)},
                               {link.role == Role::Agent ? "agent" : "controller", link.name},
                               {"id", short_id(link.address.node)},
                               {"peer", link.peer},
                               {"transport", link.carrier == Carrier::WebSocket ? "websocket" : "long_poll"},
                               {"software", excerpt(hello->software, envelope::kLongestSoftware)}});
    }
    welcome(link);
}

void Switchboard::welcome(Link& link) {
    send(link, Kind::Admitted,
         encode(envelope::Admitted{link.address.node, link.name, clock_.wall_now(), kHeartbeatHint}));
    if (!trust_.revocations().empty()) send(link, Kind::Revocations, trust_.revocations());
    if (link.role == Role::Controller) {
        std::vector<envelope::Presence> whole;
        for (const Link* const other : routes_.all()) whole.push_back(presence_of(*other));
        for (std::string& body : envelope::encode_whole_list(whole)) send(link, Kind::Presence, std::move(body));
    }
    if (link.state != LinkState::Admitted) return;  // the list was more than its queue may hold
    if (presence_.came(link)) plan_presence_();
    if (!link.enrols) return;
    for (const LinkId pending : pending_.waiting()) place_join(pending);
}

void Switchboard::take_join(Link& link, std::string_view join) {
    PendingJoin* pending = pending_.put(link.id, now_);
    if (pending == nullptr && make_room_for_join()) pending = pending_.put(link.id, now_);
    if (pending == nullptr) {
        return close(link, {Reason::PendingFull,
                            "this relay holds " + std::to_string(limits_.pending_joins) +
                                " joins that wait for a signature (limits.pending_joins)",
                            true});
    }
    if (link.state == LinkState::Challenged) {
        link.address = pending_address(link.id);
        go(link, LinkState::Pending);
        if (lines_of_strangers_.spend(now_))
            log::info("pending: wants to join", {{"link", std::to_string(link.id)}, {"peer", link.peer}});
    }
    if (++pending->joins > kMostJoinsPerLink) return violation(link, "too many joins on one link");
    pending->join = std::string(join);
    pending->handed_to = 0;
    pending->answered = false;
    place_join(link.id);
}

// Strangers may hold every place. The oldest that had its answer, or was worth none to a controller, goes.
bool Switchboard::make_room_for_join() {
    const auto oldest = pending_.oldest_served(now_ - kTimeForAnAnswer);
    Link* const link = oldest ? find(*oldest) : nullptr;
    if (link == nullptr) return false;
    close(*link, {Reason::Timeout, "this join has had its time, and others wait for the place; ask again", true});
    return true;
}

void Switchboard::place_join(LinkId id) {
    PendingJoin* const pending = pending_.find(id);
    Link* const newcomer = find(id);
    if (pending == nullptr || newcomer == nullptr) return;
    Link* const controller = routes_.newest_enrolling();
    if (controller == nullptr)
        return send(*newcomer, Kind::JoinState, encode(JoinState{JoinStage::NoController, kNoController}));
    // Newcomers are strangers: together they must not fill the queue of the controller that they need. What is held
    // back here is placed by a later sweep.
    if (controller->queue.bytes() > limits_.queue_per_node / 4 || joins_placed_ >= kMostJoinsPerSweep) return;
    ++joins_placed_;
    pending->handed_to = controller->id;
    pending->handed_at = now_;
    send(*controller, Kind::Join, pending->join, newcomer->address);
    if (pending->handed_to != controller->id) return;  // that filled the controller's queue; the next one has it by now
    send(*newcomer, Kind::JoinState, encode(JoinState{JoinStage::Forwarded, kForwarded}));
}

void Switchboard::list_pending(Link& controller) {
    if (controller.role != Role::Controller) return violation(controller, "an agent that asks for pending joins");
    std::vector<envelope::PendingEntry> entries;
    for (const LinkId id : pending_.unanswered()) {
        const PendingJoin* const pending = pending_.find(id);
        const Link* const newcomer = find(id);
        if (newcomer == nullptr) continue;
        const auto waits = std::chrono::duration_cast<std::chrono::seconds>(now_ - pending->since);
        entries.push_back({static_cast<std::uint32_t>(waits.count()), newcomer->peer, pending->join});
    }
    for (std::string& body : envelope::encode_pending(entries)) send(controller, Kind::PendingList, std::move(body));
}

// A member asks the controller that holds the mesh CA for another certificate. The relay keeps nothing of it: who gets
// no reply asks again.
void Switchboard::pass_on_renewal(Link& controller, std::string_view question) {
    if (controller.role != Role::Controller) return violation(controller, "an agent that joins a second time");
    Link* const signer = routes_.newest_enrolling(&controller);
    const bool busy = signer != nullptr &&
                      (signer->queue.bytes() > limits_.queue_per_node / 4 || joins_placed_ >= kMostJoinsPerSweep);
    if (signer == nullptr || busy)
        return send(controller, Kind::JoinState, encode(JoinState{JoinStage::NoController, kNoController}));
    ++joins_placed_;
    send(*signer, Kind::Join, std::string(question), controller.address);
}

void Switchboard::reply_to_join(Link& controller, const envelope::EnvelopeView& reply) {
    if (!controller.enrols) return violation(controller, "a JoinReply from a node that signs no joins");
    if (Link* const asker = reply.to.node == NodeId{} ? nullptr : routes_.find(reply.to);
        asker != nullptr && asker->role == Role::Controller)
        return enqueue(*asker, reply.whole);
    const LinkId id = reply.to.instance - pending_salt_;
    PendingJoin* const pending = reply.to.node == NodeId{} ? pending_.find(id) : nullptr;
    Link* const newcomer = pending == nullptr ? nullptr : find(id);
    if (newcomer == nullptr) return unreachable(controller, reply.to, "the node that wanted to join has gone");
    pending->answered = true;
    enqueue(*newcomer, reply.whole);
}

}  // namespace culvert::tunnel::relay
