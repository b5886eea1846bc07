#include "common/crypto/identity.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include "common/crypto/identity_parts.h"
#include "common/crypto/key_file.h"
#include "common/crypto/node_key.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

constexpr std::string_view kBeginCertificate = "-----BEGIN CERTIFICATE-----";

}  // namespace

Result<Identity> make_identity(const NodeKey& key, std::string_view certificate_der, std::string_view mesh_ca_pem) {
    auto certificate = parse_certificate(certificate_der);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    const auto ca = parse_certificate_pem(mesh_ca_pem);
    if (!ca) return fail(ca.error(), "mesh CA");
    const auto mesh = read_ca_mesh(ca->get());
    if (!mesh) return tl::unexpected<Error>(mesh.error());
    auto member = read_member(certificate->get());
    if (!member) return tl::unexpected<Error>(member.error());
    if (X509_check_private_key(certificate->get(), key.get()) != 1) {
        ERR_clear_error();
        return fail(Code::InvalidInput,
                    fmt::format("the certificate of {} is for another key than the one beside it", member->name));
    }
    if (X509_verify(certificate->get(), X509_get0_pubkey(ca->get())) != 1 || member->mesh != *mesh) {
        ERR_clear_error();
        return fail(Code::Unauthorized,
                    fmt::format("the certificate of {} was not signed by the mesh CA beside it", member->name));
    }
    EVP_PKEY_up_ref(key.get());
    return IdentityBuilder::build({.member = *member,
                                   .key = std::shared_ptr<EVP_PKEY>(key.get(), EVP_PKEY_free),
                                   .certificate = std::move(*certificate),
                                   .certificate_der = std::string(certificate_der),
                                   .mesh_ca_pem = pem_of(ca->get())});
}

Result<Identity> Identity::load(const std::string& file) {
    const auto content = read_private_file(file);
    if (!content) return tl::unexpected<Error>(content.error());
    // key, certificate, mesh CA, in this order
    const std::size_t first = content->find(kBeginCertificate);
    const std::size_t second = first == std::string::npos ? first : content->find(kBeginCertificate, first + 1);
    if (second == std::string::npos) {
        return fail(
            Code::InvalidInput,
            fmt::format("{}: an identity holds a key, a certificate and the mesh CA's certificate; this file does not",
                        file));
    }
    const std::string_view text = *content;
    const auto key = NodeKey::from_pem(text.substr(0, first));
    if (!key) return fail(key.error(), file);
    const auto certificate = parse_certificate_pem(text.substr(first, second - first));
    if (!certificate) return fail(certificate.error(), file);
    auto identity = make_identity(*key, der_of(certificate->get()), text.substr(second));
    if (!identity) return fail(identity.error(), file);
    return identity;
}

Secret Identity::to_pem() const {
    return Secret(pem_of_private_key(parts_->key.get()) + pem_of(parts_->certificate.get()) + parts_->mesh_ca_pem);
}

Status Identity::save(const std::string& file) const {
    return write_file_atomically(file, to_pem().reveal(), Access::OwnerOnly);
}

const Member& Identity::member() const {
    return parts_->member;
}
evp_pkey_st* Identity::key() const {
    return parts_->key.get();
}
x509_st* Identity::certificate() const {
    return parts_->certificate.get();
}
const std::string& Identity::certificate_der() const {
    return parts_->certificate_der;
}
const std::string& Identity::mesh_ca_pem() const {
    return parts_->mesh_ca_pem;
}

Result<std::string> Identity::sign(std::string_view message) const {
    const DigestContext context(EVP_MD_CTX_new());
    const auto* const octets = reinterpret_cast<const unsigned char*>(message.data());
    std::string signature(64, '\0');
    std::size_t length = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, parts_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, octets,
                       message.size()) != 1) {
        return fail(Code::Internal, "signing: " + openssl_reason());
    }
    signature.resize(length);
    return signature;
}

}  // namespace culvert::crypto
