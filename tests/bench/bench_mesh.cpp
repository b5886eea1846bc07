#include "tests/bench/bench_mesh.h"

#include <csignal>
#include <random>
#include <utility>

#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"

namespace culvert::bench {
namespace {

volatile std::sig_atomic_t interrupts = 0;

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = 1; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

bool BenchMesh::interrupted() {
    return interrupts != 0;
}

Result<std::unique_ptr<BenchMesh>> BenchMesh::start(const std::string& relay_host) {
    catch_interrupts();
    std::unique_ptr<BenchMesh> mesh(new BenchMesh);
    using std::filesystem::perms;
    // squid gives up root and must still reach its files.
    std::filesystem::permissions(mesh->folder_.path(), perms::owner_all | perms::group_exec | perms::others_exec);
    auto playground = demo::Playground::create(mesh->folder_.path(), demo::Isolation::LoopbackOnly);
    if (!playground) return tl::unexpected(playground.error());
    mesh->playground_ = std::move(*playground);
    mesh->settings_.name = "bench";
    mesh->settings_.relay_host = relay_host;
    mesh->settings_.user = "bench";
    mesh->settings_.password = "of-the-bench";
    mesh->settings_.interrupted = &BenchMesh::interrupted;
    mesh->lab_ = std::make_unique<demo::LabMesh>(*mesh->playground_, mesh->settings_);
    if (const Status started = mesh->lab_->start_proxy(); !started) return tl::unexpected(started.error());
    if (const Status started = mesh->lab_->start_relay(); !started) return tl::unexpected(started.error());
    return mesh;
}

Result<crypto::Identity> BenchMesh::make_node(const std::string& name, Role role) const {
    const auto ca =
        crypto::MeshCa::load(lab_->file("mesh/mesh-ca.pem").string(), lab_->file("mesh/mesh-ca.key").string());
    if (!ca) return tl::unexpected(ca.error());
    const crypto::NodeKey key = crypto::NodeKey::generate();
    crypto::NodeGrant grant;
    grant.name = name;
    grant.role = role;
    const auto issued = ca->issue(key.signing_request(name), grant, clock_);
    if (!issued) return tl::unexpected(issued.error());
    return crypto::make_identity(key, issued->der, ca->certificate_pem());
}

tunnel::link::UplinkSettings BenchMesh::uplink_settings(Role role, Way way) const {
    using tunnel::proxy::ProxySettings;
    tunnel::link::UplinkSettings settings;
    settings.relays = {lab_->relay_url()};
    settings.extra_ca = {web_certificate_file()};
    settings.environment = [](const std::string&) { return std::nullopt; };
    settings.role = role;
    settings.instance = role == Role::Controller ? std::random_device{}() : 0;
    settings.proxy.source = way == Way::Direct ? ProxySettings::Source::None : ProxySettings::Source::Urls;
    if (way == Way::ThroughProxy) settings.proxy.urls = {lab_->squid().url()};
    settings.proxy.username = proxy_user();
    settings.proxy.read_password = [this]() -> Result<Secret> { return Secret(proxy_password()); };
    return settings;
}

}  // namespace culvert::bench
