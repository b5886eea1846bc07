// What proxies answered to our credentials: which method won, and which credential was rejected. A rejected one is
// never sent again until it changes, not even by a process that is restarted in a loop: directories lock accounts after
// a few wrong passwords. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/net/proxy_hop.h"

namespace culvert::net {

class CredentialMemory {
  public:
    // `file` keeps rejections beyond this process, mode 0600, as salted SHA-256 sums; it is made when needed, and a
    // file that is damaged counts as empty. Empty: remembered in this process only.
    explicit CredentialMemory(std::string file = "");
    CredentialMemory(const CredentialMemory&) = delete;
    CredentialMemory& operator=(const CredentialMemory&) = delete;

    bool rejected(const ProxyHop& hop) const;
    void note_rejected(const ProxyHop& hop);
    void note_accepted(const ProxyHop& hop, ProxyAuth method);
    std::optional<ProxyAuth> winner(const ProxyHop& hop) const;
    const std::string& file() const { return file_; }

  private:
    std::string fingerprint(const ProxyHop& hop) const;
    void load();
    void save() const;

    const std::string file_;
    mutable std::mutex mutex_;
    std::string salt_;
    std::set<std::string> rejected_;            // fingerprints
    std::map<std::string, ProxyAuth> winners_;  // by proxy and user
};

}  // namespace culvert::net
