// Who a node is: an Ed25519 key and a mesh certificate (X.509, signed by the mesh CA) that says mesh, name and role.
// Immutable after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/base/secret.h"

// OpenSSL's types, named here so that no header of OpenSSL is needed to pass an identity on.
struct evp_pkey_st;
struct x509_st;

namespace culvert::crypto {

// What a mesh certificate says once it was verified.
struct Member {
    std::string mesh;
    std::string name;
    Role role = Role::Agent;
    NodeId id;
    WallTime not_before, not_after;
    std::string serial;  // hex
    bool ephemeral = false;
};

class Identity {
  public:
    // PEM: private key, certificate, mesh CA certificate. The file must be readable by its owner only (mode & 077 ==
    // 0).
    static Result<Identity> load(const std::string& file);
    Status save(const std::string& file) const;  // mode 0600, atomically
    Secret to_pem() const;                       // what save() writes

    const Member& member() const;
    evp_pkey_st* key() const;      // borrowed
    x509_st* certificate() const;  // borrowed
    const std::string& certificate_der() const;
    const std::string& mesh_ca_pem() const;
    // Signature of this key over `message` (Ed25519).
    Result<std::string> sign(std::string_view message) const;

  private:
    friend class IdentityBuilder;  // common/crypto/mesh_ca.cpp and enrolment make identities
    struct Parts;
    std::shared_ptr<const Parts> parts_;
};

// Why a certificate was refused, for those who must tell the peer or count.
enum class RefusalReason : std::uint8_t { Malformed, ForeignCa, OtherMesh, NotYetValid, Expired, Revoked, WrongRole };

struct CertificateRefusal {
    RefusalReason reason = RefusalReason::Malformed;
    Error error;
};

// Decides who belongs to the mesh: mesh CA, validity, revocations. One per process; copies share their state.
// Thread-safe.
class MeshTrust {
  public:
    // The clock outlives the trust and its copies. InvalidInput if this is not the CA of `mesh`.
    static Result<MeshTrust> from_pem(std::string_view mesh_ca_pem, std::string mesh, const Clock& clock);

    // Verifies a DER certificate and reads its member. Messages say which of: foreign CA, another mesh, expired / not
    // yet valid (with both clocks), revoked, wrong role.
    Result<Member> verify(std::string_view certificate_der) const;
    Result<Member> verify(std::string_view certificate_der, Role required) const;
    tl::expected<Member, CertificateRefusal> examine(std::string_view certificate_der,
                                                     std::optional<Role> required) const;
    // Verifies certificate and `signature` over `message` by its key.
    Result<Member> verify_signature(std::string_view certificate_der, std::string_view message,
                                    std::string_view signature) const;

    // Takes a CRL (DER) signed by the mesh CA, if it is newer than the present one; an older one changes nothing and is
    // no error.
    Status update_revocations(std::string_view crl_der);
    std::string revocations_der() const;  // empty: none yet
    bool revoked(std::string_view serial) const;
    const std::string& mesh() const;
    const std::string& mesh_ca_pem() const;

  private:
    struct State;
    explicit MeshTrust(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace culvert::crypto
