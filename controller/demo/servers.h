// The two real servers of the demo: a squid that asks for a password, and an nginx that is put under load.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "controller/demo/playground.h"

namespace culvert::demo {

// What the proxy lets known users do.
enum class ProxyPolicy { AllowAll, DenyRelay };  // DenyRelay: 403 to every CONNECT to the relay's host

struct SquidSettings {
    std::string user, password;
    std::string relay_host;  // a name that only the proxy can resolve
    std::uint16_t port = 0;  // 0: 3128, or a free one on loopback
    ProxyPolicy policy = ProxyPolicy::AllowAll;
};

struct Squid {
    std::unique_ptr<ChildProcess> process;
    std::string address;
    std::uint16_t port = 0;
    std::filesystem::path access_log;

    std::string url() const;
};

Result<Squid> start_squid(const Playground& playground, const SquidSettings& settings);

struct Nginx {
    std::unique_ptr<ChildProcess> process;
    std::string address;
    std::uint16_t port = 0;
    std::filesystem::path access_log;
};

// Serves /products, /products/… and /cart with small JSON answers, and /moved, which redirects to /products, from the
// zone's own address.
Result<Nginx> start_nginx(const Playground& playground, Zone zone);

}  // namespace culvert::demo
