// Takes a node out of the mesh for good: its certificates go on the revocation list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/crypto/mesh_ca.h"
#include "controller/enrol/invite_store.h"

namespace culvert::controller::enrol {

inline constexpr std::size_t kShortestFingerprint = 8;  // hex digits of a node's id

// Whom to revoke.
struct RevocationTarget {
    Role role = Role::Agent;
    std::string name;
    NodeId id;                         // of the latest certificate
    std::vector<std::string> serials;  // that would still be believed; by name of all its keys, by fingerprint of one
    WallTime expires;                  // the last of them
    std::optional<WallTime> revoked;   // serials is empty then: there is nothing left to do here
};

// "agent fra-1", "controller laptop".
std::string described(const RevocationTarget& target);

// `node`: a name, or at least kShortestFingerprint hex digits that a node's id begins with. InvalidInput: nobody is
// called so (with the nearest name), several are, or its certificates expired by themselves.
Result<RevocationTarget> find_for_revocation(const std::string& node, const InviteStore& store, WallTime now);

// The new list, stored, to be sent to relays and nodes (DER).
Result<std::string> revoke(const RevocationTarget& target, const crypto::MeshCa& ca, InviteStore& store,
                           const Clock& clock);

}  // namespace culvert::controller::enrol
