// The pending node: over a link without a certificate it asks, again on every new link, until a controller has signed
// or refused. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "agent/cli/checklist.h"
#include "agent/enrol/join_attempt.h"
#include "common/net/loop.h"
#include "tunnel/link/uplink.h"

namespace culvert::agent::cli {

struct JoinFailure {
    std::string step;  // "WebSocket", "signature", "certificate"
    Error why;
};
using JoinOutcome = tl::expected<enrol::Enrolled, JoinFailure>;

class JoinWaiter final : public tunnel::link::UplinkEvents {
  public:
    static constexpr Duration kAskAgain = std::chrono::seconds(3);  // after the controller said it cannot sign just now

    // `done` is called once, from the loop. The attempt and the checklist outlive it.
    JoinWaiter(net::Loop& loop, const enrol::JoinAttempt& attempt, Checklist& checklist,
               std::function<void(JoinOutcome)> done);

    // Once, before uplink.start().
    void attach(tunnel::link::Uplink& uplink) { uplink_ = &uplink; }

    void on_up(const tunnel::link::LinkInfo& info) override;
    void on_down(const Error& why, std::optional<Duration> retry_in) override;
    void on_envelope(tunnel::envelope::EnvelopeView envelope) override;
    void on_presence(const std::vector<tunnel::link::Presence>&, bool) override {}
    void on_writable() override { ask(); }

  private:
    void ask();
    void replied(std::string_view body);
    void finish(JoinOutcome outcome);

    net::Loop& loop_;
    const enrol::JoinAttempt& attempt_;
    Checklist& checklist_;
    std::function<void(JoinOutcome)> done_;
    tunnel::link::Uplink* uplink_ = nullptr;
    bool was_up_ = false;
    std::unique_ptr<net::Loop::Timer> again_;
};

}  // namespace culvert::agent::cli
