// Keeps this agent's certificate young: at two thirds of its life any controller that is connected is asked for another
// one, over the session, until one that holds the mesh CA answers. The new certificate is for the same key and name; it
// is written first, and shown on the next link and the next channel, while the present ones live on. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/crypto/identity.h"
#include "common/protocol/messages.h"
#include "tunnel/session/scheduler.h"
#include "tunnel/session/session.h"

namespace culvert::agent::session {

class CertificateKeeper {
  public:
    static constexpr Duration kLookEvery = std::chrono::hours(1);    // at the wall clock, which may be set meanwhile
    static constexpr Duration kWarnEvery = std::chrono::hours(24);   // while nobody has renewed it
    static constexpr Duration kAskAgain = std::chrono::seconds(10);  // the same controller, when nothing came back
    static constexpr Duration kRefused = std::chrono::minutes(10);   // … when it said no; half of both is jitter
    static constexpr std::size_t kMostRemembered = 64;               // controllers' processes

    // All outlive the keeper. `identity` is what uplink and endpoint show; it is replaced in place.
    struct Setup {
        tunnel::session::Scheduler& scheduler;
        const Clock& clock;
        crypto::Identity& identity;
        const crypto::MeshTrust& trust;
        std::string file;  // where the identity lies
        std::uint64_t seed = 0;
    };
    explicit CertificateKeeper(Setup setup);
    CertificateKeeper(const CertificateKeeper&) = delete;
    CertificateKeeper& operator=(const CertificateKeeper&) = delete;

    // Each datagram of a controller is an occasion to ask it. True: the datagram was for the keeper.
    bool on_datagram(tunnel::session::Session& from, std::string_view datagram);

  private:
    void look();
    void ask(tunnel::session::Session& controller);
    void answered(const tunnel::session::Session& by, const protocol::RenewalReply& reply);
    bool due() const;
    // Between half of it and the whole.
    Duration jittered(Duration most);

    const Setup setup_;
    std::mt19937_64 random_;
    std::map<Address, SteadyTime> not_before_;  // when each may be asked again
    std::string last_refusal_;
    SteadyTime warned_{};
    bool ever_warned_ = false;
    tunnel::session::Timer timer_;
};

}  // namespace culvert::agent::session
