#include "agent/http/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace culvert::agent::http {
namespace {

// Where client() leaves the address of `newest`, for the callback that gets sessions.
int session_slot() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

extern "C" int culvert_take_session(SSL* ssl, SSL_SESSION* session) noexcept {
    static_cast<SslSession*>(SSL_get_ex_data(ssl, session_slot()))->reset(session);
    return 1;  // the session is ours now
}

bool is_address(const std::string& host) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::string openssl_reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

}  // namespace

void SslFree::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}
void SslFree::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}
void SslFree::operator()(ssl_session_st* session) const {
    SSL_SESSION_free(session);
}
void SslFree::operator()(x509_store_st* store) const {
    X509_STORE_free(store);
}

Result<TargetTrust> TargetTrust::load(const std::vector<std::string>& extra_ca_files, bool verify) {
    TargetTrust trust;
    trust.verify_ = verify;
    trust.store_ = std::shared_ptr<x509_store_st>(X509_STORE_new(), SslFree{});
    if (!trust.store_) return fail(Code::Internal, "TLS: no store for certificates: " + openssl_reason());
    if (verify) {
        X509_STORE_set_default_paths(trust.store_.get());  // a machine without a store still has its extra CAs
        ERR_clear_error();
    }
    for (const std::string& file : extra_ca_files) {
        if (X509_STORE_load_file(trust.store_.get(), file.c_str()) != 1) {
            return fail(Code::InvalidInput, "extra CA " + file + " holds no readable certificate: " + openssl_reason());
        }
    }
    return trust;
}

Result<TlsContext> TlsContext::make(const TargetTrust& trust) {
    TlsContext result;
    result.verify_ = trust.verify();
    result.context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = result.context_.get();
    if (context == nullptr) return fail(Code::Internal, "TLS: no context: " + openssl_reason());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set1_cert_store(context, trust.store());
    SSL_CTX_set_verify(context, trust.verify() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, culvert_take_session);
    static constexpr unsigned char kHttp11[] = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, kHttp11, sizeof kHttp11 - 1);
    return result;
}

Result<Ssl> TlsContext::client(const Origin& origin, ssl_session_st* session, SslSession& newest) const {
    Ssl ssl(SSL_new(context_.get()));
    if (!ssl) return fail(Code::Overloaded, "TLS: no memory for a connection: " + openssl_reason());
    SSL_set_connect_state(ssl.get());
    SSL_set_ex_data(ssl.get(), session_slot(), &newest);
    const bool address = is_address(origin.host);
    if (!address) SSL_set_tlsext_host_name(ssl.get(), origin.host.c_str());
    if (verify_) {
        const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), origin.host.c_str())
                                : SSL_set1_host(ssl.get(), origin.host.c_str());
        if (set != 1)
            return fail(Code::Internal, "TLS: cannot verify the name " + origin.host + ": " + openssl_reason());
    }
    if (session != nullptr && SSL_SESSION_is_resumable(session) == 1) SSL_set_session(ssl.get(), session);
    return ssl;
}

std::string tls_problem(const ssl_st* ssl) {
    const long verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK) {
        ERR_clear_error();
        const bool unknown_issuer = verified == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                                    verified == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
                                    verified == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
        return std::string("certificate not accepted: ") + X509_verify_cert_error_string(verified) +
               (unknown_issuer ? "; a CA of your own goes into load.extra_ca of agent.yaml" : "");
    }
    return openssl_reason();
}

}  // namespace culvert::agent::http
