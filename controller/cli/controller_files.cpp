#include "controller/cli/controller_files.h"

#include "common/base/log.h"
#include "common/config/config_search.h"
#include "common/crypto/identity.h"
#include "controller/enrol/add_controller.h"

namespace culvert::cli {

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
