// Real proxies on loopback, and a relay's stand-in behind them: a TLS echo whose name only a proxy can resolve.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/net/dial.h"
#include "controller/demo/child_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_origin.h"

namespace culvert::test {

inline constexpr const char* kRelayName = "relay.test";
inline constexpr const char* kUser = "alice";
// 200 bytes with all that breaks URLs, headers and tables, and two alphabets.
std::string hard_password();

// Says "not shown here:", which ctest counts as skipped, unless all of these can be run.
bool can_run(const std::vector<std::string>& programs);

class ProxyLab {
  public:
    ProxyLab();
    ~ProxyLab();

    const std::string& folder() const { return folder_.path(); }
    std::string file(const std::string& name) const { return folder_.file(name); }
    // Readable by the users that proxies turn into.
    std::string write(const std::string& name, const std::string& content) const;
    void run(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment = {}) const;
    // Runs until the lab ends, and has begun to listen when this returns.
    demo::ChildProcess& start(const std::vector<std::string>& argv, std::uint16_t port,
                              const std::map<std::string, std::string>& environment = {});
    // `rules`: lines of squid.conf: its port, auth_param, http_access. The access log is NAME.log.
    demo::ChildProcess& start_squid(const std::string& name, std::uint16_t port, const std::string& rules,
                                    const std::map<std::string, std::string>& environment = {});
    std::string log_of_squid(const std::string& name) const;

    std::uint16_t relay_port() const { return relay_.port(); }
    // Through `url`, with everything else as a node would ask.
    net::DialRequest request(const std::string& url, const std::string& username = "",
                             const std::string& password = "") const;
    net::CredentialMemory& memory() { return memory_; }
    // Dials and sends a word there and back: the method that was used, or the error.
    std::string way(const net::DialRequest& request);
    // A certificate and key for `host`, in NAME.pem and NAME.key; its issuer is trusted by later requests.
    void make_certificate(const std::string& name, const std::string& host);

  private:
    TemporaryFolder folder_;
    TestOrigin relay_;
    std::vector<std::string> extra_ca_;
    net::CredentialMemory memory_;
    std::vector<std::unique_ptr<demo::ChildProcess>> running_;
};

inline constexpr const char* kAnybody = "http_access allow all\n";
inline constexpr const char* kMembers =
    "acl members proxy_auth REQUIRED\nhttp_access allow members\nhttp_access deny all\n";

std::string squid_port(std::uint16_t port);
std::string basic_rules(const ProxyLab& lab, const std::string& password);  // also writes the file of passwords

}  // namespace culvert::test
