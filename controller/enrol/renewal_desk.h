// Renews certificates of nodes that show one that is still good: the same key, name and role, another ninety days. Only
// where the mesh CA's key is. A certificate is remembered before it is given away: what is not in the store cannot be
// revoked. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "common/crypto/mesh_ca.h"
#include "controller/enrol/invite_store.h"

namespace culvert::controller::enrol {

class RenewalDesk {
  public:
    // At most so many certificates in a second; a run goes on beside it.
    static constexpr unsigned kMostPerSecond = 50;

    // `store` and `clock` outlive the desk.
    RenewalDesk(crypto::MeshCa ca, InviteStore& store, const Clock& clock)
        : ca_(std::move(ca)), store_(store), clock_(clock) {}

    // `shown`: what the certificate says that authenticated the asker. The certificate (DER), or why not: Unauthorized
    // (revoked, expired, another key, name or mesh), Overloaded (later), InvalidInput (no signing request, or too
    // early).
    Result<std::string> renew(const crypto::Member& shown, std::string_view signing_request);
    // For the CA's own controller, whose certificate may have expired.
    Result<std::string> renew_own(const crypto::Identity& own);

    const crypto::MeshCa& ca() const { return ca_; }

  private:
    Status check(const crypto::Member& shown, std::string_view signing_request) const;
    Status check_revoked(const crypto::Member& shown) const;
    Result<std::string> renew_agent(const crypto::Member& shown, std::string_view signing_request);
    Status check_controller(const crypto::Member& shown, bool own) const;
    Result<std::string> renew_controller(const crypto::Member& shown, std::string_view signing_request);
    bool spend();

    const crypto::MeshCa ca_;
    InviteStore& store_;
    const Clock& clock_;
    SteadyTime second_{};
    unsigned in_second_ = 0;
};

}  // namespace culvert::controller::enrol
