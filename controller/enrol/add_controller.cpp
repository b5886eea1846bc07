#include "controller/enrol/add_controller.h"

#include <filesystem>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/base/wall_time.h"
#include "common/config/node_config_text.h"
#include "common/crypto/key_file.h"
#include "common/crypto/node_key.h"

namespace culvert::controller::enrol {
namespace {

Status check_free(const std::string& name, const InviteStore& store, WallTime now) {
    const auto controllers = store.controllers();
    if (!controllers) return tl::unexpected<Error>(controllers.error());
    for (const IssuedController& other : *controllers) {
        if (other.name != name || other.revoked || other.expires <= now) continue;
        return fail(Code::InvalidInput,
                    fmt::format("a controller has the name {0} already; choose another, or first: culvert revoke {1}",
                                name, to_string(other.id)));
    }
    return {};
}

config::ControllerConfig config_for(const std::string& name, const config::ControllerConfig& own) {
    config::ControllerConfig config;
    config.mesh = own.mesh;
    config.name = name;
    config.tunnel.relays = own.tunnel.relays;
    config.tunnel.pin_sha256 = own.tunnel.pin_sha256;
    return config;
}

}  // namespace

IssuedController issued_controller(const crypto::Member& member) {
    return {member.name,      member.id, member.serial, from_unix_seconds(unix_seconds(member.not_before)),
            member.not_after, {}};
}

Result<IssuedController> add_controller(const std::string& name, const std::string& folder,
                                        const config::ControllerConfig& own, const crypto::MeshCa& ca,
                                        InviteStore& store, const Clock& clock) {
    if (const Status good = check_name(name, "name"); !good) return tl::unexpected<Error>(good.error());
    if (const Status free = check_free(name, store, clock.wall_now()); !free)
        return tl::unexpected<Error>(free.error());
    const std::string identity_file = folder + "/identity.pem", config_file = folder + "/controller.yaml";
    for (const std::string& file : {identity_file, config_file}) {
        std::error_code ignored;
        if (std::filesystem::exists(file, ignored))
            return fail(Code::InvalidInput, file + " exists already; choose another folder");
    }
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::InvalidInput, "making the folder " + folder + ": " + error.message());

    const crypto::NodeKey key = crypto::NodeKey::generate();
    crypto::NodeGrant grant;
    grant.name = name;
    grant.role = Role::Controller;
    const auto certificate = ca.issue(key.signing_request(name), grant, clock);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    const auto identity = crypto::make_identity(key, certificate->der, ca.certificate_pem());
    if (!identity) return tl::unexpected<Error>(identity.error());
    // Remembered before it exists: what is not in the store cannot be revoked.
    const IssuedController issued = issued_controller(certificate->member);
    if (const Status added = store.add_controller(issued); !added) return tl::unexpected<Error>(added.error());
    using crypto::Access;
    const std::string text = config::render_controller_config(config_for(name, own));
    for (const auto& [file, content, access] :
         {std::tuple{identity_file, identity->to_pem().reveal(), Access::OwnerOnly},
          std::tuple{config_file, text, Access::Everyone}}) {
        if (const Status written = crypto::write_file_atomically(file, content, access, crypto::Existing::Refuse);
            !written)
            return tl::unexpected<Error>(written.error());
    }
    return issued;
}

}  // namespace culvert::controller::enrol
