// One node of a mesh on a thread of its own, put together as the programs do it: identity, trust, sessions whose
// channels run from end to end, and a link to the relay.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/bench/bench_mesh.h"
#include "tunnel/session/session.h"

namespace culvert::bench {

class MeshNode {
  public:
    // `handlers` are called on the loop's thread, from start() on.
    static Result<std::unique_ptr<MeshNode>> create(const BenchMesh& mesh, const std::string& name, Role role,
                                                    BenchMesh::Way way, tunnel::session::Endpoint::Handlers handlers);
    ~MeshNode();
    MeshNode(const MeshNode&) = delete;
    MeshNode& operator=(const MeshNode&) = delete;

    void start();
    // Waits until it ran.
    void on_loop(const std::function<void()>& task);
    tunnel::session::Endpoint& endpoint() { return *endpoint_; }  // loop thread only

  private:
    MeshNode(crypto::Identity identity, Role role, tunnel::session::Endpoint::Handlers handlers);

    net::Loop loop_;
    const crypto::Identity identity_;
    crypto::MeshTrust trust_;
    std::unique_ptr<tunnel::session::Endpoint> endpoint_;
    std::unique_ptr<tunnel::link::Uplink> uplink_;
    std::thread thread_;
};

}  // namespace culvert::bench
