#include "tunnel/link/standing_uplink.h"

#include <random>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kMostPresences = 100'000;  // of one whole list: five times what one relay carries

std::uint64_t random_seed() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
}

Address address_of(const Applicant& applicant) {
    if (applicant.identity == nullptr) return {};
    return Address{applicant.identity->member().id, applicant.instance};
}

}  // namespace

StandingUplink::StandingUplink(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector,
                               std::string credential_file, crypto::MeshTrust* trust, UplinkEvents& events)
    : loop_(loop),
      events_(events),
      trust_(trust),
      heartbeat_(settings.heartbeat),
      self_(address_of(settings.applicant)),
      instance_(settings.applicant.instance),
      memory_(std::move(credential_file)),
      connector_(loop, std::move(settings), std::move(selector), memory_),
      back_off_(random_seed()) {}

StandingUplink::~StandingUplink() = default;

void StandingUplink::start() {
    loop_.check_on_thread();
    CULVERT_CHECK(state_ == State::New);
    connect();
}

void StandingUplink::stop() {
    loop_.check_on_thread();
    if (state_ == State::Stopped) return;
    state_ = State::Stopped;
    connector_.cancel();
    retry_.reset();
    probe_.reset();
    info_.reset();
    if (link_ != nullptr) link_->close("goodbye");
    drop_link();
}

Status StandingUplink::send(const envelope::Envelope& envelope) {
    loop_.check_on_thread();
    if (state_ != State::Up) return fail(Code::Disconnected, "there is no link to the relay");
    return link_->send(envelope);
}

void StandingUplink::connect() {
    dropped_.reset();
    state_ = State::Connecting;
    connector_.start([this](RoundResult result) { round_over(std::move(result)); });
}

void StandingUplink::round_over(RoundResult result) {
    if (!result) return down(result.error().error, result.error().for_good, false);
    up(std::move(*result));
}

void StandingUplink::up(Connected connected) {
    link_ = std::move(connected.link);
    link_->listen(*this);
    info_ = std::move(connected.info);
    state_ = State::Up;
    up_since_ = loop_.clock().steady_now();
    round_trip_ = RoundTrip();
    whole_list_.clear();
    in_whole_list_ = false;
    if (trust_ != nullptr) {
        probe_ = loop_.every(heartbeat_, [this] { probe(); });
        probe();
    }
    const LinkInfo info = *info_;  // stop() within the event takes info_ away
    events_.on_up(info);
}

void StandingUplink::probe() {
    const std::string body = round_trip_.probe(loop_.clock().steady_now());
    if (Status sent = link_->send({envelope::Kind::Echo, self_, {}, body}); !sent)
        log::debug("no echo", {{"error", sent.error().message}});
}

// `proven`: the link lived long enough, or was ended on purpose, for the next back-off to start afresh.
void StandingUplink::down(const Error& why, bool for_good, bool proven) {
    probe_.reset();
    info_.reset();
    drop_link();
    if (proven) back_off_.reset();
    if (for_good) {
        state_ = State::Stopped;
        return events_.on_down(why, std::nullopt);
    }
    state_ = State::Waiting;
    const Duration wait = back_off_.next();
    retry_ = loop_.after(wait, [this] { connect(); });
    events_.on_down(why, wait);
}

void StandingUplink::drop_link() {
    if (link_ != nullptr) dropped_ = std::move(link_);
}

void StandingUplink::on_link_envelope(envelope::EnvelopeView envelope) {
    using envelope::Kind;
    if (state_ != State::Up) return;
    switch (envelope.kind) {
        case Kind::EchoReply:
            if (const auto smallest = round_trip_.answered(envelope.body, loop_.clock().steady_now()))
                info_->rtt = *smallest;
            return;
        case Kind::Presence:
            return presence(envelope.body);
        case Kind::Refused:
        case Kind::Closing:
            return closing(envelope.body);
        case Kind::Revocations:
            if (trust_ != nullptr) {
                const Status updated = trust_->update_revocations(envelope.body);
                if (!updated)
                    log::warning("a revocation list from the relay was not taken",
                                 {{"error", updated.error().message}});
            }
            return events_.on_envelope(envelope);
        case Kind::Data:
        case Kind::Unreachable:
        case Kind::Join:
        case Kind::JoinReply:
        case Kind::JoinState:
            return events_.on_envelope(envelope);
        case Kind::Challenge:
        case Kind::Hello:
        case Kind::Admitted:
        case Kind::Echo:
            return violation(envelope::to_string(envelope.kind));
    }
}

void StandingUplink::presence(std::string_view body) {
    Result<envelope::PresenceUpdate> update = envelope::parse_presence(body);
    if (!update) return violation(update.error().message);
    if (update->restart) {
        whole_list_.clear();
        in_whole_list_ = true;
    }
    if (!in_whole_list_) return events_.on_presence(update->entries, false);
    if (whole_list_.size() + update->entries.size() > kMostPresences) return violation("an endless list of presences");
    whole_list_.insert(whole_list_.end(), std::make_move_iterator(update->entries.begin()),
                       std::make_move_iterator(update->entries.end()));
    if (update->more) return;
    in_whole_list_ = false;
    const std::vector<Presence> complete = std::exchange(whole_list_, {});
    events_.on_presence(complete, true);
}

void StandingUplink::closing(std::string_view body) {
    const Denial denial = denial_of(body, info_->clock_difference);
    link_->close("as told");
        case Kind::PendingList:
    if (denial.retryable) {
        const bool lived = loop_.clock().steady_now() - up_since_ >= kProvenAfter;
        return down(denial.error, false, denial.drained || lived);
    }
    connector_.give_up_on(info_->relay);
        case Kind::PendingAsk:
    down(denial.error, !connector_.any_left(), true);
}

void StandingUplink::violation(const std::string& what) {
    link_->close("protocol");
    down(Error{Code::Disconnected, "the relay broke the protocol: " + what}, false, false);
}

void StandingUplink::on_link_closed(const Error& why) {
    if (state_ != State::Up) return;
    down(why, false, loop_.clock().steady_now() - up_since_ >= kProvenAfter);
}

}  // namespace culvert::tunnel::link
