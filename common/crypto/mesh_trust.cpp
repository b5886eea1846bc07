#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/identity.h"
#include "common/crypto/revocation_list.h"
#include "common/crypto/x509_text.h"

namespace culvert::crypto {
namespace {

constexpr std::size_t kEd25519Signature = 64;

const char* role_text(Role role) {
    return role == Role::Agent ? "an agent" : "a controller";
}

// Of a certificate that is not trusted (yet): what it claims to be, made printable.
std::string claimed_name(X509* certificate) {
    const auto member = read_member(certificate);
    ERR_clear_error();
    if (member) return fmt::format("{} of mesh {}", member->name, member->mesh);
    char name[128] = {};
    X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof name);
    return excerpt(name, 80);
}

std::string issuer_name(X509* certificate) {
    char name[128] = {};
    X509_NAME_oneline(X509_get_issuer_name(certificate), name, sizeof name);
    const std::string_view text = name;
    return excerpt(text.starts_with("/CN=") ? text.substr(4) : text, 80);
}

tl::unexpected<CertificateRefusal> refuse(RefusalReason reason, std::string message) {
    return tl::unexpected<CertificateRefusal>(
        CertificateRefusal{reason, Error{Code::Unauthorized, std::move(message)}});
}

// Certificates renew themselves while a controller that holds the mesh CA's key is there now and then; this one found
// none in the last third of its life.
const char* how_to_mend(X509* certificate) {
    const auto member = read_member(certificate);
    ERR_clear_error();
    if (!member) return "make a new mesh (culvert init), and join it";
    if (member->role == Role::Agent)
        return "a new join token is needed (where the mesh CA is: culvert invite; then here: culvert-agent join TOKEN "
               "--force)";
    return "renew it where the key of the mesh CA is: any culvert command does that for its own identity; another "
           "controller gets a new identity there";
}

tl::unexpected<CertificateRefusal> refuse_for_time(const std::string& whose, X509* certificate, WallTime now) {
    const WallTime begin = time_of(X509_get0_notBefore(certificate));
    const WallTime end = time_of(X509_get0_notAfter(certificate));
    if (now < begin) {
        return refuse(
            RefusalReason::NotYetValid,
            fmt::format("the certificate of {} is valid from {}, but this clock says {} ({} earlier): set the clock",
                        whose, utc_text(begin), utc_text(now), span_text(begin - now)));
    }
    return refuse(RefusalReason::Expired,
                  fmt::format("the certificate of {} expired {}, {} ago; this clock says {}. "
                              "If the clock is right: {}",
                              whose, utc_text(end), span_text(now - end), utc_text(now), how_to_mend(certificate)));
}

}  // namespace

struct MeshTrust::State {
    State(std::string name, CertificateHandle ca, std::string pem, const Clock& given)
        : mesh(std::move(name)),
          certificate(std::move(ca)),
          ca_pem(std::move(pem)),
          clock(given),
          store(X509_STORE_new()) {
        CULVERT_CHECK(store && X509_STORE_add_cert(store.get(), certificate.get()) == 1);
    }

    // 0 or OpenSSL's error; `depth` then says whose: 0 the node's, 1 the CA's.
    int verify(X509* node, WallTime now, int& depth) const {
        const StoreContext context(X509_STORE_CTX_new());
        CULVERT_CHECK(context && X509_STORE_CTX_init(context.get(), store.get(), node, nullptr) == 1);
        X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(unix_seconds(now)));
        X509_VERIFY_PARAM_set_depth(parameters, 1);
        const int verified = X509_verify_cert(context.get());
        ERR_clear_error();
        if (verified == 1) return X509_V_OK;
        depth = X509_STORE_CTX_get_error_depth(context.get());
        const int error = X509_STORE_CTX_get_error(context.get());
        return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
    }

    bool is_revoked(std::string_view serial) const {
        const std::shared_lock lock(mutex);
        return revoked.contains(std::string(serial));
    }

    const std::string mesh;
    const CertificateHandle certificate;
    const std::string ca_pem;
    const Clock& clock;
    const StoreHandle store;

    mutable std::shared_mutex mutex;  // guards all below
    std::string crl_der;
    std::uint64_t crl_number = 0;
    std::unordered_set<std::string> revoked;
};

MeshTrust::MeshTrust(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<MeshTrust> MeshTrust::from_pem(std::string_view mesh_ca_pem, std::string mesh, const Clock& clock) {
    auto certificate = parse_certificate_pem(mesh_ca_pem);
    if (!certificate) return fail(certificate.error(), "mesh CA");
    const auto found = read_ca_mesh(certificate->get());
    if (!found) return tl::unexpected<Error>(found.error());
    if (*found != mesh)
        return fail(Code::InvalidInput,
                    fmt::format("this is the CA of mesh {}, but the mesh here is {}", *found, mesh));
    std::string pem = pem_of(certificate->get());
    return MeshTrust(std::make_shared<State>(std::move(mesh), std::move(*certificate), std::move(pem), clock));
}

tl::expected<Member, CertificateRefusal> MeshTrust::examine(std::string_view certificate_der,
                                                            std::optional<Role> required) const {
    const auto certificate = parse_certificate(certificate_der);
    if (!certificate) return refuse(RefusalReason::Malformed, certificate.error().message);
    X509* const node = certificate->get();
    const WallTime now = state_->clock.wall_now();
    int depth = 0;
    switch (const int error = state_->verify(node, now, depth); error) {
        case X509_V_OK:
            break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_CERT_HAS_EXPIRED:
            if (depth > 0)
                return refuse_for_time(fmt::format("the CA of mesh {}", state_->mesh), state_->certificate.get(), now);
            return refuse_for_time(claimed_name(node), node, now);
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return refuse(
                RefusalReason::ForeignCa,
                fmt::format("the certificate of {} is signed by another CA (\"{}\"), not by the CA of mesh {}",
                            claimed_name(node), issuer_name(node), state_->mesh));
        default:
            return refuse(RefusalReason::Malformed,
                          fmt::format("the certificate of {} does not verify: {}", claimed_name(node),
                                      X509_verify_cert_error_string(error)));
    }
    auto member = read_member(node);
    if (!member) return refuse(RefusalReason::Malformed, member.error().message);
    if (member->mesh != state_->mesh) {
        return refuse(RefusalReason::OtherMesh, fmt::format("{} is {} of mesh {}; this is mesh {}", member->name,
                                                            role_text(member->role), member->mesh, state_->mesh));
    }
    if (state_->is_revoked(member->serial)) {
        return refuse(
            RefusalReason::Revoked,
            fmt::format("the certificate of {} was revoked; to come back it must join with a new token", member->name));
    }
    if (required && member->role != *required) {
        return refuse(RefusalReason::WrongRole,
                      fmt::format("{} shows {}'s certificate, which cannot act as {}", member->name,
                                  role_text(member->role), role_text(*required)));
    }
    return std::move(*member);
}

Result<Member> MeshTrust::verify(std::string_view certificate_der) const {
    auto member = examine(certificate_der, std::nullopt);
    if (!member) return tl::unexpected<Error>(member.error().error);
    return std::move(*member);
}

Result<Member> MeshTrust::verify(std::string_view certificate_der, Role required) const {
    auto member = examine(certificate_der, required);
    if (!member) return tl::unexpected<Error>(member.error().error);
    return std::move(*member);
}

Result<Member> MeshTrust::verify_signature(std::string_view certificate_der, std::string_view message,
                                           std::string_view signature) const {
    auto member = verify(certificate_der);
    if (!member) return member;
    const auto certificate = parse_certificate(certificate_der);
    CULVERT_CHECK(certificate.has_value());
    const DigestContext context(EVP_MD_CTX_new());
    const bool ready = context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                                       X509_get0_pubkey(certificate->get())) == 1;
    const bool good =
        ready && signature.size() == kEd25519Signature &&
        EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                         reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
    ERR_clear_error();
    if (!good)
        return fail(
            Code::Unauthorized,
            fmt::format("{} did not prove that it holds the key of its certificate: wrong signature", member->name));
    return member;
}

Status MeshTrust::update_revocations(std::string_view der) {
    const auto crl = parse_crl(der);
    if (!crl) return tl::unexpected<Error>(crl.error());
    if (X509_CRL_verify(crl->get(), X509_get0_pubkey(state_->certificate.get())) != 1) {
        ERR_clear_error();
        return fail(Code::Unauthorized,
                    fmt::format("a revocation list that the CA of mesh {} did not sign", state_->mesh));
    }
    const RevocationList list = read_crl(crl->get());
    std::unordered_set<std::string> revoked;
    for (const Revocation& revocation : list.revocations) revoked.insert(revocation.serial);
    const std::unique_lock lock(state_->mutex);
    if (list.number <= state_->crl_number) return {};
    state_->crl_der = std::string(der);
    state_->crl_number = list.number;
    state_->revoked = std::move(revoked);
    return {};
}

std::string MeshTrust::revocations_der() const {
    const std::shared_lock lock(state_->mutex);
    return state_->crl_der;
}

bool MeshTrust::revoked(std::string_view serial) const {
    return state_->is_revoked(serial);
}
const std::string& MeshTrust::mesh() const {
    return state_->mesh;
}
const std::string& MeshTrust::mesh_ca_pem() const {
    return state_->ca_pem;
}

}  // namespace culvert::crypto
