// Whom a middlebox shows itself as: the CA of an inspecting one makes a certificate for each host that is asked for;
// one that has a host's own certificate and key is that host.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include "common/base/result.h"

namespace culvert::test {

// Thread-safe.
class TlsAuthority {
  public:
    // PEM files of the CA.
    static Result<std::unique_ptr<TlsAuthority>> load(const std::string& certificate, const std::string& key);
    // PEM files of the one host that it is.
    static Result<std::unique_ptr<TlsAuthority>> load_host(const std::string& certificate, const std::string& key);
    ~TlsAuthority();
    TlsAuthority(const TlsAuthority&) = delete;
    TlsAuthority& operator=(const TlsAuthority&) = delete;

    // To pose as `host`; `prefer_h2`: chooses HTTP/2 whenever the client offers it. Lives as long as this.
    Result<SSL_CTX*> as_server(const std::string& host, bool prefer_h2);
    // Towards the real host; believes any certificate.
    SSL_CTX* as_client() const { return client_.get(); }

  private:
    struct Free {
        void operator()(X509* x) const { X509_free(x); }
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    using Certificate = std::unique_ptr<X509, Free>;
    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Context = std::unique_ptr<SSL_CTX, Free>;

    enum class Shows { Made, Own };
    static Result<std::unique_ptr<TlsAuthority>> load_pair(const std::string& certificate, const std::string& key,
                                                           Shows shows);
    TlsAuthority(Certificate certificate, Key key, Shows shows);
    Certificate issue(const std::string& host) const;

    const Shows shows_;
    const Certificate certificate_;
    const Key key_;       // of the CA, or of the host
    const Key leaf_key_;  // of all hosts
    Context client_;
    std::mutex mutex_;
    std::map<std::pair<std::string, bool>, Context> servers_;
};

}  // namespace culvert::test
