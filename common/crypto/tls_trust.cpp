#include "common/crypto/tls_trust.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/crypto/openssl_handles.h"

namespace culvert::crypto {
namespace {

constexpr std::size_t kLongestShown = 200;  // of a name out of a foreign certificate
constexpr int kMostNamesShown = 8;
constexpr int kMostExtraCertificates = 1000;  // in one file: a whole system bundle has some 150

std::string bio_text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return excerpt(std::string_view(data, size > 0 ? static_cast<std::size_t>(size) : 0), kLongestShown);
}

std::string name_text(const X509_NAME* name) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    return bio_text(bio.get());
}

std::string time_text(const ASN1_TIME* time) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    ASN1_TIME_print_ex(bio.get(), time, ASN1_DTFLGS_ISO8601);
    return bio_text(bio.get());
}

std::string names_of(X509* leaf) {
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
    const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names);
    std::vector<std::string> shown;
    for (int i = 0; i < std::min(count, kMostNamesShown); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        const BioHandle bio(BIO_new(BIO_s_mem()));
        GENERAL_NAME_print(bio.get(),
                           const_cast<GENERAL_NAME*>(name));  // "DNS:relay.example.com", "IP Address:10.0.0.1"
        const std::string text = bio_text(bio.get());
        const std::size_t colon = text.find(':');
        shown.push_back(colon == std::string::npos ? text : text.substr(colon + 1));
    }
    if (count > kMostNamesShown) shown.push_back("…");
    GENERAL_NAMES_free(names);
    return join(shown, ", ");
}

std::string digest_of(X509* leaf, int (*digest)(const X509*, const EVP_MD*, unsigned char*, unsigned int*)) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int size = 0;
    CULVERT_CHECK(digest(leaf, EVP_sha256(), sum.data(), &size) == 1);
    return to_hex(std::span(sum).first(size));
}

// X509_pubkey_digest sums the bare key bits; pins are over the whole SubjectPublicKeyInfo, as everybody else writes
// them.
int public_key_digest(const X509* leaf, const EVP_MD* type, unsigned char* sum, unsigned int* size) {
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
    if (length <= 0) return 0;
    const int done = EVP_Digest(der, static_cast<std::size_t>(length), sum, size, type, nullptr);
    OPENSSL_free(der);
    return done;
}

void describe(X509* certificate, TlsVerdict& verdict) {
    verdict.subject = name_text(X509_get_subject_name(certificate));
    verdict.issuer = name_text(X509_get_issuer_name(certificate));
    verdict.not_before = time_text(X509_get0_notBefore(certificate));
    verdict.not_after = time_text(X509_get0_notAfter(certificate));
}

void describe_leaf(X509* leaf, TlsVerdict& verdict) {
    describe(leaf, verdict);
    verdict.names = names_of(leaf);
    verdict.sha256 = digest_of(leaf, &X509_digest);
    verdict.public_key_sha256 = digest_of(leaf, &public_key_digest);
}

TlsVerdict::Failure failure_of(int error) {
    switch (error) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return TlsVerdict::Failure::UnknownIssuer;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TlsVerdict::Failure::NotYetValid;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TlsVerdict::Failure::Expired;
        default:
            return TlsVerdict::Failure::Other;
    }
}

int refuse(X509_STORE_CTX* handshake, TlsVerdict& verdict, TlsVerdict::Failure failure, std::string reason) {
    verdict.failure = failure;
    verdict.reason = std::move(reason);
    if (X509_STORE_CTX_get_error(handshake) == X509_V_OK)
        X509_STORE_CTX_set_error(handshake, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

int verify_by_store(X509_STORE_CTX* handshake, void* into) noexcept {
    auto& verdict = *static_cast<TlsVerdict*>(into);
    describe_leaf(X509_STORE_CTX_get0_cert(handshake), verdict);
    if (X509_verify_cert(handshake) == 1) return 1;
    const int error = X509_STORE_CTX_get_error(handshake);
    const TlsVerdict::Failure failure = failure_of(error);
    X509* at_fault = X509_STORE_CTX_get_current_cert(handshake);
    if (failure != TlsVerdict::Failure::UnknownIssuer && at_fault != nullptr) describe(at_fault, verdict);
    return refuse(handshake, verdict, failure, X509_verify_cert_error_string(error));
}

int verify_nothing(X509_STORE_CTX* handshake, void* into) noexcept {
    describe_leaf(X509_STORE_CTX_get0_cert(handshake), *static_cast<TlsVerdict*>(into));
    X509_STORE_CTX_set_error(handshake, X509_V_OK);
    return 1;
}

// Where a context keeps the pins for verify_by_pins.
int pins_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int verify_by_pins(X509_STORE_CTX* handshake, void* into) noexcept {
    auto& verdict = *static_cast<TlsVerdict*>(into);
    describe_leaf(X509_STORE_CTX_get0_cert(handshake), verdict);
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(handshake, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& pins =
        *static_cast<const std::vector<std::string>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), pins_index()));
    for (const std::string& pin : pins) {
        if (pin == verdict.sha256 || pin == verdict.public_key_sha256) {
            X509_STORE_CTX_set_error(handshake, X509_V_OK);
            return 1;
        }
    }
    return refuse(handshake, verdict, TlsVerdict::Failure::NotPinned, "not a pinned certificate");
}

Result<std::string> parse_pin(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == ':') continue;
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) digits.clear();
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0) break;
        digits.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
    if (digits.size() != 64)
        return fail(Code::InvalidInput, "pin '" + excerpt(text, 80) + "' is not a SHA-256 sum: write 64 hex digits");
    return digits;
}

Status add_file(X509_STORE* store, const std::string& file) {
    const BioHandle bio(BIO_new_file(file.c_str(), "r"));
    if (bio == nullptr) {
        ERR_clear_error();
        return fail(Code::InvalidInput, "extra CA file " + file + " cannot be read");
    }
    int count = 0;
    while (const CertificateHandle certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        CULVERT_CHECK(X509_STORE_add_cert(store, certificate.get()) == 1);  // one that is there already counts as added
        if (++count > kMostExtraCertificates)
            return fail(Code::InvalidInput, "extra CA file " + file + " holds too many certificates");
    }
    const unsigned long error = ERR_peek_last_error();
    const bool broken = ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (count == 0) return fail(Code::InvalidInput, "extra CA file " + file + " holds no PEM certificate");
    if (broken)
        return fail(Code::InvalidInput,
                    "extra CA file " + file + ": certificate " + std::to_string(count + 1) + " is damaged");
    return {};
}

}  // namespace

struct TlsTrust::Parts {
    StoreHandle store;
    std::vector<std::string> pins;
    bool verify = true;
};

Result<TlsTrust> TlsTrust::load(const std::vector<std::string>& extra_ca_files, const std::vector<std::string>& pins) {
    auto parts = std::make_shared<Parts>();
    parts->store.reset(X509_STORE_new());
    CULVERT_CHECK(parts->store != nullptr);
    X509_STORE_set_default_paths(
        parts->store
            .get());  // looked into when a certificate is needed; a machine without one trusts the extra CAs only
    ERR_clear_error();
    X509_STORE_set_flags(parts->store.get(), X509_V_FLAG_PARTIAL_CHAIN);  // an extra CA may be an intermediate one
    for (const std::string& file : extra_ca_files) {
        if (Status added = add_file(parts->store.get(), file); !added) return tl::unexpected(added.error());
    }
    for (const std::string& pin : pins) {
        Result<std::string> parsed = parse_pin(pin);
        if (!parsed) return tl::unexpected(parsed.error());
        parts->pins.push_back(std::move(*parsed));
    }
    TlsTrust trust;
    trust.parts_ = std::move(parts);
    return trust;
}

TlsTrust TlsTrust::unverified() {
    auto parts = std::make_shared<Parts>();
    parts->store.reset(X509_STORE_new());
    CULVERT_CHECK(parts->store != nullptr);
    X509_STORE_set_default_paths(parts->store.get());
    ERR_clear_error();
    parts->verify = false;
    TlsTrust trust;
    trust.parts_ = std::move(parts);
    return trust;
}

bool TlsTrust::verifies_names() const {
    return parts_->verify && parts_->pins.empty();
}

void TlsTrust::use_for_proxy(ssl_ctx_st* context, TlsVerdict* verdict) const {
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set1_cert_store(context, parts_->store.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &verify_by_store, verdict);
}

void TlsTrust::use_for_origin(ssl_ctx_st* context, TlsVerdict* verdict) const {
    use_for_proxy(context, verdict);
    if (!parts_->verify) {
        SSL_CTX_set_cert_verify_callback(context, &verify_nothing, verdict);
    } else if (!parts_->pins.empty()) {
        CULVERT_CHECK(
            SSL_CTX_set_ex_data(context, pins_index(), const_cast<std::vector<std::string>*>(&parts_->pins)) == 1);
        SSL_CTX_set_cert_verify_callback(context, &verify_by_pins, verdict);
    }
}

}  // namespace culvert::crypto
