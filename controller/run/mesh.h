// A controller's place in its mesh: identity, uplink, sessions with every agent that is present, and what is known of
// them. On one loop; loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/config/node_config.h"
#include "common/crypto/identity.h"
#include "common/net/loop.h"
#include "controller/enrol/renewal_desk.h"
#include "controller/roster/roster.h"
#include "controller/run/agent_conversation.h"
#include "tunnel/link/uplink.h"
#include "tunnel/session/session.h"

namespace culvert::run {

class MeshEvents {
  public:
    virtual ~MeshEvents() = default;
    virtual void on_link_up(const tunnel::link::LinkInfo&) {}
    // `retry_in` empty: it will not come back by itself.
    virtual void on_link_down(const Error&, std::optional<Duration> /*retry_in*/) {}
    virtual void on_roster_changed() {}
    virtual void on_other(tunnel::envelope::EnvelopeView) {}  // Join, for controllers that enrol
};

// Who this controller is. Loaded once.
struct MeshIdentity {
    crypto::Identity identity;  // replaced when it is renewed
    crypto::MeshTrust trust;
    std::string file{};                                          // where the identity lies
    std::shared_ptr<controller::enrol::RenewalDesk> renewals{};  // where the mesh CA's key is, and a store
    std::optional<SteadyTime> warned{};                          // of the end of the certificate
};
// `invites`, where there are some: revocations are taken from it, and with `mesh_ca` certificates are renewed, this
// controller's own too.
Result<MeshIdentity> load_identity(const config::ControllerConfig& config, const Clock& clock,
                                   controller::enrol::InviteStore* invites = nullptr);

using UplinkMaker = std::function<Result<std::unique_ptr<tunnel::link::Uplink>>(
    net::Loop&, const crypto::Identity&, crypto::MeshTrust&, tunnel::link::UplinkEvents&)>;
// By `tunnel:` of the configuration. `enrols`: the relay then sends it what pending nodes ask.
UplinkMaker uplink_by(const config::ControllerConfig& config, bool enrols);
// A number for this process of the controller: what Address::instance is made of.
std::uint64_t new_instance();

class Mesh {
  public:
    // Everything given outlives the mesh. InvalidInput: the settings of the tunnel are wrong.
    static Result<std::unique_ptr<Mesh>> create(net::Loop& loop, MeshIdentity& who, const UplinkMaker& make_uplink,
                                                MeshEvents& events);
    ~Mesh();
    Mesh(const Mesh&) = delete;
    Mesh& operator=(const Mesh&) = delete;

    void start();
    // Ends all sessions and the link.
    void stop(std::string_view reason);

    bool linked() const { return linked_; }
    // The relay has said who is there.
    bool listed() const { return listed_; }
    const std::optional<tunnel::link::LinkInfo>& link() const { return uplink_->info(); }
    tunnel::link::Uplink& uplink() { return *uplink_; }
    // To the relay; 0: not known yet.
    Duration round_trip() const { return uplink_->round_trip(); }

    // Everyone the relay named since start(), by name.
    std::vector<roster::RosterEntry> entries() const;
    // Everyone present has introduced itself, or cannot be reached; and clocks were measured.
    bool all_introduced() const;
    AgentConversation* find(const Address& agent);
    // The agent's conversation; its session is opened as soon as the relay says that it is there.
    AgentConversation& expect(const Address& agent, const std::string& name);
    const crypto::Member& self() const { return who_.identity.member(); }

  private:
    static constexpr std::size_t kMostAgents = 20'000;
    static constexpr std::size_t kExchangesAtFirst = 6;

    Mesh(net::Loop& loop, MeshIdentity& who, MeshEvents& events) : loop_(loop), who_(who), events_(events) {}
    void on_presence(const std::vector<tunnel::link::Presence>& changes, bool whole_list);
    void take(const tunnel::link::Presence& presence);
    void probe_clocks();
    void ask_for_certificate();
    // True: it was about certificates of controllers.
    bool renewal_arrived(const tunnel::envelope::EnvelopeView& envelope);
    // True: the datagram asked for a certificate.
    bool renew_for(tunnel::session::Session& agent, std::string_view datagram);

    net::Loop& loop_;
    MeshIdentity& who_;
    MeshEvents& events_;
    struct Known {
        std::unique_ptr<AgentConversation> conversation;
        bool present = false;
    };
    std::map<Address, Known> agents_;
    std::unique_ptr<tunnel::session::Endpoint> endpoint_;
    std::unique_ptr<tunnel::link::Uplink> uplink_;
    std::unique_ptr<net::Loop::Timer> probe_timer_, certificate_timer_;
    std::uint64_t probe_round_ = 0;
    bool linked_ = false, listed_ = false;
};

}  // namespace culvert::run
