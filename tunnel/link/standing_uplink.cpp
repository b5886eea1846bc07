#include "tunnel/link/standing_uplink.h"

#include <random>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace culvert::tunnel::link {
namespace {

constexpr Duration kLastClimb = std::chrono::minutes(30);
constexpr unsigned kOddLists = 5;                // lines of the log, a minute
constexpr std::size_t kMostPresences = 100'000;  // of one whole list: five times what one relay carries

std::uint64_t random_seed() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
}

// As a person would say it.
Duration rounded(Duration exact) {
    return std::chrono::round<std::chrono::seconds>(exact);
}

Address address_of(const Applicant& applicant) {
    if (applicant.identity == nullptr) return {};
    return Address{applicant.identity->member().id, applicant.instance};
}

}  // namespace

StandingUplink::StandingUplink(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector,
                               std::string credential_file, std::string learnt_file, crypto::MeshTrust* trust,
                               UplinkEvents& events)
    : loop_(loop),
      events_(events),
      trust_(trust),
      heartbeat_(settings.heartbeat),
      self_(address_of(settings.applicant)),
      instance_(settings.applicant.instance),
      memory_(std::move(credential_file)),
      connector_(loop, settings, std::move(selector), memory_),
      back_off_(random_seed()),
      renewal_(loop, connector_, self_, [this](Renewal::Outcome outcome) { renewed(std::move(outcome)); }),
      notes_(trust == nullptr ? std::string() : std::move(learnt_file)),
      odd_lists_(kOddLists, std::chrono::minutes(1)),
      first_climb_(settings.first_climb),
      climb_after_(settings.first_climb) {}

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
    renewal_.cancel();
    connector_.cancel();
    renew_.reset();
    retry_.reset();
    probe_.reset();
    info_.reset();
    if (link_ != nullptr) link_->close("goodbye");
    drop_link();
}

Status StandingUplink::send(const envelope::Envelope& envelope) {
    loop_.check_on_thread();
    if (state_ != State::Up) return fail(Code::Disconnected, "there is no link to the relay");
    if (renewal_.paused()) {
        refused_ = true;
        return fail(Code::Overloaded, "the link is being renewed");
    }
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
    climb_after_ = first_climb_;
    take_link(std::move(connected));
    state_ = State::Up;
    if (trust_ != nullptr) {
        start_probing();
        plan_renewal();
    }
    const LinkInfo info = *info_;  // stop() within the event takes info_ away
    events_.on_up(info);
}

void StandingUplink::take_link(Connected connected) {
    link_ = std::move(connected.link);
    link_->listen(*this);
    info_ = std::move(connected.info);
    way_ = std::move(connected.way);
    up_since_ = loop_.clock().steady_now();
    round_trip_ = RoundTrip();
    whole_list_.clear();
    in_whole_list_ = false;
    notes_.note_way(*info_, loop_.clock().wall_now());
}

void StandingUplink::start_probing() {
    probe_ = loop_.every(path_.heartbeat(heartbeat_), [this] { probe(); });
    probe();
}

void StandingUplink::probe() {
    if (renewal_.paused()) return;
    const std::string body = round_trip_.probe(loop_.clock().steady_now());
    if (Status sent = link_->send({envelope::Kind::Echo, self_, {}, body}); !sent)
        log::debug("no echo", {{"error", sent.error().message}});
}

// `proven`: the link lived long enough, or was ended on purpose, for the next back-off to start afresh.
void StandingUplink::down(const Error& why, bool for_good, bool proven) {
    probe_.reset();
    renew_.reset();
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
    if (renewal_.going_on() && renewal_.first_says(envelope)) return;
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
                if (!updated && odd_lists_.spend(loop_.clock().steady_now()))
                    log::warning("a revocation list from the relay was not taken",
                                 {{"error", updated.error().message}});
            }
            return events_.on_envelope(envelope);
        case Kind::Data:
        case Kind::Unreachable:
        case Kind::Join:
        case Kind::JoinReply:
        case Kind::JoinState:
        case Kind::PendingList:
            return events_.on_envelope(envelope);
        case Kind::Challenge:
        case Kind::Hello:
        case Kind::Admitted:
        case Kind::Echo:
        case Kind::PendingAsk:
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
    renewal_.cancel();
    link_->close("as told");
    if (denial.retryable) {
        const bool lived = loop_.clock().steady_now() - up_since_ >= kProvenAfter;
        return down(denial.error, false, denial.drained || lived);
    }
    connector_.give_up_on(info_->relay);
    down(denial.error, !connector_.any_left(), true);
}

void StandingUplink::violation(const std::string& what) {
    renewal_.cancel();
    link_->close("protocol");
    down(Error{Code::Disconnected, "the relay broke the protocol: " + what}, false, false);
}

void StandingUplink::on_link_closed(const Error& why) {
    if (state_ != State::Up) return;
    learn();
    if (renewal_.going_on()) return renewal_.first_ended(why);
    down(why, false, loop_.clock().steady_now() - up_since_ >= kProvenAfter);
}

// Long-poll outlives its connections, so it tells nothing of what boxes do to them.
void StandingUplink::learn() {
    if (info_->transport != Transport::WebSocket) return;
    const Duration age = loop_.clock().steady_now() - up_since_;
    connector_.ladder().cut(way_, age);
    const PathMemory::Lesson lesson = path_.broke(age, link_->silent_for());
    if (lesson == PathMemory::Lesson::Nothing) return;
    const Duration heartbeat = path_.heartbeat(heartbeat_);
    connector_.set_heartbeat(heartbeat);
    notes_.note_limits(path_, info_->relay, loop_.clock().wall_now());
    if (lesson == PathMemory::Lesson::IdleCut) {
        log::warning("something between here and the relay cuts links that are silent for about " +
                         to_string(rounded(*path_.idle_cut())) + "; a sign of life now goes out every " +
                         to_string(heartbeat),
                     {{"relay", info_->relay}});
    } else {
        log::warning("something between here and the relay cuts links that are about " +
                         to_string(rounded(*path_.maximum_age())) + " old; they are now renewed after " +
                         to_string(*path_.renew_after()),
                     {{"relay", info_->relay}});
    }
}

void StandingUplink::plan_renewal() {
    renew_.reset();
    if (info_->transport == Transport::LongPoll) {
        if (!connector_.ladder().may_climb()) return;
        renew_ = loop_.after(climb_after_, [this] { renew(Transport::WebSocket); });
        climb_after_ = std::min(2 * climb_after_, kLastClimb);
    } else if (const auto age = path_.renew_after()) {
        renew_ = loop_.after(*age, [this] { renew(std::nullopt); });
    }
}

void StandingUplink::renew(std::optional<Transport> only) {
    if (state_ != State::Up || renewal_.going_on()) return;
    RoundScope scope;
    scope.relay = info_->relay;
    scope.only = only;
    renewal_.start(*link_, std::move(scope), info_->rtt);
}

void StandingUplink::renewed(Renewal::Outcome outcome) {
    if (state_ != State::Up) return;
    if (!outcome.second && outcome.first_broke) return down(*outcome.first_broke, false, true);
    if (outcome.second) {
        link_->close("renewed");
        drop_link();
        take_link(std::move(*outcome.second));
        start_probing();
        log::info("link renewed", {{"relay", info_->relay},
                                   {"transport", name_of(info_->transport)},
                                   {"lossless", outcome.lossless ? "yes" : "no"}});
        if (!outcome.lossless)
            events_.on_down({Code::Disconnected, "the link broke while it was renewed"}, Duration::zero());
        if (state_ != State::Up) return;
        const LinkInfo info = *info_;
        events_.on_up(info);
        for (const std::string& whole : outcome.held) {
            std::string_view rest = whole;
            if (const auto envelope = envelope::take_front(rest); envelope && state_ == State::Up)
                on_link_envelope(*envelope);
        }
    } else {
        log::debug("the link was not renewed: " + outcome.error.message, {{"relay", info_->relay}});
    }
    if (state_ != State::Up) return;
    plan_renewal();
    if (std::exchange(refused_, false)) events_.on_writable();
}

}  // namespace culvert::tunnel::link
