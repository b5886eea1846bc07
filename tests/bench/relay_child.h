// The real culvert-relay as a child process, with a mesh of its own in a temporary folder. Ended in the destructor,
// and by the kernel with this process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/crypto/identity.h"
#include "common/crypto/mesh_ca.h"
#include "controller/demo/child_process.h"
#include "tests/support/temporary_folder.h"

namespace culvert::bench {

class RelayChild {
  public:
    // Waits until it listens; ends the process when it does not.
    explicit RelayChild(const std::string& program);

    std::uint16_t port() const { return port_; }
    crypto::Identity node(const std::string& name, Role role) const;
    double resident_kb() const;
    double cpu_seconds() const;  // user and system, since its start

  private:
    void write_configuration();
    void await_start();

    SystemClock clock_;
    test::TemporaryFolder folder_;
    crypto::MeshCa ca_;
    const std::uint16_t port_;
    std::unique_ptr<demo::ChildProcess> process_;
};

}  // namespace culvert::bench
