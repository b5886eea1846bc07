// Makes trial links over a way that was reached, each on a loop of its own. Blocks.
#pragma once

#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/net/credential_memory.h"
#include "common/net/loop.h"
#include "tunnel/doctor/link_trial.h"
#include "tunnel/link/admission.h"
#include "tunnel/link/relay_url.h"

namespace culvert::tunnel::doctor {

// The way to a relay's web server, found open.
struct Reached {
    link::RelayUrl relay;
    net::DialRequest request;
    net::Route route;
    std::unique_ptr<net::Stream> stream;  // used up by the first trial
};

class TrialLinks {
  public:
    // All outlive it.
    TrialLinks(const link::Applicant& applicant, Reached& reached, net::CredentialMemory& memory, const Clock& clock)
        : applicant_(applicant), reached_(reached), memory_(memory), clock_(clock) {}

    // What becomes of a link: upgrade or long-poll, the relay's first word, admission.
    LinkTrial::Ending attempt(link::Transport transport, Duration heartbeat);

    // What to do with an admitted link, with a timer that may be set; whether the loop goes on, until it is stopped.
    using Use = std::function<bool(net::Loop&, LinkTrial&, std::unique_ptr<net::Loop::Timer>&)>;
    void with_link(link::Transport transport, Duration heartbeat, const Use& use);

  private:
    LinkTrial::Ending run(link::Transport transport, Duration heartbeat, const Use& use);

    const link::Applicant& applicant_;
    Reached& reached_;
    net::CredentialMemory& memory_;
    const Clock& clock_;
};

}  // namespace culvert::tunnel::doctor
