#include "controller/cli/controller_files.h"

#include "common/base/log.h"
#include "common/config/config_search.h"
#include "common/crypto/identity.h"
#include "controller/enrol/add_controller.h"

namespace culvert::cli {
namespace {

Result<crypto::MeshCa> load_mesh_ca(const config::ControllerConfig& config) {
    if (!config.mesh_ca)
        return fail(Code::InvalidInput,
                    config.file + ": mesh_ca: is missing; agents are enrolled and revoked where the mesh CA is");
    return crypto::MeshCa::load(config.mesh_ca->certificate, config.mesh_ca->key);
}

}  // namespace

tl::expected<config::ControllerConfig, ExitCode> load_config(const std::string& given) {
    const auto file = config::find_config("controller.yaml", given.empty() ? std::nullopt : std::optional(given));
    if (!file) {
        print_error(file.error().message + "; or make a mesh: culvert init DIR --relay wss://HOST/mesh");
        return tl::unexpected(ExitCode::Usage);
    }
    auto config = config::load_controller_config(*file);
    if (!config) return tl::unexpected(fail_with(config.error()));
    log::info("configuration " + *file);
    log::set_node(config->name);
    return std::move(*config);
}

tl::expected<std::unique_ptr<store::Store>, ExitCode> open_store(const config::ControllerConfig& config) {
    auto store = store::Store::open(config.store);
    if (!store) return tl::unexpected(fail_with(store.error()));
    return std::move(*store);
}

tl::expected<ControllerFiles, ExitCode> open_files(const std::string& given) {
    auto config = load_config(given);
    if (!config) return tl::unexpected(config.error());
    auto store = open_store(*config);
    if (!store) return tl::unexpected(store.error());
    return ControllerFiles{std::move(*config), std::move(*store)};
}

tl::expected<CaFiles, ExitCode> open_ca_files(const std::string& given) {
    auto files = open_files(given);
    if (!files) return tl::unexpected(files.error());
    auto ca = load_mesh_ca(files->config);
    if (!ca) return tl::unexpected(fail_with(ca.error()));
    return CaFiles{std::move(*files), std::move(*ca)};
}

std::optional<NodeId> remember_own_identity(const config::ControllerConfig& config,
                                            controller::enrol::InviteStore& store) {
    const auto identity = crypto::Identity::load(config.identity);
    if (!identity || identity->member().role != Role::Controller) return std::nullopt;
    if (config.mesh_ca) {
        if (const Status known = store.add_controller(controller::enrol::issued_controller(identity->member())); !known)
            log::warning("this controller is not remembered: " + known.error().message);
    }
    return identity->member().id;
}

}  // namespace culvert::cli
