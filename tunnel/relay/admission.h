// Decides who may come in: a fresh nonce for every link, and the check of the signed answer. Loop thread only.
#pragma once

#include <array>
#include <string>

#include "common/base/clock.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/relay/trust.h"

namespace culvert::tunnel::relay {

class Admission {
  public:
    Admission(const Trust& trust, std::string mesh, std::string relay_url, const Clock& clock);

    envelope::Challenge challenge() const;
    // The member that answered the challenge with this nonce, or what to tell it.
    OrRefusal<crypto::Member> check(const std::array<std::uint8_t, envelope::kNonceSize>& nonce,
                                    const envelope::Hello& hello) const;

  private:
    const Trust& trust_;
    const std::string mesh_;
    const std::string relay_url_;
    const Clock& clock_;
};

}  // namespace culvert::tunnel::relay
