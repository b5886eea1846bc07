#include "tunnel/session/agent_endpoint.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::tunnel::session {
namespace {

constexpr Duration kCrowdedAgain = std::chrono::minutes(1);  // without a crowd, before it is worth another line

}  // namespace

class AgentEndpoint::Handshake final : public FramedChannelEvents {
  public:
    Handshake(AgentEndpoint& endpoint, const Address& from, std::uint64_t id)
        : endpoint_(endpoint), from_(from), channel_(std::make_unique<FramedChannel>(from, id, endpoint, *this)) {
        deadline_ = endpoint_.parts().scheduler->after(kLongestHandshake, [this] {
            end({Code::Timeout, "the handshake took too long"});
        });
        channel_->start_server(endpoint_.parts().channels);
    }

    FramedChannel* channel() { return channel_.get(); }
    std::unique_ptr<FramedChannel> release() {
        deadline_.reset();
        return std::move(channel_);
    }

    void on_channel_open(FramedChannel& channel) override {
        // The relay says who sends; the certificate says who it is.
        if (channel.inner().peer_id() != from_.node)
            end({Code::Unauthorized, "the relay says that it comes from " + short_id(from_.node) +
                                         ", the certificate is of " + channel.inner().peer_name()});
    }

    void on_frame(FramedChannel&, const Frame& frame) override {
        if (const auto* open = std::get_if<OpenFrame>(&frame)) return endpoint_.opened(from_, *open);
        end({Code::InvalidInput, "the first frame is not Open"});
    }

    void on_channel_closed(FramedChannel&, const Error& why) override { end(why); }

  private:
    void end(const Error& why) {
        endpoint_.complain("a channel was not opened: " + why.message, {{"controller", short_id(from_.node)}});
        endpoint_.end_handshake(from_);
    }

    AgentEndpoint& endpoint_;
    const Address from_;
    std::unique_ptr<FramedChannel> channel_;
    Timer deadline_;
};

AgentEndpoint::AgentEndpoint(EndpointParts parts) : EndpointBase(std::move(parts)) {}
AgentEndpoint::~AgentEndpoint() = default;

Session& AgentEndpoint::open(const Address&, const std::string&, SessionEvents&) {
    check_failed("agents do not open sessions", __FILE__, __LINE__);
}

void AgentEndpoint::close_all(std::string_view reason) {
    for (NumberedSession* session : all()) session->close(reason);
}

std::vector<Session*> AgentEndpoint::sessions() {
    const auto present = all();
    return {present.begin(), present.end()};
}

void AgentEndpoint::on_detached(NumberedSession& session) {
    const auto found = peers_.find(session.peer());
    if (found == peers_.end()) return;
    if (!session.channel_proven()) return ask_later(found->first, found->second);
    found->second.back_off.reset();
    ask_for_channel(session.peer());
}

void AgentEndpoint::on_over(NumberedSession& session) {
    const auto found = peers_.find(session.peer());
    if (found == peers_.end() || found->second.session.get() != &session) return;
    bury(std::move(found->second.session));
    peers_.erase(found);
}

void AgentEndpoint::link_is_up() {
    for (NumberedSession* session : all()) ask_for_channel(session->peer());
}

void AgentEndpoint::data_arrived(const Address& from, const Carriage& carriage) {
    const auto peer = peers_.find(from);
    FramedChannel* attached = peer == peers_.end() ? nullptr : peer->second.session->channel();
    const auto handshake = handshakes_.find(from);
    FramedChannel* greeting = handshake == handshakes_.end() ? nullptr : handshake->second->channel();
    if (attached != nullptr && attached->id() == carriage.channel) return attached->feed(carriage);
    if (greeting != nullptr && greeting->id() == carriage.channel) return greeting->feed(carriage);
    // Of two channels the newer counts; an older one comes late.
    const bool newer = (attached == nullptr || attached->id() < carriage.channel) &&
                       (greeting == nullptr || greeting->id() < carriage.channel);
    if (carriage.open && newer) return begin_handshake(from, carriage);
    if (!carriage.close)
        static_cast<void>(send_data(from, encode(Carriage{.channel = carriage.channel, .close = true})));
}

void AgentEndpoint::begin_handshake(const Address& from, const Carriage& carriage) {
    end_handshake(from);
    if (handshakes_.size() >= kMostHandshakes) {
        const SteadyTime now = parts().scheduler->now();
        if (std::exchange(crowded_, now) + kCrowdedAgain <= now)
            log::warning("too many controllers open channels at once; some are ignored");
        return;
    }
    Handshake& handshake =
        *handshakes_.emplace(from, std::make_unique<Handshake>(*this, from, carriage.channel)).first->second;
    handshake.channel()->feed(carriage);
}

void AgentEndpoint::end_handshake(const Address& from) {
    const auto found = handshakes_.find(from);
    if (found == handshakes_.end()) return;
    if (auto channel = found->second->release()) {
        channel->drop(FramedChannel::Farewell::Close);
        bury(std::move(channel));
    }
    ended_.push_back(std::move(found->second));
    handshakes_.erase(found);
    if (ended_timer_) return;
    ended_timer_ = parts().scheduler->after(Duration::zero(), [this] {
        ended_timer_.reset();
        const auto ended = std::exchange(ended_, {});
    });
}

void AgentEndpoint::refuse(const Address& from, CloseCode code, std::string_view reason) {
    handshakes_.at(from)->channel()->write(CloseFrame{code, reason});
    end_handshake(from);
}

void AgentEndpoint::opened(const Address& from, const OpenFrame& open) {
    if (open.version != kVersion) {
        return refuse(from, CloseCode::Version,
                      "the agent speaks version " + std::to_string(kVersion) + " of the session, the controller " +
                          std::to_string(open.version));
    }
    // Under another instance a session would not be found, and be given up: only the relay could want that.
    if (open.instance && *open.instance != from.instance) {
        complain("the relay says that a channel comes from another process of the controller than it does",
                 {{"controller", handshakes_.at(from)->channel()->inner().peer_name()}});
        return end_handshake(from);
    }
    auto peer = peers_.find(from);
    const bool known = peer != peers_.end() && peer->second.session->id() == open.session;
    if (open.resume && !known)
        return refuse(from, CloseCode::UnknownSession,
                      "the agent does not know this session: it was restarted or gave it up");
    if (!known) {
        if (peer != peers_.end())
            peer->second.session->lose({Code::Disconnected, "the controller began another session"});
        if (peers_.size() >= kMostSessions) make_room();
        if (peers_.size() >= kMostSessions) return refuse(from, CloseCode::Full, "the agent has too many sessions");
        const std::string name = handshakes_.at(from)->channel()->inner().peer_name();
        SessionEvents& events = parts().handlers.accept(from, name);
        peer = peers_.emplace(from, Peer{make_session(from, name, open.session, events), BackOff(random()), nullptr})
                   .first;
    }
    NumberedSession& session = *peer->second.session;
    peer->second.wake_timer.reset();
    std::unique_ptr<FramedChannel> channel = handshakes_.at(from)->release();
    end_handshake(from);
    channel->write(OpenedFrame{kVersion, open.session, session.received()});
    if (channel->dropped()) return bury(std::move(channel));
    if (const auto attached = session.attach(std::move(channel), open.received); !attached)
        session.lose(attached.error());
}

// Controllers' processes that were killed leave sessions that nobody resumes: the one with the least to deliver goes.
void AgentEndpoint::make_room() {
    NumberedSession* least = nullptr;
    for (NumberedSession* session : all()) {
        if (session->connected()) continue;
        if (least == nullptr || session->unacknowledged() < least->unacknowledged()) least = session;
    }
    if (least != nullptr)
        least->lose({Code::Overloaded, "interrupted, and the agent needed the place for another session"});
}

void AgentEndpoint::peer_unreachable(const Address& controller) {
    end_handshake(controller);
    const auto peer = peers_.find(controller);
    if (peer == peers_.end()) return;
    peer->second.session->detach({Code::Disconnected, "the controller is not connected to the relay"},
                                 FramedChannel::Farewell::Silent);
}

void AgentEndpoint::drop_channels(const Error& why, FramedChannel::Farewell farewell) {
    while (!handshakes_.empty()) end_handshake(handshakes_.begin()->first);
    for (NumberedSession* session : all()) session->detach(why, farewell);
}

void AgentEndpoint::flush_channels() {
    for (const auto& [address, handshake] : handshakes_) handshake->channel()->flush();
    for (NumberedSession* session : all()) session->flush();
}

void AgentEndpoint::ask_for_channel(const Address& controller) {
    const auto found = peers_.find(controller);
    if (found == peers_.end() || found->second.session->connected()) return;
    found->second.wake_timer.reset();
    if (!link_up()) return;
    // While one is being opened, asking would only make the controller begin again.
    if (!handshakes_.contains(controller))
        static_cast<void>(send_data(controller, encode(Carriage{.channel = 0, .wake = true})));
    ask_later(controller, found->second);
}

void AgentEndpoint::ask_later(const Address& controller, Peer& peer) {
    peer.wake_timer = parts().scheduler->after(BackOff::kFirst + peer.back_off.next(),
                                               [this, controller] { ask_for_channel(controller); });
}

// A snapshot: events may end sessions. What ends meanwhile is buried, not destroyed.
std::vector<NumberedSession*> AgentEndpoint::all() {
    std::vector<NumberedSession*> sessions;
    sessions.reserve(peers_.size());
    for (const auto& [address, peer] : peers_) sessions.push_back(peer.session.get());
    return sessions;
}

}  // namespace culvert::tunnel::session
