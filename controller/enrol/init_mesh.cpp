#include "controller/enrol/init_mesh.h"

#include <filesystem>

#include <fmt/format.h>

#include "common/base/name.h"
#include "common/config/endpoint.h"
#include "common/config/node_config_text.h"
#include "common/crypto/hex.h"
#include "common/crypto/key_file.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"
#include "common/crypto/web_certificate.h"

namespace culvert::controller::enrol {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

struct RelayAddress {
    config::Url url;
    std::string text;  // as tokens carry it
};

Result<RelayAddress> read_relay_url(const std::string& text) {
    const auto url = config::parse_url(text);
    if (!url)
        return fail(Code::InvalidInput, fmt::format("--relay {}; write wss://HOST[:PORT]/mesh", url.error().message));
    if (url->scheme != "wss")
        return fail(Code::InvalidInput,
                    fmt::format("--relay \"{}\" begins with {}://; a relay's URL is wss://HOST[:PORT]/mesh", text,
                                url->scheme));
    if (!url->user_info.empty())
        return fail(Code::InvalidInput, "--relay holds a user; a relay's URL is wss://HOST[:PORT]/mesh");
    RelayAddress address{*url, text};
    if (url->path.empty() || url->path == "/") address.text += url->path.empty() ? "/mesh" : "mesh";
    return address;
}

config::RelayConfig relay_config(const InitOptions& options, const RelayAddress& relay, bool lab) {
    config::RelayConfig config;
    config.mesh = options.mesh;
    config.url = relay.text;
    config.mesh_ca = "mesh-ca.pem";
    const std::uint16_t port = relay.url.port != 0 ? relay.url.port : kHttpsPort;
    // A laboratory on one machine needs no more than that machine.
    const bool loopback = config::is_loopback(relay.url.host);
    config.listen = {loopback ? fmt::format("127.0.0.1:{}", port) : fmt::format("[::]:{}", port)};
    if (loopback && relay.url.host == "::1") config.listen = {fmt::format("[::1]:{}", port)};
    config.tls = lab ? config::WebTls{"web.pem", "web.key"} : config::WebTls{"fullchain.pem", "privkey.pem"};
    return config;
}

config::ControllerConfig controller_config(const InitOptions& options, const RelayAddress& relay,
                                           const std::optional<std::string>& pin) {
    config::ControllerConfig config;
    config.mesh = options.mesh;
    config.name = options.controller_name;
    config.tunnel.relays = {relay.text};
    if (pin) config.tunnel.pin_sha256 = {*pin};
    config.tunnel.proxy = options.proxy;
    config.tunnel.extra_ca = options.extra_ca;
    config.mesh_ca = config::MeshCaConfig{"mesh-ca.pem", "mesh-ca.key"};
    return config;
}

struct File {
    std::string name;
    std::string content;
    crypto::Access access;
    bool for_relay;
};

Result<crypto::Identity> controller_identity(const crypto::MeshCa& ca, const std::string& name, const Clock& clock) {
    const crypto::NodeKey key = crypto::NodeKey::generate();
    crypto::NodeGrant grant;
    grant.name = name;
    grant.role = Role::Controller;
    const auto issued = ca.issue(key.signing_request(name), grant, clock);
    if (!issued) return tl::unexpected<Error>(issued.error());
    return crypto::make_identity(key, issued->der, ca.certificate_pem());
}

Status make_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder)) {
        return fail(Code::InvalidInput, fmt::format("making the folder {}: {}", folder,
                                                    error ? error.message() : "something else has this name"));
    }
    return {};
}

// Writes all or, when one cannot be written, takes back those it wrote.
Status write_all(const std::string& folder, const std::vector<File>& files) {
    for (const File& file : files) {
        std::error_code ignored;
        if (std::filesystem::exists(folder + "/" + file.name, ignored)) {
            return fail(
                Code::InvalidInput,
                fmt::format("{}/{} exists already: this folder holds a mesh; choose another one", folder, file.name));
        }
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        Status written = crypto::write_file_atomically(folder + "/" + files[i].name, files[i].content, files[i].access,
                                                       crypto::Existing::Refuse);
        if (written) continue;
        std::error_code ignored;
        for (std::size_t k = 0; k < i; ++k) std::filesystem::remove(folder + "/" + files[k].name, ignored);
        return written;
    }
    return {};
}

}  // namespace

std::string default_mesh_name(const std::string& folder) {
    std::error_code ignored;
    std::filesystem::path path = std::filesystem::absolute(folder, ignored).lexically_normal();
    if (path.filename().empty()) path = path.parent_path();
    const std::string name = path.filename().string();
    return check_name(name, "mesh") ? name : "mesh";
}

Result<InitializedMesh> init_mesh(const InitOptions& options, const Clock& clock) {
    const auto relay = read_relay_url(options.relay_url);
    if (!relay) return tl::unexpected<Error>(relay.error());
    if (const Status good = check_name(options.controller_name, "name"); !good)
        return tl::unexpected<Error>(good.error());
    const auto ca = crypto::MeshCa::create(options.mesh, clock);
    if (!ca) return tl::unexpected<Error>(ca.error());
    const auto identity = controller_identity(*ca, options.controller_name, clock);
    if (!identity) return tl::unexpected<Error>(identity.error());

    InitializedMesh mesh{.mesh = options.mesh,
                         .relay_url = relay->text,
                         .mesh_ca_sha256 = crypto::octets_to_hex(ca->sha256()),
                         .web_pin = {},
                         .files = {},
                         .relay_files = {}};
    const bool lab = crypto::is_lab_host(relay->url.host);
    std::vector<File> files{{"mesh-ca.pem", ca->certificate_pem(), crypto::Access::Everyone, true},
                            {"mesh-ca.key", ca->key_pem().reveal(), crypto::Access::OwnerOnly, false},
                            {"identity.pem", identity->to_pem().reveal(), crypto::Access::OwnerOnly, false}};
    if (lab) {
        const auto web = crypto::make_web_certificate(relay->url.host, clock);
        if (!web) return tl::unexpected<Error>(web.error());
        mesh.web_pin = crypto::octets_to_hex(web->public_key_sha256);
        files.push_back({"web.pem", web->certificate_pem, crypto::Access::Everyone, true});
        files.push_back({"web.key", web->key_pem, crypto::Access::OwnerOnly, true});
    }
    files.push_back({"relay.yaml", config::render_relay_config(relay_config(options, *relay, lab)),
                     crypto::Access::Everyone, true});
    files.push_back({"controller.yaml",
                     config::render_controller_config(controller_config(options, *relay, mesh.web_pin)),
                     crypto::Access::Everyone, false});

    if (const Status made = make_folder(options.folder); !made) return tl::unexpected<Error>(made.error());
    if (const Status written = write_all(options.folder, files); !written)
        return tl::unexpected<Error>(written.error());
    for (const File& file : files) {
        mesh.files.push_back(file.name);
        if (file.for_relay) mesh.relay_files.push_back(file.name);
    }
    return mesh;
}

}  // namespace culvert::controller::enrol
