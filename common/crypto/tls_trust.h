// Which web certificates a dial believes: those of the system's store and of extra CAs, which are added to it and never
// replace it; or exactly the pinned ones. Immutable after loading and thread-safe: one object serves every dial of a
// process, which then parse no CA file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

// OpenSSL's type, named here so that no header of OpenSSL is needed to pass a trust on.
struct ssl_ctx_st;

namespace culvert::crypto {

// What the peer showed in one handshake and what was wrong with it. Must outlive the SSL_CTX it was given to.
struct TlsVerdict {
    enum class Failure { None, UnknownIssuer, NotYetValid, Expired, NotPinned, Other };

    Failure failure = Failure::None;  // of the chain; the name is checked by the TLS client itself
    std::string reason;               // OpenSSL's words
    std::string subject, issuer;      // of the certificate at fault, else of the leaf; bounded and printable
    std::string names;                // the leaf's subjectAltName: "relay.example.com, *.example.com"
    std::string sha256;               // of the leaf, 64 hex digits; empty: no certificate was shown
    std::string public_key_sha256;    // of its SubjectPublicKeyInfo
    std::string not_before, not_after;
};

class TlsTrust {
  public:
    // System store (SSL_CERT_FILE and SSL_CERT_DIR are honoured) plus the certificates of these PEM files. With `pins`
    // (SHA-256 in hex of a certificate, or of its public key) an origin must show one of exactly these, whoever issued
    // it and whatever its name; proxies are still verified by the store.
    static Result<TlsTrust> load(const std::vector<std::string>& extra_ca_files,
                                 const std::vector<std::string>& pins = {});
    // For load targets with verification turned off, and to ask a relay for the time; never to be admitted by one.
    static TlsTrust unverified();

    bool verifies_names() const;  // false for pins and unverified: the certificate itself is the identity
    // Proxies: the store alone. Origins: the store or the pins. Also allows resumed writes from another buffer, which
    // curl_easy_send needs.
    void use_for_proxy(ssl_ctx_st* context, TlsVerdict* verdict) const;
    void use_for_origin(ssl_ctx_st* context, TlsVerdict* verdict) const;

  private:
    struct Parts;
    std::shared_ptr<const Parts> parts_;
};

}  // namespace culvert::crypto
