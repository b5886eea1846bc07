#include "tunnel/session/controller_endpoint.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"

namespace culvert::tunnel::session {

namespace {

// A request for a channel that comes so soon after we began one was sent before ours arrived.
constexpr Duration kWakeCrossing = std::chrono::seconds(1);

}  // namespace

class ControllerEndpoint::Opener final : public FramedChannelEvents {
  public:
    Opener(ControllerEndpoint& endpoint, std::unique_ptr<NumberedSession> session, std::uint64_t seed)
        : endpoint_(endpoint), session_(std::move(session)), back_off_(seed) {}

    NumberedSession& session() { return *session_; }
    std::unique_ptr<NumberedSession> release() {
        give_up_channel(FramedChannel::Farewell::Close);
        timer_.reset();
        return std::move(session_);
    }

    // Opens a channel unless one is open or being opened.
    void open_channel() {
        if (channel_ || session_->connected() || session_->over() || !endpoint_.link_up()) return;
        channel_ = std::make_unique<FramedChannel>(session_->peer(), ++endpoint_.last_channel_, endpoint_, *this);
        const Duration patience =
            std::min<Duration>(std::max(patience_, endpoint_.link_round_trip() * kHandshakeTrips), kLongestHandshake);
        timer_ = endpoint_.parts().scheduler->after(patience, [this, patience] {
            patience_ = 2 * patience;
            give_up_channel(FramedChannel::Farewell::Close);
            failed({Code::Timeout, "the agent did not answer within " + to_string(patience)});
        });
        begun_ = endpoint_.parts().scheduler->now();
        channel_->start_client(endpoint_.parts().channels);
    }

    void retry(const Error& why) {
        if (session_->over()) return;
        log::debug("no channel: " + why.message, {{"agent", session_->peer_name()}});
        timer_ = endpoint_.parts().scheduler->after(back_off_.next(), [this] { open_channel(); });
    }

    void failed(const Error& why) {
        session_->note_trouble(why);
        retry(why);
    }

    // The session's channel broke.
    void broke() {
        fruitless_ = !session_->channel_proven();
        if (!fruitless_) back_off_.reset();
        retry({Code::Disconnected, "the channel broke"});
    }

    // The relay, or in its words the agent, says that a channel could be opened now. It is not believed where the last
    // one was of no use: then the back-off counts.
    void open_soon() {
        if (!fruitless_ || !timer_) open_channel();
    }

    // Without a link or a peer nothing can be opened; what was begun is void.
    void give_up_channel(FramedChannel::Farewell farewell) {
        timer_.reset();
        if (!channel_) return;
        channel_->drop(farewell);
        endpoint_.bury(std::move(channel_));
    }

    void data_arrived(const Carriage& carriage) {
        if (carriage.wake) {
            woken();
        } else if (channel_ && channel_->id() == carriage.channel) {
            channel_->feed(carriage);
        } else if (session_->channel() != nullptr && session_->channel()->id() == carriage.channel) {
            session_->channel()->feed(carriage);
        } else if (!carriage.close) {
            static_cast<void>(
                endpoint_.send_data(session_->peer(), encode(Carriage{.channel = carriage.channel, .close = true})));
        }
    }

    void flush() {
        if (channel_) channel_->flush();
        session_->flush();
    }

    void on_channel_open(FramedChannel& channel) override {
        // Names come from the relay; who somebody is, the certificate says.
        const std::string& certified = channel.inner().peer_name();
        if (certified != session_->peer_name()) {
            give_up_channel(FramedChannel::Farewell::Close);
            const Error lie{Code::Unauthorized, "the relay calls this agent " +
                                                    excerpt(session_->peer_name(), kLongestReason) +
                                                    ", its certificate says " + certified};
            endpoint_.complain(lie.message, {});
            return failed(lie);
        }
        channel.write(
            OpenFrame{kVersion, session_->id(), session_->was_open(), session_->received(), endpoint_.instance()});
    }

    void on_frame(FramedChannel& channel, const Frame& frame) override {
        if (&channel != channel_.get()) return;
        if (const auto* opened = std::get_if<OpenedFrame>(&frame)) return on_opened(*opened);
        if (const auto* farewell = std::get_if<CloseFrame>(&frame)) return refused(*farewell);
        give_up_channel(FramedChannel::Farewell::Close);
        failed({Code::InvalidInput, "the agent answered Open with another frame"});
    }

    void on_channel_closed(FramedChannel& channel, const Error& why) override {
        if (&channel != channel_.get()) return;
        give_up_channel(FramedChannel::Farewell::Silent);
        endpoint_.complain("no channel could be opened, and it is tried again: " + why.message,
                           {{"agent", session_->peer_name()}});
        failed(why);
    }

  private:
    // The agent has no channel: the one that we believe in is dead, and one that it should have seen by now as well.
    void woken() {
        session_->detach({Code::Disconnected, "the agent asked for another channel"}, FramedChannel::Farewell::Silent);
        if (channel_) {
            const Duration crossing = std::max(kWakeCrossing, endpoint_.link_round_trip());
            if (endpoint_.parts().scheduler->now() - begun_ < crossing) return;
            give_up_channel(FramedChannel::Farewell::Silent);
        }
        open_soon();
    }

    void on_opened(const OpenedFrame& opened) {
        if (opened.version != kVersion || opened.session != session_->id()) {
            give_up_channel(FramedChannel::Farewell::Close);
            return session_->lose(
                {Code::InvalidInput, "the agent opened another session than the one it was asked for"});
        }
        timer_.reset();
        patience_ = kHandshakeTimeout;
        if (const auto attached = session_->attach(std::move(channel_), opened.received); !attached)
            session_->lose(attached.error());
    }

    void refused(const CloseFrame& farewell) {
        const Error why{Code::Disconnected, excerpt(farewell.reason, kLongestReason)};
        give_up_channel(FramedChannel::Farewell::Silent);
        if (farewell.code == CloseCode::Full) return failed({Code::Overloaded, why.message});
        session_->lose(why);
    }

    ControllerEndpoint& endpoint_;
    std::unique_ptr<NumberedSession> session_;
    std::unique_ptr<FramedChannel> channel_;  // being opened
    BackOff back_off_;
    Duration patience_ = kHandshakeTimeout;
    SteadyTime begun_{};      // when channel_ was
    bool fruitless_ = false;  // the last channel was opened, and broke before it was of any use
    Timer timer_;             // until the channel is open: its deadline; without one: the next attempt
};

ControllerEndpoint::ControllerEndpoint(EndpointParts parts) : EndpointBase(std::move(parts)) {}
ControllerEndpoint::~ControllerEndpoint() = default;

Session& ControllerEndpoint::open(const Address& agent, const std::string& name, SessionEvents& events) {
    if (Opener* present = find(agent)) return present->session();
    auto opener = std::make_unique<Opener>(*this, make_session(agent, name, random_session_id(), events), random());
    Opener& opened = *openers_.emplace(agent, std::move(opener)).first->second;
    // Not within this call: the caller has not stored the session yet.
    opened.retry({Code::Disconnected, "it is new"});
    return opened.session();
}

void ControllerEndpoint::close_all(std::string_view reason) {
    for (Opener* opener : all()) opener->session().close(reason);
}

std::vector<Session*> ControllerEndpoint::sessions() {
    std::vector<Session*> present;
    for (Opener* opener : all()) present.push_back(&opener->session());
    return present;
}

void ControllerEndpoint::on_detached(NumberedSession& session) {
    if (Opener* opener = find(session.peer())) opener->broke();
}

void ControllerEndpoint::on_over(NumberedSession& session) {
    const auto found = openers_.find(session.peer());
    if (found == openers_.end() || &found->second->session() != &session) return;
    found->second->give_up_channel(FramedChannel::Farewell::Close);
    retired_.push_back(std::move(found->second));
    openers_.erase(found);
    if (retire_timer_) return;
    retire_timer_ = parts().scheduler->after(Duration::zero(), [this] {
        retire_timer_.reset();
        const auto retired = std::exchange(retired_, {});
    });
}

void ControllerEndpoint::link_is_up() {
    for (Opener* opener : all()) opener->retry({Code::Disconnected, "the link is new"});
}

void ControllerEndpoint::data_arrived(const Address& from, const Carriage& carriage) {
    if (Opener* opener = find(from)) opener->data_arrived(carriage);
}

void ControllerEndpoint::peer_unreachable(const Address& peer) {
    Opener* opener = find(peer);
    if (opener == nullptr) return;
    const Error why{Code::Disconnected, "the agent is not connected to the relay"};
    if (opener->session().connected()) return opener->session().detach(why, FramedChannel::Farewell::Silent);
    opener->give_up_channel(FramedChannel::Farewell::Silent);
    opener->failed(why);
}

void ControllerEndpoint::presence_changed(const std::vector<link::Presence>& changes, bool whole_list) {
    std::set<Address> online;
    for (const link::Presence& change : changes) {
        if (change.online) online.insert(change.address);
        Opener* opener = find(change.address);
        if (opener == nullptr) continue;
        if (change.online) {
            opener->open_soon();
        } else {
            const std::string words =
                change.last_words.empty() ? "" : ": " + excerpt(change.last_words, kLongestReason);
            opener->session().detach({Code::Disconnected, "the agent's link to the relay ended" + words},
                                     FramedChannel::Farewell::Silent);
        }
    }
    if (!whole_list) return;
    for (Opener* opener : all()) {
        if (online.contains(opener->session().peer())) continue;
        opener->session().detach({Code::Disconnected, "the agent is not connected to the relay"},
                                 FramedChannel::Farewell::Silent);
    }
}

void ControllerEndpoint::drop_channels(const Error& why, FramedChannel::Farewell farewell) {
    for (Opener* opener : all()) {
        opener->give_up_channel(farewell);
        opener->session().detach(why, farewell);
        if (!opener->session().over() && !opener->session().connected()) opener->retry(why);
    }
}

void ControllerEndpoint::flush_channels() {
    for (Opener* opener : all()) opener->flush();
}

ControllerEndpoint::Opener* ControllerEndpoint::find(const Address& agent) {
    const auto found = openers_.find(agent);
    return found == openers_.end() ? nullptr : found->second.get();
}

// A snapshot: events may open and end sessions. What ends meanwhile is retired, not destroyed.
std::vector<ControllerEndpoint::Opener*> ControllerEndpoint::all() {
    std::vector<Opener*> openers;
    openers.reserve(openers_.size());
    for (const auto& [address, opener] : openers_) openers.push_back(opener.get());
    return openers;
}

}  // namespace culvert::tunnel::session
