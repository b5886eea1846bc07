// Another controller of the mesh: an identity and a configuration to carry to its host. It may run plans; it holds no
// key of the mesh CA, so it enrols nobody.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/config/node_config.h"
#include "common/crypto/mesh_ca.h"
#include "controller/enrol/invite_store.h"

namespace culvert::controller::enrol {

// What the store remembers of a controller, so that it can be revoked.
IssuedController issued_controller(const crypto::Member& member);

// Writes identity.pem (0600) and controller.yaml into `folder`, made when needed; replaces nothing. `own`: the relays
// and pins are taken from it, its proxy is not: that host may have another. InvalidInput: a bad name, one that a
// controller has already, or a folder that holds such files.
Result<IssuedController> add_controller(const std::string& name, const std::string& folder,
                                        const config::ControllerConfig& own, const crypto::MeshCa& ca,
                                        InviteStore& store, const Clock& clock);

}  // namespace culvert::controller::enrol
