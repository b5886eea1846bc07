#include "tests/support/fault_proxy/tls_authority.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace culvert::test {
namespace {

constexpr unsigned char kHttp11Only[] = "\x08http/1.1";
constexpr unsigned char kH2First[] = "\x02h2\x08http/1.1";

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void* prefer_h2) {
    unsigned char* out = nullptr;
    const bool h2 = prefer_h2 != nullptr;
    const int found = SSL_select_next_proto(&out, length, h2 ? kH2First : kHttp11Only,
                                            h2 ? sizeof kH2First - 1 : sizeof kHttp11Only - 1, offered, offered_length);
    *chosen = out;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    if (extension == nullptr) return;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Result<std::unique_ptr<TlsAuthority>> TlsAuthority::load(const std::string& certificate, const std::string& key) {
    return load_pair(certificate, key, Shows::Made);
}

Result<std::unique_ptr<TlsAuthority>> TlsAuthority::load_host(const std::string& certificate, const std::string& key) {
    return load_pair(certificate, key, Shows::Own);
}

Result<std::unique_ptr<TlsAuthority>> TlsAuthority::load_pair(const std::string& certificate, const std::string& key,
                                                              Shows shows) {
    const File certificate_file(std::fopen(certificate.c_str(), "re"), &std::fclose);
    const File key_file(std::fopen(key.c_str(), "re"), &std::fclose);
    if (!certificate_file || !key_file) return fail(Code::InvalidInput, "cannot read " + certificate + " and " + key);
    Certificate ca(PEM_read_X509(certificate_file.get(), nullptr, nullptr, nullptr));
    Key ca_key(PEM_read_PrivateKey(key_file.get(), nullptr, nullptr, nullptr));
    if (!ca || !ca_key)
        return fail(Code::InvalidInput, certificate + " and " + key + " are not a certificate and a key in PEM");
    return std::unique_ptr<TlsAuthority>(new TlsAuthority(std::move(ca), std::move(ca_key), shows));
}

TlsAuthority::TlsAuthority(Certificate certificate, Key key, Shows shows)
    : shows_(shows),
      certificate_(std::move(certificate)),
      key_(std::move(key)),
      leaf_key_(EVP_EC_gen("P-256")),
      client_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_verify(client_.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_alpn_protos(client_.get(), kHttp11Only, sizeof kHttp11Only - 1);
}

TlsAuthority::~TlsAuthority() = default;

TlsAuthority::Certificate TlsAuthority::issue(const std::string& host) const {
    Certificate leaf(X509_new());
    X509_set_version(leaf.get(), 2);
    std::int64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(leaf.get()), serial & 0x7fffffffffffffff);
    constexpr long kDay_s = 24 * 3600;
    X509_gmtime_adj(X509_getm_notBefore(leaf.get()), -kDay_s);
    X509_gmtime_adj(X509_getm_notAfter(leaf.get()), 30 * kDay_s);
    X509_set_pubkey(leaf.get(), leaf_key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
    in6_addr scratch{};
    const bool is_address =
        ::inet_pton(AF_INET, host.c_str(), &scratch) == 1 || ::inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
    add_extension(leaf.get(), NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + host);
    add_extension(leaf.get(), NID_ext_key_usage, "serverAuth");
    X509_sign(leaf.get(), key_.get(), EVP_sha256());
    return leaf;
}

Result<SSL_CTX*> TlsAuthority::as_server(const std::string& host, bool prefer_h2) {
    const std::lock_guard lock(mutex_);
    Context& context = servers_[{host, prefer_h2}];
    if (!context) {
        context.reset(SSL_CTX_new(TLS_server_method()));
        const bool own = shows_ == Shows::Own;
        const Certificate made = own ? nullptr : issue(host);
        SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, prefer_h2 ? this : nullptr);
        const bool ready = SSL_CTX_use_certificate(context.get(), own ? certificate_.get() : made.get()) == 1 &&
                           SSL_CTX_use_PrivateKey(context.get(), own ? key_.get() : leaf_key_.get()) == 1 &&
                           (own || SSL_CTX_add1_chain_cert(context.get(), certificate_.get()) == 1);
        if (!ready) {
            servers_.erase({host, prefer_h2});
            return fail(Code::Internal, "cannot make a certificate for " + host);
        }
    }
    return context.get();
}

}  // namespace culvert::test
