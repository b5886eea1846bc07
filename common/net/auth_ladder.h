// Which way to authenticate to a proxy comes next. libcurl's own CURLAUTH_ANY takes the strongest offer and does not
// fall back (no Kerberos ticket: 407, although Basic would do), so one method is tried at a time. One wrong password
// ends the climb: every further try counts against the account.
#pragma once

#include <optional>
#include <vector>

#include "common/net/proxy_hop.h"

namespace culvert::net {

class AuthLadder {
  public:
    struct Step {
        std::optional<ProxyAuth> method;  // none: without credentials, to learn what is offered

        friend bool operator==(const Step&, const Step&) = default;
    };
    enum class Password { None, Usable, Rejected };  // Rejected: known from before

    // `winner`: what this proxy accepted last time; it is tried first.
    AuthLadder(std::vector<ProxyAuth> allowed, Password password, std::optional<ProxyAuth> winner);

    // Empty: nothing is left to try.
    std::optional<Step> next() const { return step_; }
    // The proxy answered 407 to next(), offering these methods (empty: it did not say).
    void refused(const std::vector<ProxyAuth>& offered);
    // The same, but the method failed before the proxy judged the password (a stale nonce, a cut handshake).
    void failed_without_verdict(const std::vector<ProxyAuth>& offered);
    // Another dial learnt meanwhile that the password is wrong.
    void forbid_password();

    bool password_rejected() const { return password_ == Password::Rejected; }
    // By the present climb, not from before: the method it was rejected with.
    const std::optional<ProxyAuth>& rejected_with() const { return rejected_with_; }
    const std::vector<ProxyAuth>& offered() const { return offered_; }

  private:
    void note_offer(const std::vector<ProxyAuth>& offered);
    void choose();
    bool usable(ProxyAuth method) const;

    std::vector<ProxyAuth> untried_;
    std::vector<ProxyAuth> offered_;
    Password password_;
    std::optional<ProxyAuth> rejected_with_;
    bool probed_ = false;
    std::optional<Step> step_;
};

}  // namespace culvert::net
