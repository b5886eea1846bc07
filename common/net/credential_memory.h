// What proxies answered to our credentials: which method won, and which credential was rejected. A rejected one is
// never sent again until it changes, not even by a process that is restarted in a loop, nor by several dials at a time:
// directories lock accounts after a few wrong passwords. Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "common/net/proxy_hop.h"

namespace culvert::net {

class CredentialMemory {
  public:
    // The right to show one credential, given back at the end of its life.
    class Turn {
      public:
        Turn() = default;
        Turn(CredentialMemory& memory, std::string fingerprint);
        Turn(Turn&& other) noexcept;
        Turn& operator=(Turn&& other) noexcept;
        ~Turn();

      private:
        CredentialMemory* memory_ = nullptr;
        std::string fingerprint_;
    };

    // `file` keeps rejections beyond this process, mode 0600, as HMAC-SHA256 under a random key; it is made when
    // needed, and a file that is damaged counts as empty. Empty: remembered in this process only.
    explicit CredentialMemory(std::string file = "");
    CredentialMemory(const CredentialMemory&) = delete;
    CredentialMemory& operator=(const CredentialMemory&) = delete;

    // Waits while another dial shows the same credential for the first time. Once a proxy has accepted it, and when
    // `cancel` is requested, at once.
    Turn take_turn(const ProxyHop& hop, const std::stop_token& cancel);
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
    std::condition_variable_any turn_over_;
    std::string key_;
    std::set<std::string> rejected_, accepted_, on_trial_;  // fingerprints
    std::map<std::string, ProxyAuth> winners_;              // by proxy and user
};

}  // namespace culvert::net
