#include "tunnel/doctor/link_trial.h"

#include <utility>

#include "tunnel/link/long_poll_link.h"
#include "tunnel/link/web_socket_link.h"

namespace culvert::tunnel::doctor {

LinkTrial::LinkTrial(net::Loop& loop, const link::Applicant& applicant, const link::RelayUrl& relay, const Clock& clock,
                     std::function<void(const Ending&)> done)
    : loop_(loop), applicant_(applicant), relay_(relay), clock_(clock), done_(std::move(done)) {}

LinkTrial::~LinkTrial() = default;

void LinkTrial::start(link::Transport transport, std::unique_ptr<net::Stream> stream, const net::DialRequest& route,
                      net::CredentialMemory& memory, Duration heartbeat, Duration patience) {
    admission_.emplace(applicant_, relay_, clock_);
    began_ = loop_.clock().steady_now();
    deadline_ = loop_.after(patience, [this, patience] {
        ending_.timed_out = true;
        finish({{Code::Timeout, (ending_.heard ? "admission was not over within " : "no word from the relay within ") +
                                    to_string(patience)},
                true,
                false});
    });
    LinkListener& self = *this;
    if (transport == link::Transport::WebSocket) {
        link_ = std::make_unique<link::WebSocketLink>(loop_, std::move(stream), relay_, heartbeat, self);
    } else {
        link_ = std::make_unique<link::LongPollLink>(loop_, std::move(stream), route, memory, relay_, heartbeat, self);
    }
}

void LinkTrial::echo(std::size_t size, std::function<void(std::optional<Duration>)> answered) {
    answered_ = std::move(answered);
    asked_ = loop_.clock().steady_now();
    if (!link_->send({envelope::Kind::Echo, {}, {}, std::string(size, 'e')})) {
        tell_ = loop_.after(Duration::zero(), [this] {
            if (answered_) std::exchange(answered_, nullptr)(std::nullopt);
        });
    }
}

void LinkTrial::close() {
    deadline_.reset();
    if (link_ != nullptr) link_->close("doctor is done");
}

void LinkTrial::on_link_envelope(envelope::EnvelopeView envelope) {
    using envelope::Kind;
    switch (envelope.kind) {
        case Kind::Challenge: {
            ending_.heard = true;
            ending_.first_word = loop_.clock().steady_now() - began_;
            const auto hello = admission_->answer(envelope.body);
            ending_.clock_difference = admission_->clock_difference();
            if (!hello) return finish(hello.error());
            if (hello->empty()) return finish({});  // without an identity there is nothing to say
            if (const Status sent = link_->send({Kind::Hello, {}, {}, *hello}); !sent)
                finish({sent.error(), true, false});
            return;
        }
        case Kind::Admitted: {
            const auto admitted = admission_->admitted(envelope.body);
            ending_.clock_difference = admission_->clock_difference();
            ending_.admitted = admitted.has_value();
            return finish(admitted ? link::Denial{} : admitted.error());
        }
        case Kind::Refused:
        case Kind::Closing:
            return finish(link::denial_of(envelope.body, ending_.clock_difference));
        case Kind::EchoReply:
            if (answered_) std::exchange(answered_, nullptr)(loop_.clock().steady_now() - asked_);
            return;
        default:
            return;
    }
}

void LinkTrial::on_link_closed(const Error& why) {
    if (answered_) std::exchange(answered_, nullptr)(std::nullopt);
    if (done_) return finish({why, true, false});
    if (ended_) std::exchange(ended_, nullptr)(why);
}

// From the loop: the link's own callback may be on the stack.
void LinkTrial::finish(link::Denial denial) {
    deadline_.reset();
    if (tell_ != nullptr || !done_) return;
    ending_.denial = std::move(denial);
    tell_ = loop_.after(Duration::zero(), [this] {
        const auto timer = std::move(tell_);
        std::exchange(done_, nullptr)(ending_);
    });
}

}  // namespace culvert::tunnel::doctor
