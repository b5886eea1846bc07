#include "common/crypto/pem.h"

#include "common/crypto/x509_text.h"

namespace culvert::crypto {

Result<std::string> certificate_der_of(std::string_view pem) {
    const auto certificate = parse_certificate_pem(pem);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    return der_of(certificate->get());
}

Result<std::string> certificate_pem_of(std::string_view der) {
    const auto certificate = parse_certificate(der);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    return pem_of(certificate->get());
}

Result<std::string> public_key_sha256(std::string_view certificate_der) {
    const auto certificate = parse_certificate(certificate_der);
    if (!certificate) return tl::unexpected<Error>(certificate.error());
    EVP_PKEY* const key = X509_get0_pubkey(certificate->get());
    if (key == nullptr) return fail(Code::InvalidInput, "the certificate holds a key of an unknown kind");
    return public_key_digest(key);
}

}  // namespace culvert::crypto
