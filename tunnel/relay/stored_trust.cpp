#include "tunnel/relay/stored_trust.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/base/log.h"
#include "common/crypto/key_file.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::relay {
namespace {

using envelope::Reason;
using envelope::Refusal;

constexpr std::size_t kLargestFile = 64 << 10;

Result<std::string> read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(Code::InvalidInput, file + ": " + std::strerror(errno));
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || text.view().size() > kLargestFile)
        return fail(Code::InvalidInput, file + ": not readable, or larger than 64 KiB");
    return std::move(text).str();
}

Refusal refusal_for(const crypto::CertificateRefusal& refused) {
    using crypto::RefusalReason;
    const std::string& text = refused.error.message;
    switch (refused.reason) {
        case RefusalReason::Malformed:
            return {Reason::Protocol, text, false};
        case RefusalReason::ForeignCa:
            return {Reason::ForeignCa, text, false};
        case RefusalReason::OtherMesh:
            return {Reason::WrongMesh, text, false};
        case RefusalReason::NotYetValid:
            return {Reason::ClockWrong, text, true};
        case RefusalReason::Expired:
            return {Reason::Expired, text, false};
        case RefusalReason::Revoked:
            return {Reason::Revoked, text, false};
        case RefusalReason::WrongRole:
            return {Reason::WrongRole, text, false};
    }
    return {Reason::Protocol, text, false};
}

}  // namespace

Result<StoredTrust> StoredTrust::load(const std::string& mesh_ca_file, const std::string& mesh,
                                      std::string revocations_file, const Clock& clock) {
    const auto pem = read_file(mesh_ca_file);
    if (!pem) return fail(pem.error(), "mesh_ca");
    auto trust = crypto::MeshTrust::from_pem(*pem, mesh, clock);
    if (!trust) return fail(trust.error(), "mesh_ca: " + mesh_ca_file);
    struct stat info {};
    if (!revocations_file.empty() && ::stat(revocations_file.c_str(), &info) == 0) {
        const auto stored = read_file(revocations_file);
        if (!stored) return fail(stored.error(), "stored revocations");
        if (stored->size() > envelope::kLargestBody)
            return fail(Code::InvalidInput, revocations_file + ": larger than an envelope");
        if (const Status taken = trust->update_revocations(*stored); !taken) {
            return fail(taken.error(), "stored revocations " + revocations_file +
                                           " (delete this file only if the mesh was made anew)");
        }
    }
    return StoredTrust(*std::move(trust), std::move(revocations_file));
}

OrRefusal<crypto::Member> StoredTrust::verify(std::string_view certificate_der, std::string_view signed_text,
                                              std::string_view signature) const {
    auto member = trust_.verify_signature(certificate_der, signed_text, signature);
    if (member) return *std::move(member);
    // Why, is worth a second look: it decides whether the node comes again.
    if (const auto refused = trust_.examine(certificate_der, std::nullopt); !refused)
        return tl::unexpected(refusal_for(refused.error()));
    return tl::unexpected(Refusal{Reason::BadSignature, member.error().message, false});
}

Result<bool> StoredTrust::take_revocations(std::string_view crl_der) {
    if (const Status taken = trust_.update_revocations(crl_der); !taken) return tl::unexpected<Error>(taken.error());
    std::string present = trust_.revocations_der();
    if (present == revocations_) return false;
    revocations_ = std::move(present);
    if (file_.empty()) return true;
    if (const Status written = crypto::write_file_atomically(file_, revocations_, crypto::Access::Everyone); !written) {
        log::error("a revocation list holds now but would be forgotten at a restart: " + written.error().message);
    }
    return true;
}

}  // namespace culvert::tunnel::relay
