// Makes the X.509 form (CRL) of a RevocationList; seen only by the .cpp files of this folder.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/openssl_handles.h"

namespace culvert::crypto {

Result<std::string> sign_revocations(const RevocationList& list, X509* ca, EVP_PKEY* ca_key);
Result<CrlHandle> parse_crl(std::string_view der);
RevocationList read_crl(X509_CRL* crl);

}  // namespace culvert::crypto
