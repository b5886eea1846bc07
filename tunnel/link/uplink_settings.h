// What an uplink is told, and where uplinks come from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/crypto/identity.h"
#include "common/crypto/tls_trust.h"
#include "common/net/loop.h"
#include "tunnel/link/ladder.h"
#include "tunnel/link/uplink.h"
#include "tunnel/proxy/settings.h"
#include "tunnel/proxy/source.h"

namespace culvert::tunnel::link {

struct UplinkSettings {
    std::vector<std::string> relays;  // wss://HOST[:PORT]/PATH, tried in order
    proxy::ProxySettings proxy;
    proxy::Environment environment = proxy::process_environment();
    std::vector<std::string> extra_ca;  // PEM files, added to the system's store
    std::vector<std::string>
        pins;  // SHA-256 in hex of a relay's web certificate or of its public key; empty: the store decides
    // Of both, made once, where one process holds many uplinks; none: made of them.
    std::shared_ptr<const crypto::TlsTrust> web_trust;
    TransportChoice transport = TransportChoice::Auto;
    // A link by long-poll looks for a WebSocket so soon, and then ever less often.
    Duration first_climb{std::chrono::seconds(60)};
    Duration heartbeat{std::chrono::seconds(25)};       // at least one question in so much silence
    Duration connect_timeout{std::chrono::seconds(8)};  // one attempt to dial
    Duration tls_timeout{std::chrono::seconds(12)};     // beyond it, for TLS through a slow path
    // For the relay's first word, and then for admission; more where the way to the relay was seen to be slow.
    Duration handshake_timeout{std::chrono::seconds(12)};
    std::string credential_file;  // remembers rejected proxy credentials beyond this process; empty: not
    std::string learnt_file;      // what is learnt of the path is written there for the doctor; empty: not
    Role role = Role::Agent;
    std::uint64_t instance = 0;  // agents: 0; controllers: random
    bool enrols = false;         // controllers that hold the mesh CA's key
    std::string software = "culvert/" CULVERT_VERSION;
};

// A member's uplink. `identity`, `trust` and `events` outlive it. Revocations that arrive are given to `trust`, then to
// on_envelope. InvalidInput: the settings are wrong; nothing was dialled.
Result<std::unique_ptr<Uplink>> make_uplink(net::Loop& loop, const crypto::Identity& identity, crypto::MeshTrust& trust,
                                            UplinkSettings settings, UplinkEvents& events);

// The uplink of a node that has no certificate yet: on_up means that a relay of `mesh` waits for its Join (within its
// handshake timeout); JoinState and JoinReply come as envelopes. Role, instance and enrols are not looked at.
Result<std::unique_ptr<Uplink>> make_pending_uplink(net::Loop& loop, const std::string& mesh, UplinkSettings settings,
                                                    UplinkEvents& events);

}  // namespace culvert::tunnel::link
