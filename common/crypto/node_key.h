// A node's key before it has a certificate: made on the node, never leaves it. What leaves is the signing request.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"

namespace culvert::crypto {

class NodeKey {
  public:
    static NodeKey generate();  // Ed25519
    // PKCS #8 PEM; other kinds of keys are refused.
    static Result<NodeKey> from_pem(std::string_view pem);

    std::string to_pem() const;  // a secret
    NodeId id() const;
    // PKCS #10 DER with subject CN = name, signed by this key: proof that the asker holds it.
    std::string signing_request(const std::string& name) const;
    evp_pkey_st* get() const { return key_.get(); }

  private:
    explicit NodeKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    std::shared_ptr<evp_pkey_st> key_;
};

// Puts key, certificate (DER) and mesh CA (PEM) together; they must belong to each other. Validity in time is not
// looked at: MeshTrust does that.
Result<Identity> make_identity(const NodeKey& key, std::string_view certificate_der, std::string_view mesh_ca_pem);

struct SigningRequest {
    std::string name;  // from the subject; not yet checked against anything
    NodeId id;
};
// Verifies the request's own signature. At most kLargestSigningRequest bytes, Ed25519 only.
inline constexpr std::size_t kLargestSigningRequest = 2 << 10;
Result<SigningRequest> read_signing_request(std::string_view der);

}  // namespace culvert::crypto
