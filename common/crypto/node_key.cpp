#include "common/crypto/node_key.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include "common/base/check.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

// Without one, OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) {
    return 0;
}

std::string common_name_of(X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) return {};
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

}  // namespace

NodeKey NodeKey::generate() {
    return NodeKey(std::shared_ptr<EVP_PKEY>(new_ed25519_key().release(), EVP_PKEY_free));
}

Result<NodeKey> NodeKey::from_pem(std::string_view pem) {
    const BioHandle bio = read_only_bio(pem);
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) return fail(Code::InvalidInput, "no private key in PEM: " + openssl_reason());
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
        return fail(Code::InvalidInput, "the private key is not Ed25519");
    return NodeKey(std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free));
}

std::string NodeKey::to_pem() const {
    return pem_of_private_key(key_.get());
}
NodeId NodeKey::id() const {
    return node_id_of(key_.get());
}

std::string NodeKey::signing_request(const std::string& name) const {
    const RequestHandle request(X509_REQ_new());
    CULVERT_CHECK(request && X509_REQ_set_version(request.get(), 0) == 1);
    CULVERT_CHECK(set_common_name(X509_REQ_get_subject_name(request.get()), name).has_value());
    CULVERT_CHECK(X509_REQ_set_pubkey(request.get(), key_.get()) == 1);
    CULVERT_CHECK(X509_REQ_sign(request.get(), key_.get(), nullptr) > 0);
    unsigned char* octets = nullptr;
    const int length = i2d_X509_REQ(request.get(), &octets);
    CULVERT_CHECK(length > 0);
    std::string der(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
}

Result<SigningRequest> read_signing_request(std::string_view der) {
    const auto request = parse_signing_request(der);
    if (!request) return tl::unexpected<Error>(request.error());
    return SigningRequest{.name = common_name_of(X509_REQ_get_subject_name(request->get())),
                          .id = node_id_of(X509_REQ_get0_pubkey(request->get()))};
}

Result<RequestHandle> parse_signing_request(std::string_view der) {
    if (der.empty() || der.size() > kLargestSigningRequest) {
        return fail(Code::InvalidInput, fmt::format("a signing request of {} octets; at most {} are possible",
                                                    der.size(), kLargestSigningRequest));
    }
    const auto* position = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = position + der.size();
    RequestHandle request(d2i_X509_REQ(nullptr, &position, static_cast<long>(der.size())));
    if (!request || position != end) {
        ERR_clear_error();
        return fail(Code::InvalidInput, "not a signing request (PKCS #10)");
    }
    EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
        ERR_clear_error();
        return fail(Code::InvalidInput, "the signing request's key is not Ed25519");
    }
    if (X509_REQ_verify(request.get(), key) != 1) {
        ERR_clear_error();
        return fail(Code::Unauthorized, "the signing request is not signed by its own key");
    }
    return request;
}

}  // namespace culvert::crypto
