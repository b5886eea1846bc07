#include "agent/cli/join_waiter.h"

#include <utility>

#include "common/base/text.h"
#include "tunnel/envelope/admission.h"

namespace culvert::agent::cli {

using tunnel::envelope::Kind;

JoinWaiter::JoinWaiter(net::Loop& loop, const enrol::JoinAttempt& attempt, Checklist& checklist,
                       std::function<void(JoinOutcome)> done)
    : loop_(loop), attempt_(attempt), checklist_(checklist), done_(std::move(done)) {}

void JoinWaiter::on_up(const tunnel::link::LinkInfo& info) {
    if (!std::exchange(was_up_, true))
        checklist_.passed(info.transport == tunnel::link::Transport::WebSocket ? "WebSocket" : "long-poll", info.relay);
    ask();
}

void JoinWaiter::on_down(const Error& why, std::optional<Duration> retry_in) {
    again_.reset();
    // Before the first link it is the way that is wrong; afterwards links come and go while somebody signs.
    if (!was_up_ || !retry_in) return finish(tl::unexpected(JoinFailure{"WebSocket", why}));
    checklist_.waiting("signature", "the link to the relay ended: " + why.message + "; it is dialled again");
}

void JoinWaiter::on_envelope(tunnel::envelope::EnvelopeView envelope) {
    if (envelope.kind == Kind::JoinReply) return replied(envelope.body);
    if (envelope.kind != Kind::JoinState) return;
    const auto state = tunnel::envelope::parse_join_state(envelope.body);
    if (!state) return;
    const bool forwarded = state->stage == tunnel::envelope::JoinStage::Forwarded;
    checklist_.waiting("signature", forwarded ? "pending: a controller has the request"
                                              : "pending: no controller with the mesh CA is connected; run `culvert "
                                                "invites wait ID` there (Ctrl-C stops waiting)");
}

void JoinWaiter::ask() {
    if (!done_) return;
    const Status sent = uplink_->send({Kind::Join, {}, {}, attempt_.body()});
    // Without a link on_up comes again, with a full one on_writable.
    static_cast<void>(sent);
}

void JoinWaiter::replied(std::string_view body) {
    auto enrolled = attempt_.finish(body, loop_.clock());
    if (enrolled) return finish(std::move(*enrolled));
    switch (enrolled.error().code) {
        case Code::InvalidInput:
            return;  // no reply at all
        case Code::Overloaded:
            checklist_.waiting("signature", "pending: " + enrolled.error().message);
            again_ = loop_.after(kAskAgain, [this] { ask(); });
            return;
        default:
            return finish(tl::unexpected(JoinFailure{"signature", enrolled.error()}));
    }
}

void JoinWaiter::finish(JoinOutcome outcome) {
    again_.reset();
    if (auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
}

}  // namespace culvert::agent::cli
