// The real culvert-relay as a child process, with a mesh of its own in a temporary folder. Ended in the destructor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/crypto/identity.h"
#include "common/crypto/mesh_ca.h"
#include "tests/support/temporary_folder.h"

namespace culvert::bench {

class RelayChild {
  public:
    // Waits until it listens; ends the process when it does not.
    explicit RelayChild(const std::string& program);
    ~RelayChild();
    RelayChild(const RelayChild&) = delete;
    RelayChild& operator=(const RelayChild&) = delete;

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
    pid_t pid_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace culvert::bench
