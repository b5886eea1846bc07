#include "common/crypto/mesh_ca.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/name.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/key_file.h"
#include "common/crypto/node_key.h"
#include "common/crypto/revocation_list.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

constexpr long kVersion3 = 2;  // counted from 0

Status set_serial(X509* certificate) {
    std::string octets = random_bytes(16);
    octets[0] = static_cast<char>((octets[0] & 0x3f) | 0x40);  // positive, and always 16 octets long
    const BigNumber number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()), nullptr));
    if (number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr) return {};
    return fail(Code::Internal, "certificate serial: " + openssl_reason());
}

struct Subject {
    std::string common_name;
    EVP_PKEY* key;
    WallTime not_before, not_after;
};

Result<CertificateHandle> begin_certificate(const Subject& subject) {
    CertificateHandle certificate(X509_new());
    CULVERT_CHECK(certificate && X509_set_version(certificate.get(), kVersion3) == 1);
    if (const Status serial = set_serial(certificate.get()); !serial) return tl::unexpected<Error>(serial.error());
    if (const Status name = set_common_name(X509_get_subject_name(certificate.get()), subject.common_name); !name) {
        return tl::unexpected<Error>(name.error());
    }
    X509_set1_notBefore(certificate.get(), asn1_time(subject.not_before).get());
    X509_set1_notAfter(certificate.get(), asn1_time(subject.not_after).get());
    X509_set_pubkey(certificate.get(), subject.key);
    return certificate;
}

struct Extension {
    int nid;
    std::string value;
};

// Adds the extensions and signs; `issuer` may be the certificate itself.
Status finish_certificate(X509* certificate, X509* issuer, EVP_PKEY* issuer_key,
                          std::span<const Extension> extensions) {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    for (const Extension& extension : extensions) {
        if (Status added = add_extension(certificate, context, extension.nid, extension.value); !added) return added;
    }
    if (X509_sign(certificate, issuer_key, nullptr) > 0) return {};
    return fail(Code::Internal, "signing a certificate: " + openssl_reason());
}

}  // namespace

struct MeshCa::Parts {
    std::string mesh;
    NodeKey key;
    CertificateHandle certificate;
    std::string pem, der;
};

Result<MeshCa> MeshCa::create(const std::string& mesh, const Clock& clock) {
    if (const Status named = check_name(mesh, "mesh"); !named) return tl::unexpected<Error>(named.error());
    NodeKey key = NodeKey::generate();
    const WallTime begin = clock.wall_now() - kBackdated;
    auto certificate = begin_certificate({mesh + " mesh CA", key.get(), begin, begin + kMeshCaLife});
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    const Extension extensions[] = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                    {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                    {NID_subject_key_identifier, "hash"},
                                    {NID_subject_alt_name, "URI:" + ca_uri(mesh)}};
    X509* const raw = certificate->get();
    if (const Status done = finish_certificate(raw, raw, key.get(), extensions); !done)
        return tl::unexpected<Error>(done.error());
    std::string pem = pem_of(raw);
    std::string der = der_of(raw);
    return MeshCa(std::make_shared<const Parts>(
        Parts{mesh, std::move(key), std::move(*certificate), std::move(pem), std::move(der)}));
}

Result<MeshCa> MeshCa::load(const std::string& certificate_file, const std::string& key_file) {
    const auto pem = read_public_file(certificate_file);
    if (!pem) return tl::unexpected<Error>(pem.error());
    auto certificate = parse_certificate_pem(*pem);
    if (!certificate) return fail(certificate.error(), certificate_file);
    const auto mesh = read_ca_mesh(certificate->get());
    if (!mesh) return fail(mesh.error(), certificate_file);
    const auto key_pem = read_private_file(key_file);
    if (!key_pem) return tl::unexpected<Error>(key_pem.error());
    auto key = NodeKey::from_pem(*key_pem);
    if (!key) return fail(key.error(), key_file);
    if (X509_check_private_key(certificate->get(), key->get()) != 1) {
        ERR_clear_error();
        return fail(Code::InvalidInput, fmt::format("{} is not the key of {}", key_file, certificate_file));
    }
    std::string clean_pem = pem_of(certificate->get());
    std::string der = der_of(certificate->get());
    return MeshCa(std::make_shared<const Parts>(
        Parts{*mesh, std::move(*key), std::move(*certificate), std::move(clean_pem), std::move(der)}));
}

Status MeshCa::save(const std::string& certificate_file, const std::string& key_file) const {
    if (Status saved = write_file_atomically(key_file, parts_->key.to_pem(), Access::OwnerOnly, Existing::Refuse);
        !saved)
        return saved;
    return write_file_atomically(certificate_file, parts_->pem, Access::Everyone, Existing::Refuse);
}

Secret MeshCa::key_pem() const {
    return Secret(parts_->key.to_pem());
}
const std::string& MeshCa::mesh() const {
    return parts_->mesh;
}
const std::string& MeshCa::certificate_pem() const {
    return parts_->pem;
}
const std::string& MeshCa::certificate_der() const {
    return parts_->der;
}
std::string MeshCa::sha256() const {
    return crypto::sha256(parts_->der);
}

Result<IssuedCertificate> MeshCa::issue(std::string_view signing_request_der, const NodeGrant& grant,
                                        const Clock& clock) const {
    if (const Status named = check_name(grant.name, "name"); !named) return tl::unexpected<Error>(named.error());
    CULVERT_CHECK(grant.life > Duration{0} && grant.life <= kCertificateLife);
    const auto request = parse_signing_request(signing_request_der);
    if (!request) return tl::unexpected<Error>(request.error());
    X509* const ca = parts_->certificate.get();
    const WallTime now = clock.wall_now();
    const WallTime ca_end = time_of(X509_get0_notAfter(ca));
    if (now >= ca_end) {
        return fail(Code::Unauthorized, fmt::format("the CA of mesh {} expired {}; this clock says {}", parts_->mesh,
                                                    utc_text(ca_end), utc_text(now)));
    }
    const WallTime end = std::min(now + grant.life, ca_end);
    auto certificate = begin_certificate({grant.name, X509_REQ_get0_pubkey(request->get()), now - kBackdated, end});
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    const Extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, grant.role == Role::Agent ? "serverAuth" : "clientAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
        {NID_subject_alt_name, "URI:" + member_uri(parts_->mesh, grant.role, grant.name, grant.ephemeral)}};
    X509* const raw = certificate->get();
    if (const Status done = finish_certificate(raw, ca, parts_->key.get(), extensions); !done)
        return tl::unexpected<Error>(done.error());
    const auto member = read_member(raw);
    if (!member) return tl::unexpected<Error>(member.error());
    return IssuedCertificate{.der = der_of(raw), .member = *member};
}

Result<std::string> MeshCa::revoke(std::string_view previous_der, std::span<const std::string> serials,
                                   const Clock& clock) const {
    RevocationList list;
    if (!previous_der.empty()) {
        auto previous = parse_revocations(previous_der);
        if (!previous) return fail(previous.error(), "the present revocation list");
        list = std::move(*previous);
    }
    const WallTime now = clock.wall_now();
    std::erase_if(list.revocations,
                  [now](const Revocation& old) { return old.at + kCertificateLife + kBackdated < now; });
    for (const std::string& serial : serials) {
        const bool known = std::any_of(list.revocations.begin(), list.revocations.end(),
                                       [&serial](const Revocation& r) { return r.serial == serial; });
        if (!known) list.revocations.push_back({serial, now});
    }
    // The clock keeps numbers growing even where the previous list was lost.
    list.number = std::max<std::uint64_t>(list.number + 1,
                                          static_cast<std::uint64_t>(std::max<std::int64_t>(unix_seconds(now), 0)));
    list.issued = now;
    auto der = sign_revocations(list, parts_->certificate.get(), parts_->key.get());
    if (der && der->size() > kLargestRevocationList) {
        return fail(Code::Overloaded, fmt::format("the revocation list of mesh {} is full: {} certificates within {}; "
                                                  "make a new mesh (culvert init) and let the good agents join it",
                                                  parts_->mesh, list.revocations.size(), span_text(kCertificateLife)));
    }
    return der;
}

}  // namespace culvert::crypto
