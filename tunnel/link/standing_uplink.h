// The Uplink of both kinds of nodes: rounds of attempts with back-off in between, then one link until it breaks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log_budget.h"
#include "common/crypto/identity.h"
#include "common/net/credential_memory.h"
#include "tunnel/link/back_off.h"
#include "tunnel/link/connector.h"
#include "tunnel/link/learnt_path.h"
#include "tunnel/link/path_memory.h"
#include "tunnel/link/renewal.h"
#include "tunnel/link/round_trip.h"
#include "tunnel/link/uplink.h"

namespace culvert::tunnel::link {

class StandingUplink final : public Uplink, private LinkListener {
  public:
    // `trust`: none for a pending node.
    StandingUplink(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector, std::string credential_file,
                   std::string learnt_file, crypto::MeshTrust* trust, UplinkEvents& events);
    ~StandingUplink() override;

    void start() override;
    void stop() override;
    Status send(const envelope::Envelope& envelope) override;
    const std::optional<LinkInfo>& info() const override { return info_; }
    Duration round_trip() const override { return info_ ? info_->rtt : connector_.round_trip(); }
    std::uint64_t instance() const override { return instance_; }

  private:
    enum class State { New, Connecting, Up, Waiting, Stopped };

    void connect();
    void round_over(RoundResult result);
    void up(Connected connected);
    void down(const Error& why, bool for_good, bool proven);
    void take_link(Connected connected);
    void start_probing();
    void probe();
    void drop_link();
    // From how the link broke.
    void learn();
    void plan_renewal();
    void renew(std::optional<Transport> only);
    void renewed(Renewal::Outcome outcome);

    void on_link_open() override {}
    void on_link_envelope(envelope::EnvelopeView envelope) override;
    void on_link_writable() override {
        if (!renewal_.paused()) events_.on_writable();
    }
    void on_link_closed(const Error& why) override;
    void presence(std::string_view body);
    void closing(std::string_view body);
    void violation(const std::string& what);

    net::Loop& loop_;
    UplinkEvents& events_;
    crypto::MeshTrust* const trust_;
    const Duration heartbeat_;
    const Address self_;  // of a pending node: the relay gives it one
    const std::uint64_t instance_;
    net::CredentialMemory memory_;
    Connector connector_;
    BackOff back_off_;
    Renewal renewal_;
    PathMemory path_;
    LearntNotes notes_;
    LogBudget odd_lists_;  // of revocations that were not taken
    State state_ = State::New;

    // While up.
    std::unique_ptr<Link> link_;
    std::unique_ptr<Link> dropped_;  // its callback may be on the stack; destroyed with the next attempt
    std::optional<LinkInfo> info_;
    SteadyTime up_since_{};
    RoundTrip round_trip_;
    std::vector<Presence> whole_list_;  // parts of it, until the last has come
    bool in_whole_list_ = false;
    std::string way_;       // for the connector's ladder
    bool refused_ = false;  // send() said Overloaded for a renewal: on_writable is owed
    const Duration first_climb_;
    Duration climb_after_;  // the next search for a WebSocket
    std::unique_ptr<net::Loop::Timer> renew_;
    std::unique_ptr<net::Loop::Timer> probe_;
    std::unique_ptr<net::Loop::Timer> retry_;
};

}  // namespace culvert::tunnel::link
