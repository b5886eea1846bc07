// What a benchmark of the tunnel runs through, on loopback: a real squid that asks for a password, and a real
// culvert-relay behind it. All of it ends with the object; at Ctrl-C, interrupted() says that it is time for that.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "controller/demo/lab_mesh.h"
#include "tests/support/temporary_folder.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::bench {

class BenchMesh {
  public:
    // `relay_host`: localhost, or a name that only squid knows.
    static Result<std::unique_ptr<BenchMesh>> start(const std::string& relay_host);
    static bool interrupted();

    demo::LabMesh& lab() { return *lab_; }
    const demo::LabMesh& lab() const { return *lab_; }
    const std::string& proxy_user() const { return settings_.user; }
    const std::string& proxy_password() const { return settings_.password; }
    // The relay's, which a second server may show too; self-signed.
    std::string web_certificate_file() const { return lab_->file("mesh/web.pem").string(); }
    std::string web_key_file() const { return lab_->file("mesh/web.key").string(); }

    Result<crypto::Identity> make_node(const std::string& name, Role role) const;
    enum class Way { Direct, ThroughProxy };
    tunnel::link::UplinkSettings uplink_settings(Role role, Way way) const;

  private:
    BenchMesh() = default;

    const SystemClock clock_;
    test::TemporaryFolder folder_;
    demo::LabMeshSettings settings_;
    std::unique_ptr<demo::Playground> playground_;
    std::unique_ptr<demo::LabMesh> lab_;
};

}  // namespace culvert::bench
