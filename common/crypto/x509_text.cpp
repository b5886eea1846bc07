#include "common/crypto/x509_text.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <openssl/pem.h>

#include "common/base/check.h"
#include "common/base/name.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/pem.h"

namespace culvert::crypto {
namespace {

constexpr std::string_view kScheme = "culvert://";
constexpr std::string_view kEphemeral = "?ephemeral";
constexpr int kLargestPem = 1 << 20;

std::string der_of_public_key(EVP_PKEY* key) {
    unsigned char* octets = nullptr;
    const int length = i2d_PUBKEY(key, &octets);
    CULVERT_CHECK(length > 0);
    std::string out(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return out;
}

// The culvert:// URI among the subject's alternative names; empty if there is none or more than one.
std::string culvert_uri(X509* certificate) {
    const GeneralNamesHandle names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    if (!names) return {};
    std::string found;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI) continue;
        const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
        const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                    static_cast<std::size_t>(ASN1_STRING_length(uri)));
        if (!text.starts_with(kScheme)) continue;
        if (!found.empty()) return {};
        found = text;
    }
    return found;
}

}  // namespace

BioHandle read_only_bio(std::string_view text) {
    const int length = static_cast<int>(std::min<std::size_t>(text.size(), kLargestPem));
    BioHandle bio(BIO_new_mem_buf(text.empty() ? "" : text.data(), length));
    CULVERT_CHECK(bio != nullptr);
    return bio;
}

std::string content_of(BIO* memory) {
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory, &data);
    return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

Result<CertificateHandle> parse_certificate(std::string_view der) {
    if (der.empty() || der.size() > kLargestCertificate) {
        return fail(Code::InvalidInput, fmt::format("a certificate of {} octets; at most {} are possible", der.size(),
                                                    kLargestCertificate));
    }
    const auto* position = reinterpret_cast<const unsigned char*>(der.data());
    const auto* const end = position + der.size();
    CertificateHandle certificate(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
    if (!certificate) return fail(Code::InvalidInput, "not an X.509 certificate: " + openssl_reason());
    if (position != end) return fail(Code::InvalidInput, "octets follow after the certificate");
    return certificate;
}

Result<CertificateHandle> parse_certificate_pem(std::string_view pem) {
    const BioHandle bio = read_only_bio(pem);
    CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) return fail(Code::InvalidInput, "no PEM certificate: " + openssl_reason());
    return certificate;
}

std::string der_of(X509* certificate) {
    unsigned char* octets = nullptr;
    const int length = i2d_X509(certificate, &octets);
    CULVERT_CHECK(length > 0);
    std::string out(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return out;
}

std::string pem_of(X509* certificate) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    CULVERT_CHECK(bio && PEM_write_bio_X509(bio.get(), certificate) == 1);
    return content_of(bio.get());
}

std::string pem_of_private_key(EVP_PKEY* key) {
    const BioHandle bio(BIO_new(BIO_s_secmem()));
    CULVERT_CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return content_of(bio.get());
}

std::string public_key_digest(EVP_PKEY* key) {
    return crypto::sha256(der_of_public_key(key));
}

NodeId node_id_of(EVP_PKEY* key) {
    const std::string digest = public_key_digest(key);
    NodeId id;
    std::transform(digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(id.bytes.size()), id.bytes.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    return id;
}

KeyHandle new_ed25519_key() {
    const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
    EVP_PKEY* key = nullptr;
    CULVERT_CHECK(context && EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_keygen(context.get(), &key) == 1);
    return KeyHandle(key);
}

std::string hex_of(const ASN1_INTEGER* serial) {
    const BigNumber number(ASN1_INTEGER_to_BN(serial, nullptr));
    CULVERT_CHECK(number != nullptr);
    std::string octets(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(octets.data()));
    return to_hex({reinterpret_cast<const unsigned char*>(octets.data()), octets.size()});
}

WallTime time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return WallTime{};
    return from_unix_seconds(::timegm(&parts));
}

TimeHandle asn1_time(WallTime time) {
    TimeHandle out(ASN1_TIME_set(nullptr, static_cast<std::time_t>(unix_seconds(time))));
    CULVERT_CHECK(out != nullptr);
    return out;
}

Result<Member> read_member(X509* certificate) {
    const std::string uri = culvert_uri(certificate);
    std::string_view rest = uri;
    Member member;
    if (rest.empty()) return fail(Code::Unauthorized, "not a node's certificate: it names no mesh and no role");
    rest.remove_prefix(kScheme.size());
    if (rest.ends_with(kEphemeral)) {
        member.ephemeral = true;
        rest.remove_suffix(kEphemeral.size());
    }
    const auto parts = split(rest, '/');
    const bool agent = parts.size() == 3 && parts[1] == "agent";
    const bool controller = parts.size() == 3 && parts[1] == "controller";
    if ((!agent && !controller) || !check_name(parts[0], "mesh") || !check_name(parts[2], "name")) {
        return fail(Code::Unauthorized,
                    fmt::format("not a node's certificate: \"{}\" names no mesh, role and name", excerpt(uri, 80)));
    }
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)
        return fail(Code::Unauthorized, "not a node's certificate: its key is not Ed25519");
    member.mesh = parts[0];
    member.name = parts[2];
    member.role = agent ? Role::Agent : Role::Controller;
    member.id = node_id_of(key);
    member.not_before = time_of(X509_get0_notBefore(certificate));
    member.not_after = time_of(X509_get0_notAfter(certificate));
    member.serial = hex_of(X509_get0_serialNumber(certificate));
    return member;
}

Result<std::string> read_ca_mesh(X509* certificate) {
    const std::string uri = culvert_uri(certificate);
    if (uri.empty() || X509_check_ca(certificate) != 1)
        return fail(Code::InvalidInput, "not the certificate of a mesh CA (one that culvert init made)");
    const std::string mesh = uri.substr(kScheme.size());
    if (const Status named = check_name(mesh, "mesh"); !named)
        return fail(named.error(), "not the certificate of a mesh CA");
    return mesh;
}

std::string member_uri(std::string_view mesh, Role role, std::string_view name, bool ephemeral) {
    return fmt::format("{}{}/{}/{}{}", kScheme, mesh, role == Role::Agent ? "agent" : "controller", name,
                       ephemeral ? kEphemeral : "");
}

std::string ca_uri(std::string_view mesh) {
    return fmt::format("{}{}", kScheme, mesh);
}

Status set_common_name(X509_NAME* name, std::string_view value) {
    const auto* const octets = reinterpret_cast<const unsigned char*>(value.data());
    if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, octets, static_cast<int>(value.size()), -1,
                                   0) == 1)
        return {};
    return fail(Code::InvalidInput,
                fmt::format("\"{}\" cannot be a certificate's name: {}", excerpt(value, 64), openssl_reason()));
}

Status add_extension(X509* certificate, X509V3_CTX& context, int nid, const std::string& value) {
    const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    if (extension && X509_add_ext(certificate, extension.get(), -1) == 1) return {};
    return fail(Code::Internal, fmt::format("certificate extension {}: {}", OBJ_nid2sn(nid), openssl_reason()));
}

}  // namespace culvert::crypto
