// Sits at the relay for this controller: answers joins until everybody who was awaited is there, and hands revocations
// on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/exit_code.h"
#include "common/config/node_config.h"
#include "common/crypto/mesh_ca.h"
#include "controller/enrol/invite_book.h"

namespace culvert::cli {

struct DeskEvents {
    std::function<void(const controller::enrol::JoinOutcome&)> on_join;  // granted, or refused
    std::function<void(const std::string& why)> on_waiting;              // the relay is not reached; it is tried again
};

// Connects as a controller that enrols, and answers every join by the store's invites, until `invite` has no use left
// (Ok), it expires (Usage), Ctrl-C (Interrupted) or the relay refuses this controller (RelayNotReached); why is then on
// stderr. Blocks; a loop of its own on the calling thread.
ExitCode serve_joins(const config::ControllerConfig& config, const crypto::MeshCa& ca,
                     controller::enrol::InviteStore& store, const controller::enrol::Invite& invite,
                     const DeskEvents& events);

// Brings a revocation list to the relay, which passes it to every node. Disconnected: the relay was not reached in
// time.
Status send_revocations(const config::ControllerConfig& config, const std::string& crl_der);

}  // namespace culvert::cli
