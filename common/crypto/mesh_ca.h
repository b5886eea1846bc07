// The mesh CA: whoever holds its key decides who belongs to the mesh. Certificates carry mesh, role and name in a URI
// (culvert://MESH/agent/NAME, culvert://MESH/controller/NAME, "?ephemeral" appended for ephemeral nodes).
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/units.h"
#include "common/crypto/identity.h"

namespace culvert::crypto {

inline constexpr Duration kMeshCaLife = std::chrono::hours{24} * 3653;
inline constexpr Duration kCertificateLife = std::chrono::hours{24} * 90;  // longest and default
inline constexpr Duration kBackdated = std::chrono::minutes{5};            // clocks of new hosts run behind

// What the CA grants to one key.
struct NodeGrant {
    std::string name;
    Role role = Role::Agent;
    bool ephemeral = false;
    Duration life = kCertificateLife;  // cut at the CA's own end
};

struct IssuedCertificate {
    std::string der;
    Member member;
};

struct Revocation {
    std::string serial;  // hex, as in Member
    WallTime at;
};

struct RevocationList {
    std::uint64_t number = 0;  // grows with every list
    WallTime issued;
    std::vector<Revocation> revocations;
};
// DER octets: what one envelope carries, about 440 revocations within the life of a certificate.
inline constexpr std::size_t kLargestRevocationList = 16 << 10;
// The mesh CA's signature is not checked here: MeshTrust::update_revocations does that.
Result<RevocationList> parse_revocations(std::string_view crl_der);

class MeshCa {
  public:
    static Result<MeshCa> create(const std::string& mesh, const Clock& clock);
    // The key file must be readable by its owner only.
    static Result<MeshCa> load(const std::string& certificate_file, const std::string& key_file);
    // Refuses to replace files that exist: a lost CA key cannot be made again.
    Status save(const std::string& certificate_file, const std::string& key_file) const;

    const std::string& mesh() const;
    Secret key_pem() const;  // whoever reads it is the mesh
    const std::string& certificate_pem() const;
    const std::string& certificate_der() const;
    std::string sha256() const;  // of certificate_der(), as tokens pin it

    // Certifies the request's key under grant.name, whatever name the request itself gives.
    Result<IssuedCertificate> issue(std::string_view signing_request_der, const NodeGrant& grant,
                                    const Clock& clock) const;
    // A list that holds what `previous_der` (empty: none yet) holds and `serials`. Entries older than any certificate
    // can be are left out. Overloaded when the list would outgrow kLargestRevocationList.
    Result<std::string> revoke(std::string_view previous_der, std::span<const std::string> serials,
                               const Clock& clock) const;

  private:
    struct Parts;
    explicit MeshCa(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
    std::shared_ptr<const Parts> parts_;
};

}  // namespace culvert::crypto
