#include "common/crypto/revocation_list.h"

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

IntegerHandle integer_of_hex(const std::string& hex) {
    BIGNUM* raw = nullptr;
    if (hex.empty() || BN_hex2bn(&raw, hex.c_str()) != static_cast<int>(hex.size())) {
        BN_free(raw);
        return nullptr;
    }
    const BigNumber number(raw);
    return IntegerHandle(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

Status add_revocation(X509_CRL* crl, const Revocation& revocation) {
    const IntegerHandle serial = integer_of_hex(revocation.serial);
    if (!serial)
        return fail(Code::InvalidInput, fmt::format("\"{}\" is not a certificate's serial", revocation.serial));
    RevokedHandle entry(X509_REVOKED_new());
    CULVERT_CHECK(entry && X509_REVOKED_set_serialNumber(entry.get(), serial.get()) == 1);
    CULVERT_CHECK(X509_REVOKED_set_revocationDate(entry.get(), asn1_time(revocation.at).get()) == 1);
    CULVERT_CHECK(X509_CRL_add0_revoked(crl, entry.release()) == 1);
    return {};
}

}  // namespace

Result<std::string> sign_revocations(const RevocationList& list, X509* ca, EVP_PKEY* ca_key) {
    const CrlHandle crl(X509_CRL_new());
    CULVERT_CHECK(crl && X509_CRL_set_version(crl.get(), 1) == 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca));
    X509_CRL_set1_lastUpdate(crl.get(), asn1_time(list.issued).get());
    for (const Revocation& revocation : list.revocations) {
        if (const Status added = add_revocation(crl.get(), revocation); !added)
            return tl::unexpected<Error>(added.error());
    }
    X509_CRL_sort(crl.get());
    const IntegerHandle number(ASN1_INTEGER_new());
    CULVERT_CHECK(number && ASN1_INTEGER_set_uint64(number.get(), list.number) == 1);
    CULVERT_CHECK(X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, number.get(), 0, 0) == 1);
    if (X509_CRL_sign(crl.get(), ca_key, nullptr) <= 0)
        return fail(Code::Internal, "signing a revocation list: " + openssl_reason());
    unsigned char* octets = nullptr;
    const int length = i2d_X509_CRL(crl.get(), &octets);
    CULVERT_CHECK(length > 0);
    std::string der(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
}

Result<CrlHandle> parse_crl(std::string_view der) {
    if (der.empty() || der.size() > kLargestRevocationList)
        return fail(Code::InvalidInput, fmt::format("a revocation list of {} octets", der.size()));
    const auto* position = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = position + der.size();
    CrlHandle crl(d2i_X509_CRL(nullptr, &position, static_cast<long>(der.size())));
    if (!crl || position != end) {
        ERR_clear_error();
        return fail(Code::InvalidInput, "not a revocation list (X.509 CRL)");
    }
    return crl;
}

RevocationList read_crl(X509_CRL* crl) {
    RevocationList list;
    list.issued = time_of(X509_CRL_get0_lastUpdate(crl));
    const IntegerHandle number(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
    if (!number || ASN1_INTEGER_get_uint64(&list.number, number.get()) != 1) list.number = 0;
    ERR_clear_error();
    const STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl);
    const int count = entries == nullptr ? 0 : sk_X509_REVOKED_num(entries);
    for (int i = 0; i < count; ++i) {
        const X509_REVOKED* const entry = sk_X509_REVOKED_value(entries, i);
        list.revocations.push_back(
            {hex_of(X509_REVOKED_get0_serialNumber(entry)), time_of(X509_REVOKED_get0_revocationDate(entry))});
    }
    return list;
}

Result<RevocationList> parse_revocations(std::string_view crl_der) {
    const auto crl = parse_crl(crl_der);
    if (!crl) return tl::unexpected<Error>(crl.error());
    return read_crl(crl->get());
}

}  // namespace culvert::crypto
