// What an Identity is made of; seen only by the .cpp files that make one.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/crypto/identity.h"
#include "common/crypto/openssl_handles.h"

namespace culvert::crypto {

struct Identity::Parts {
    Member member;
    std::shared_ptr<EVP_PKEY> key;
    CertificateHandle certificate;
    std::string certificate_der;
    std::string mesh_ca_pem;
};

class IdentityBuilder {
  public:
    using Parts = Identity::Parts;
    static Identity build(Parts parts) {
        Identity identity;
        identity.parts_ = std::make_shared<const Parts>(std::move(parts));
        return identity;
    }
};

}  // namespace culvert::crypto
