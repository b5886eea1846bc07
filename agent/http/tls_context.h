// TLS towards targets: trust, verification and what is common to all connections of one worker thread. OpenSSL stays
// behind this and transport.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/http/url.h"
#include "common/base/result.h"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct x509_store_st;

namespace culvert::agent::http {

struct SslFree {
    void operator()(ssl_st* ssl) const;
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_session_st* session) const;
    void operator()(x509_store_st* store) const;
};
using Ssl = std::unique_ptr<ssl_st, SslFree>;
using SslSession = std::unique_ptr<ssl_session_st, SslFree>;

// Who may vouch for targets: the system's store and extra CAs. Immutable; shared by all threads.
class TargetTrust {
  public:
    static Result<TargetTrust> load(const std::vector<std::string>& extra_ca_files, bool verify);

    bool verify() const { return verify_; }
    x509_store_st* store() const { return store_.get(); }

  private:
    std::shared_ptr<x509_store_st> store_;  // never changed after load(): OpenSSL locks it only while it is searched
    bool verify_ = true;
};

// One thread only.
class TlsContext {
  public:
    static Result<TlsContext> make(const TargetTrust& trust);

    // A client for `origin`: SNI, the name to verify, and `session` to resume if it is not null. `newest` is set to the
    // sessions that the server hands out; it outlives the connection.
    Result<Ssl> client(const Origin& origin, ssl_session_st* session, SslSession& newest) const;

  private:
    std::unique_ptr<ssl_ctx_st, SslFree> context_;
    bool verify_ = true;
};

// Why the last OpenSSL call of this thread failed, in words; for a verification that failed: which check, on which
// certificate.
std::string tls_problem(const ssl_st* ssl);

}  // namespace culvert::agent::http
