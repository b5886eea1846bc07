// Thousands of links in one process, each as a real agent holds its one: dialled through the proxy, admitted by its own
// mesh certificate, coming back by itself with the product's back-off. They carry nothing; what is sent to them is not
// answered. Loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/config/node_config.h"
#include "common/crypto/mesh_ca.h"
#include "common/net/loop.h"
#include "tests/support/herd/tally.h"

namespace culvert::test {

struct HerdSettings {
    std::size_t links = 0;
    std::string name;             // of the members, with a number behind it
    config::TunnelConfig tunnel;  // how each of them dials
    std::string folder;           // for what an uplink keeps beside its configuration
};

class Herd {
  public:
    // Certifies the members. `all_up`: called whenever the last of the links is up.
    static Result<std::unique_ptr<Herd>> create(net::Loop& loop, const crypto::MeshCa& ca, const HerdSettings& settings,
                                                std::function<void(const Comeback&)> all_up);
    ~Herd();
    Herd(const Herd&) = delete;
    Herd& operator=(const Herd&) = delete;

    void start();
    // Every link says goodbye.
    void stop();
    const Tally& tally() const { return tally_; }

  private:
    class Member;

    Herd(net::Loop& loop, crypto::MeshTrust trust, std::size_t links, std::function<void(const Comeback&)> all_up);

    net::Loop& loop_;
    crypto::MeshTrust trust_;
    const std::function<void(const Comeback&)> all_up_;
    Tally tally_;
    std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace culvert::test
