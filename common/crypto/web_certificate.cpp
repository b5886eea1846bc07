#include "common/crypto/web_certificate.h"

#include <arpa/inet.h>

#include <algorithm>

#include <fmt/format.h>
#include <openssl/ec.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/crypto/digest.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

bool is_ip_address(const std::string& host) {
    unsigned char address[16];
    return ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
}

bool is_dns_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

KeyHandle new_p256_key() {
    KeyHandle key(EVP_EC_gen("P-256"));
    CULVERT_CHECK(key != nullptr);
    return key;
}

}  // namespace

bool is_lab_host(std::string_view host) {
    const std::string name = to_lower_ascii(host);
    return name == "localhost" || name.ends_with(".localhost") || name == "test" || name.ends_with(".test") ||
           is_ip_address(name);
}

Result<WebCertificate> make_web_certificate(const std::string& host, const Clock& clock) {
    const bool address = is_ip_address(host);
    if (!address && !is_dns_name(host))
        return fail(Code::InvalidInput,
                    fmt::format("\"{}\" is neither a host name nor an IP address", excerpt(host, 80)));
    const KeyHandle key = new_p256_key();
    const CertificateHandle certificate(X509_new());
    CULVERT_CHECK(certificate && X509_set_version(certificate.get(), 2) == 1);
    std::string serial = random_bytes(16);
    serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
    const BigNumber number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), static_cast<int>(serial.size()), nullptr));
    CULVERT_CHECK(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr);
    // A common name holds 64 characters; verifiers look at the alternative names only.
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    if (const Status named = set_common_name(name, host.substr(0, 64)); !named)
        return tl::unexpected<Error>(named.error());
    X509_set_issuer_name(certificate.get(), name);
    const WallTime begin = clock.wall_now() - std::chrono::minutes{5};
    X509_set1_notBefore(certificate.get(), asn1_time(begin).get());
    X509_set1_notAfter(certificate.get(), asn1_time(begin + kWebCertificateLife).get());
    X509_set_pubkey(certificate.get(), key.get());

    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate.get(), certificate.get(), nullptr, nullptr, 0);
    std::string alternative = (address ? "IP:" : "DNS:") + host;
    if (to_lower_ascii(host) == "localhost") alternative += ",IP:127.0.0.1,IP:::1";
    const std::pair<int, std::string> extensions[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                                                      {NID_key_usage, "critical,digitalSignature"},
                                                      {NID_ext_key_usage, "serverAuth"},
                                                      {NID_subject_alt_name, alternative}};
    for (const auto& [nid, value] : extensions) {
        if (const Status added = add_extension(certificate.get(), context, nid, value); !added)
            return tl::unexpected<Error>(added.error());
    }
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) <= 0)
        return fail(Code::Internal, "signing a web certificate: " + openssl_reason());
    return WebCertificate{pem_of(certificate.get()), pem_of_private_key(key.get()), public_key_digest(key.get())};
}

}  // namespace culvert::crypto
