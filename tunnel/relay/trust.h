// What a relay must know of the mesh's trust: who belongs to it, and who no longer does.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::relay {

template <class T>
using OrRefusal = tl::expected<T, envelope::Refusal>;

class Trust {
  public:
    virtual ~Trust() = default;
    virtual OrRefusal<crypto::Member> verify(std::string_view certificate_der, std::string_view signed_text,
                                             std::string_view signature) const = 0;
    // Takes a CRL of the mesh CA and keeps it; false: the present one is as new.
    virtual Result<bool> take_revocations(std::string_view crl_der) = 0;
    virtual const std::string& revocations() const = 0;  // DER; empty: none yet
    virtual bool revoked(std::string_view serial) const = 0;
};

}  // namespace culvert::tunnel::relay
