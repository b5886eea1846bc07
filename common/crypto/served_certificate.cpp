#include "common/crypto/served_certificate.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <openssl/pem.h>

#include "common/base/text.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

Result<std::string> read_pem(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(Code::InvalidInput, file + ": " + std::strerror(errno));
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.view().empty()) return fail(Code::InvalidInput, file + ": empty, or not readable");
    if (text.view().size() > kLargestFile) return fail(Code::InvalidInput, file + ": larger than 1 MiB");
    return std::move(text).str();
}

// What follows the first certificate: a server that stumbles over it halfway is left with a certificate and no key.
Status check_chain(const std::string& pem) {
    const BioHandle bio = read_only_bio(pem);
    for (int number = 1;; ++number) {
        const CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (certificate) continue;
        const bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        ERR_clear_error();
        if (end && number > 1) return {};
        return fail(Code::InvalidInput,
                    "certificate " + std::to_string(number) + " of the chain is damaged; write the whole chain again");
    }
}

// A server starts without anybody at its terminal to ask.
int refuse_password(char*, int, int, void*) {
    return -1;
}

Result<KeyHandle> read_key(const std::string& file) {
    const auto pem = read_pem(file);
    if (!pem) return fail(pem.error().code, pem.error().message);
    const BioHandle bio = read_only_bio(*pem);
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_password, nullptr));
    if (key) return key;
    ERR_clear_error();
    const bool encrypted = pem->find("ENCRYPTED") != std::string::npos;
    return fail(Code::InvalidInput,
                file + (encrypted ? ": the key is encrypted; write it without a password (openssl pkey -in …)"
                                  : ": holds no private key in PEM"));
}

}  // namespace

Result<ServedCertificate> load_served_certificate(const std::string& certificate_file, const std::string& key_file) {
    const auto pem = read_pem(certificate_file);
    if (!pem) return tl::unexpected<Error>(pem.error());
    const auto certificate = parse_certificate_pem(*pem);
    if (!certificate) return fail(certificate.error(), certificate_file);
    if (const Status whole = check_chain(*pem); !whole) return fail(whole.error(), certificate_file);
    const auto key = read_key(key_file);
    if (!key) return tl::unexpected<Error>(key.error());
    const bool belong_together = X509_check_private_key(certificate->get(), key->get()) == 1;
    ERR_clear_error();
    if (!belong_together) return fail(Code::InvalidInput, key_file + ": is not the key of " + certificate_file);

    ServedCertificate served;
    const std::string digest = public_key_digest(key->get());
    served.public_key_sha256 = to_hex({reinterpret_cast<const unsigned char*>(digest.data()), digest.size()});
    served.not_before = time_of(X509_get0_notBefore(certificate->get()));
    served.not_after = time_of(X509_get0_notAfter(certificate->get()));
    return served;
}

}  // namespace culvert::crypto
