// A self-signed certificate for a laboratory's relay, where no public one can be had. Tokens and configurations pin its
// public key.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::crypto {

inline constexpr Duration kWebCertificateLife = std::chrono::hours{24} * 3650;

struct WebCertificate {
    std::string certificate_pem;
    std::string key_pem;            // a secret
    std::string public_key_sha256;  // 32 octets, what is pinned
};

// ECDSA P-256. `host`: a DNS name or an IP address; localhost also gets 127.0.0.1 and ::1.
Result<WebCertificate> make_web_certificate(const std::string& host, const Clock& clock);
// localhost, an IP address or *.test: no public CA certifies these.
bool is_lab_host(std::string_view host);

}  // namespace culvert::crypto
