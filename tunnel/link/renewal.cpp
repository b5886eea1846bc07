#include "tunnel/link/renewal.h"

#include <utility>

#include "common/base/check.h"
#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::link {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);  // for the echo, and for the first link's end
constexpr int kPatienceTrips = 3;
constexpr std::size_t kMostHeld = 4 << 20;  // bytes; a relay that sends more is not waited for

}  // namespace

Renewal::Renewal(net::Loop& loop, Connector& connector, Address self, std::function<void(Outcome)> done)
    : loop_(loop), connector_(connector), self_(self), done_(std::move(done)) {}

Renewal::~Renewal() = default;

void Renewal::start(Link& first, RoundScope scope, Duration round_trip) {
    CULVERT_CHECK(!going_on());
    slow_ = SlowPath();
    slow_.took(round_trip);
    first_ = &first;
    first_closed_ = false;
    first_broke_.reset();
    second_.reset();
    held_.clear();
    held_bytes_ = 0;
    state_ = State::Connecting;
    scope.before_hello = [this] { quiesce(); };
    connector_.start([this](RoundResult result) { round_over(std::move(result)); }, std::move(scope));
}

void Renewal::cancel() {
    if (state_ < State::Draining && going_on()) connector_.cancel();
    if (second_) second_->link->close("no longer wanted");
    timer_.reset();
    state_ = State::Idle;
}

void Renewal::quiesce() {
    if (first_broke_) return admit();
    state_ = State::Quiescing;
    const Status sent = first_->send({envelope::Kind::Echo, self_, {}, "renewal " + std::to_string(++number_)});
    if (!sent) {
        connector_.cancel();
        return finish({.error = sent.error()});
    }
    wait([this] {
        connector_.cancel();
        finish({.error = Error{Code::Timeout, "the relay did not answer on the old link"}});
    });
}

void Renewal::admit() {
    timer_.reset();
    state_ = State::Admitting;
    connector_.go_on();
}

bool Renewal::first_says(envelope::EnvelopeView envelope) {
    using envelope::Kind;
    if (state_ == State::Quiescing && envelope.kind == Kind::EchoReply &&
        envelope.body == "renewal " + std::to_string(number_)) {
        admit();
        return true;
    }
    if (state_ < State::Admitting || (envelope.kind != Kind::Closing && envelope.kind != Kind::Refused)) return false;
    const auto refusal = envelope::parse_refusal(envelope.body);
    if (!refusal || refusal->reason != envelope::Reason::NewerLink) return false;
    first_closed_ = true;
    if (state_ == State::Draining) finish({});
    return true;
}

void Renewal::first_ended(const Error& why) {
    if (first_closed_ || first_broke_) return;
    first_broke_ = why;
    if (state_ == State::Quiescing) return admit();
    if (state_ == State::Draining) finish({.lossless = false});
}

void Renewal::round_over(RoundResult result) {
    timer_.reset();
    if (!result) return finish({.error = result.error().error});
    second_ = std::move(*result);
    second_->link->listen(*this);
    state_ = State::Draining;
    if (first_closed_ || first_broke_) return finish({.lossless = first_closed_});
    wait([this] { finish({.lossless = false}); });
}

void Renewal::on_link_envelope(envelope::EnvelopeView envelope) {
    held_bytes_ += envelope.whole.size();
    held_.emplace_back(envelope.whole);
    if (held_bytes_ > kMostHeld && state_ == State::Draining) finish({.lossless = false});
}

void Renewal::on_link_closed(const Error& why) {
    if (second_) second_->link->close("broken");
    if (state_ != State::Draining && state_ != State::Done) return;
    first_broke_ = why;  // the relay has given it up for the second
    finish({.lossless = false, .error = why});
}

// The links' callbacks may be on the stack.
void Renewal::finish(Outcome outcome) {
    state_ = State::Done;
    timer_ = loop_.after(Duration::zero(), [this, lossless = outcome.lossless, error = outcome.error] {
        state_ = State::Idle;
        Outcome result{std::exchange(second_, std::nullopt), std::move(held_), lossless, first_broke_, error};
        if (!result.error.message.empty()) result.second.reset();
        const auto timer = std::move(timer_);
        done_(std::move(result));
    });
}

void Renewal::wait(std::function<void()> out_of_patience) {
    timer_ = loop_.after(slow_.stretch(kPatience, kPatienceTrips), std::move(out_of_patience));
}

}  // namespace culvert::tunnel::link
