// Certificates between their two forms: DER octets, which are compared and digested, and PEM text, which lies in files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/node_id.h"
#include "common/base/result.h"

namespace culvert::crypto {

inline constexpr std::size_t kLargestCertificate = 8 << 10;  // DER octets

// The first certificate of the text.
Result<std::string> certificate_der_of(std::string_view pem);
Result<std::string> certificate_pem_of(std::string_view der);
// SHA-256 over the certificate's SubjectPublicKeyInfo: pins of web certificates, and (16 octets of it) node ids.
Result<std::string> public_key_sha256(std::string_view certificate_der);

}  // namespace culvert::crypto
