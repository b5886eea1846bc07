// Takes an agent out of the mesh for good: every certificate of its name goes on the revocation list.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/mesh_ca.h"
#include "controller/enrol/invite_store.h"

namespace culvert::controller::enrol {

struct RevokedAgent {
    EnrolledAgent agent;               // the latest certificate
    std::vector<std::string> serials;  // all that were still good
    std::string crl_der;               // the new list, stored; to be sent to relays and nodes
};

// InvalidInput: no agent of that name (with the nearest one), or it is revoked already.
Result<RevokedAgent> revoke_agent(const std::string& name, const crypto::MeshCa& ca, InviteStore& store,
                                  const Clock& clock);

}  // namespace culvert::controller::enrol
