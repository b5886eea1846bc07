#include "tests/bench/mesh_node.h"

#include <future>
#include <utility>

namespace culvert::bench {

Result<std::unique_ptr<MeshNode>> MeshNode::create(const BenchMesh& mesh, const std::string& name, Role role,
                                                   BenchMesh::Way way, tunnel::session::Endpoint::Handlers handlers) {
    auto identity = mesh.make_node(name, role);
    if (!identity) return tl::unexpected(identity.error());
    std::unique_ptr<MeshNode> node(new MeshNode(std::move(*identity), role, std::move(handlers)));
    auto uplink = tunnel::link::make_uplink(node->loop_, node->identity_, node->trust_, mesh.uplink_settings(role, way),
                                            *node->endpoint_);
    if (!uplink) return tl::unexpected(uplink.error());
    node->uplink_ = std::move(*uplink);
    node->endpoint_->attach(*node->uplink_);
    return node;
}

void MeshNode::start() {
    uplink_->start();
    thread_ = std::thread([this] { loop_.run(); });
}

MeshNode::MeshNode(crypto::Identity identity, Role role, tunnel::session::Endpoint::Handlers handlers)
    : identity_(std::move(identity)),
      trust_(crypto::MeshTrust::from_pem(identity_.mesh_ca_pem(), identity_.member().mesh, loop_.clock()).value()),
      endpoint_(tunnel::session::Endpoint::create(loop_, identity_, trust_, role, {}, std::move(handlers))) {}

MeshNode::~MeshNode() {
    if (!thread_.joinable()) return;
    on_loop([this] {
        uplink_->stop();
        endpoint_.reset();
        uplink_.reset();
    });
    loop_.stop();
    thread_.join();
}

void MeshNode::on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    loop_.post([&task, &done] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace culvert::bench
