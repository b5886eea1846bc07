// The TLS settings of a channel, the same on both ends: version 1.3, certificates from both sides, nothing that
// outlives the connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "common/base/result.h"
#include "common/crypto/identity.h"
#include "common/crypto/openssl_handles.h"

namespace culvert::tunnel::channel {

using ContextHandle = std::unique_ptr<SSL_CTX, crypto::Freed<SSL_CTX_free>>;
using TlsHandle = std::unique_ptr<SSL, crypto::Freed<SSL_free>>;

enum class End { Client, Server };

ContextHandle make_context(End end, const crypto::Identity& identity);

// How a refused certificate is told to the peer: an X509_V_ERR_… that OpenSSL turns into the fitting alert.
int verify_error_of(crypto::RefusalReason reason);
// What the peer's fatal alert means for an operator on this side; `alert` as in RFC 8446, section 6.
std::string alert_text(int alert);

}  // namespace culvert::tunnel::channel
