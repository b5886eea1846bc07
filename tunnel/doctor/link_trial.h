// One link, made only to see what becomes of it: upgrade or long-poll, challenge, admission, echoes. Its node stays as
// it is: the relay is asked what admission would say, and no more (Hello's probe flag). Loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/net/async_dial.h"
#include "common/net/loop.h"
#include "tunnel/link/admission.h"
#include "tunnel/link/link.h"
#include "tunnel/link/uplink.h"

namespace culvert::tunnel::doctor {

class LinkTrial final : private link::LinkListener {
  public:
    struct Ending {
        bool heard = false;  // the relay's challenge came through
        bool admitted = false;
        Duration first_word{};  // from the request to the challenge
        Duration clock_difference{};
        link::Denial denial;  // unless admitted
        bool timed_out = false;
    };
    // `done` comes once, from the loop. `clock`: the one that is compared with the relay's; outlives it.
    LinkTrial(net::Loop& loop, const link::Applicant& applicant, const link::RelayUrl& relay, const Clock& clock,
              std::function<void(const Ending&)> done);
    ~LinkTrial() override;

    void start(link::Transport transport, std::unique_ptr<net::Stream> stream, const net::DialRequest& route,
               net::CredentialMemory& memory, Duration heartbeat, Duration patience);
    // After admission. `answered` gets the time until the echo of `size` bytes was back; nothing when the link broke.
    void echo(std::size_t size, std::function<void(std::optional<Duration>)> answered);
    // After admission: called when the link ends by itself.
    void watch_end(std::function<void(const Error&)> ended) { ended_ = std::move(ended); }
    void close();

  private:
    void finish(link::Denial denial);
    void on_link_open() override {}
    void on_link_envelope(envelope::EnvelopeView envelope) override;
    void on_link_writable() override {}
    void on_link_closed(const Error& why) override;

    net::Loop& loop_;
    const link::Applicant& applicant_;
    const link::RelayUrl relay_;
    const Clock& clock_;
    std::function<void(const Ending&)> done_;
    std::function<void(const Error&)> ended_;
    std::optional<link::Admission> admission_;
    std::unique_ptr<link::Link> link_;
    std::unique_ptr<net::Loop::Timer> deadline_;
    std::unique_ptr<net::Loop::Timer> tell_;
    Ending ending_;
    SteadyTime began_{};
    SteadyTime asked_{};
    std::function<void(std::optional<Duration>)> answered_;
};

}  // namespace culvert::tunnel::doctor
