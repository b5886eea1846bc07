// The controller's files, as every command that needs a mesh begins.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "common/config/node_config.h"
#include "common/crypto/mesh_ca.h"
#include "controller/cli/exit.h"
#include "controller/store/store.h"

namespace culvert::cli {

// `given`: --config, empty if not given. The file that is used is named in the log. Mistakes are printed; the code says
// what to exit with.
tl::expected<config::ControllerConfig, ExitCode> load_config(const std::string& given);
tl::expected<std::unique_ptr<store::Store>, ExitCode> open_store(const config::ControllerConfig& config);

struct ControllerFiles {
    config::ControllerConfig config;
    std::unique_ptr<store::Store> store;
};
tl::expected<ControllerFiles, ExitCode> open_files(const std::string& given);

// Only where the mesh CA is; the message says so elsewhere.
struct CaFiles : ControllerFiles {
    crypto::MeshCa ca;
};
tl::expected<CaFiles, ExitCode> open_ca_files(const std::string& given);

// Puts this controller among those that can be listed and revoked, where the mesh CA is. Nothing: it has no identity
// that can be read.
std::optional<NodeId> remember_own_identity(const config::ControllerConfig& config,
                                            controller::enrol::InviteStore& store);

}  // namespace culvert::cli
