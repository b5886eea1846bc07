// Small conversions between OpenSSL's objects and ours, shared by the .cpp files of this folder.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/node_id.h"
#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "common/crypto/openssl_handles.h"

namespace culvert::crypto {

// Whole input or nothing: octets after the certificate are an error.
Result<CertificateHandle> parse_certificate(std::string_view der);
Result<CertificateHandle> parse_certificate_pem(std::string_view pem);
// Verifies the request's own signature; Ed25519 only.
Result<RequestHandle> parse_signing_request(std::string_view der);
std::string der_of(X509* certificate);
std::string pem_of(X509* certificate);
std::string pem_of_private_key(EVP_PKEY* key);
BioHandle read_only_bio(std::string_view text);
std::string content_of(BIO* memory);

std::string public_key_digest(EVP_PKEY* key);  // SHA-256 of SubjectPublicKeyInfo
NodeId node_id_of(EVP_PKEY* key);
KeyHandle new_ed25519_key();

std::string hex_of(const ASN1_INTEGER* serial);
WallTime time_of(const ASN1_TIME* time);
TimeHandle asn1_time(WallTime time);

// What the certificate says, believed as it stands: verify first. `mesh` is checked by nobody here.
Result<Member> read_member(X509* certificate);
// The mesh whose CA this is; InvalidInput if it is no mesh CA.
Result<std::string> read_ca_mesh(X509* certificate);
std::string member_uri(std::string_view mesh, Role role, std::string_view name, bool ephemeral);
std::string ca_uri(std::string_view mesh);

Status set_common_name(X509_NAME* name, std::string_view value);
Status add_extension(X509* certificate, X509V3_CTX& context, int nid, const std::string& value);

}  // namespace culvert::crypto
