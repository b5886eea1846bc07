#include "tunnel/session/endpoint_base.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::tunnel::session {

namespace {

constexpr unsigned kComplaints = 5;
constexpr Duration kComplaintPeriod = std::chrono::minutes(1);

}  // namespace

EndpointBase::EndpointBase(EndpointParts parts)
    : parts_(std::move(parts)), random_(parts_.seed), complaints_(kComplaints, kComplaintPeriod) {}

void EndpointBase::attach(link::Uplink& uplink) {
    CULVERT_CHECK(uplink_ == nullptr);
    uplink_ = &uplink;
}

void EndpointBase::on_up(const link::LinkInfo& info) {
    const bool renewed = std::exchange(link_up_, true);
    link_round_trip_ = info.rtt;
    if (parts_.handlers.on_link_up) parts_.handlers.on_link_up(info);
    if (!renewed) link_is_up();
}

void EndpointBase::on_down(const Error& why, std::optional<Duration> retry_in) {
    link_up_ = false;
    drop_channels(why, FramedChannel::Farewell::Silent);
    if (parts_.handlers.on_link_down) parts_.handlers.on_link_down(why, retry_in);
}

void EndpointBase::on_envelope(envelope::EnvelopeView envelope) {
    switch (envelope.kind) {
        case envelope::Kind::Data: {
            const auto carriage = decode_carriage(envelope.body);
            if (!carriage) return complain(carriage.error().message, {{"peer", to_string(envelope.from.node)}});
            return data_arrived(envelope.from, *carriage);
        }
        case envelope::Kind::Unreachable:
            return peer_unreachable(envelope.from);
        case envelope::Kind::Revocations:
            return revocations_arrived(envelope.body);
        default:
            if (parts_.handlers.on_other) parts_.handlers.on_other(envelope);
    }
}

void EndpointBase::revocations_arrived(std::string_view crl) {
    // A relay sends the list on every link; only another one matters.
    if (crl == revocations_ || !parts_.revocations_in_force || !parts_.revocations_in_force(crl)) return;
    revocations_ = crl;
    // Who is revoked has nothing more to say here, nor to hear; what it began ends.
    for (Session* session : sessions()) {
        const crypto::Member* const peer = session->certificate();
        if (peer == nullptr || !parts_.revoked || !parts_.revoked(peer->serial)) continue;
        static_cast<NumberedSession*>(session)->lose(
            {Code::Unauthorized, "the certificate of " + session->peer_name() + " was revoked"});
    }
    // Every other peer shows its certificate again.
    drop_channels({Code::Disconnected, "the list of revocations has changed"}, FramedChannel::Farewell::Close);
    if (parts_.handlers.on_revocations) parts_.handlers.on_revocations(revocations_);
}

void EndpointBase::on_presence(const std::vector<link::Presence>& changes, bool whole_list) {
    presence_changed(changes, whole_list);
    if (parts_.handlers.on_presence) parts_.handlers.on_presence(changes, whole_list);
}

void EndpointBase::on_writable() {
    flush_channels();
}

void EndpointBase::complain(const std::string& what, const std::vector<log::Field>& fields) {
    const SteadyTime now = parts_.scheduler->now();
    if (const std::uint64_t more = complaints_.take_held_back(now); more > 0)
        log::warning(std::to_string(more) + " more troubles with channels were not written down");
    if (complaints_.spend(now)) log::warning(what, fields);
}

Status EndpointBase::send_data(const Address& to, std::string body) {
    if (uplink_ == nullptr || !link_up_) return fail(Code::Disconnected, "no link to the relay");
    return uplink_->send({envelope::Kind::Data, Address{parts_.self, uplink_->instance()}, to, std::move(body)});
}

std::unique_ptr<NumberedSession> EndpointBase::make_session(const Address& peer, std::string name, const SessionId& id,
                                                            SessionEvents& events) {
    std::unique_ptr<UnackedStore> store = parts_.stores ? parts_.stores(peer, id) : std::make_unique<MemoryStore>();
    SessionLimits limits = parts_.limits;
    limits.silence =
        std::max(limits.silence, std::min<Duration>(link_round_trip_ * kHandshakeTrips, kLongestHandshake));
    auto session = std::make_unique<NumberedSession>(
        NumberedSession::Parts{peer, std::move(name), id, std::move(store)}, limits, *parts_.scheduler, *this, events);
    session->on_datagram = parts_.handlers.on_datagram;
    return session;
}

void EndpointBase::bury(std::unique_ptr<FramedChannel> channel) {
    buried_channels_.push_back(std::move(channel));
    sweep_later();
}

void EndpointBase::bury(std::unique_ptr<NumberedSession> session) {
    buried_sessions_.push_back(std::move(session));
    sweep_later();
}

void EndpointBase::sweep_later() {
    if (sweep_timer_) return;
    sweep_timer_ = parts_.scheduler->after(Duration::zero(), [this] {
        sweep_timer_.reset();
        const auto channels = std::exchange(buried_channels_, {});
        const auto sessions = std::exchange(buried_sessions_, {});
    });
}

SessionId EndpointBase::random_session_id() {
    SessionId id{};
    const std::uint64_t words[2] = {random_(), random_()};
    std::memcpy(id.data(), words, sizeof words);
    return id;
}

}  // namespace culvert::tunnel::session
