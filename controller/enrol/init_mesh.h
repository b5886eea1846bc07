// "culvert init": everything a new mesh needs, in one folder: mesh-ca.pem, mesh-ca.key (0600), identity.pem (0600) of
// the first controller, relay.yaml, controller.yaml; for a laboratory's host (localhost, an IP address, *.test) also
// web.pem and web.key (0600), whose public key tokens then pin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/config/node_config.h"

namespace culvert::controller::enrol {

struct InitOptions {
    std::string folder;                 // made if missing
    std::string mesh;                   // default_mesh_name(folder) if the user did not say
    std::string relay_url;              // wss://HOST[:PORT]/mesh; "/mesh" is added if there is no path
    std::string controller_name;        // config::host_name() if the user did not say
    config::ProxyConfig proxy;          // of the controller's tunnel, as controller.yaml then says
    std::vector<std::string> extra_ca;  // the same
};

struct InitializedMesh {
    std::string mesh;
    std::string relay_url;
    std::string mesh_ca_sha256;            // hex
    std::optional<std::string> web_pin;    // hex; a laboratory
    std::vector<std::string> files;        // all that were written, in the order to tell of them
    std::vector<std::string> relay_files;  // those the relay's host needs
};

// The folder's own name, if it can be a mesh's name; else "mesh".
std::string default_mesh_name(const std::string& folder);
// Replaces no file: if one of them exists, nothing is written and the message names it.
Result<InitializedMesh> init_mesh(const InitOptions& options, const Clock& clock);

}  // namespace culvert::controller::enrol
