#include "common/crypto/renewal_message.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/node_key.h"
#include "common/crypto/octets.h"
#include "common/crypto/pem.h"
#include "common/crypto/renewal.h"

namespace culvert::crypto {
namespace {

constexpr std::uint8_t kMark = 'R';
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSignature = 64;
constexpr std::size_t kLongestRefusal = 512;
constexpr std::string_view kContext = "culvert renewal 1";
constexpr Duration kFresh = std::chrono::minutes(10);  // and as much clocks may differ

tl::unexpected<Error> malformed() {
    return fail(Code::InvalidInput, "a malformed renewal");
}

void begin(OctetWriter& out) {
    out.u8(kMark);
    out.u8(kVersion);
}

bool begun(OctetReader& in) {
    return in.u8() == kMark && in.u8() == kVersion;
}

std::string signed_text(std::string_view covered) {
    return std::string(kContext).append(covered);
}

}  // namespace

bool is_renewal(std::string_view body) {
    return !body.empty() && static_cast<std::uint8_t>(body.front()) == kMark;
}

Result<std::string> encode_renewal_question(const Identity& asker, WallTime now) {
    OctetWriter out;
    begin(out);
    out.u64(static_cast<std::uint64_t>(std::max<std::int64_t>(unix_seconds(now), 0)));
    out.text16(asker.certificate_der());
    out.text16(renewal_request(asker));
    const auto signature = asker.sign(signed_text(out.written()));
    if (!signature) return tl::unexpected<Error>(signature.error());
    out.text16(*signature);
    return out.written();
}

Result<RenewalQuestion> open_renewal_question(std::string_view body, const MeshTrust& trust, WallTime now) {
    OctetReader in(body);
    if (!begun(in)) return malformed();
    const WallTime sent = from_unix_seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(in.u64(), 1ULL << 33)));
    const std::string_view certificate = in.text16();
    RenewalQuestion question;
    question.signing_request = in.text16();
    const std::string_view signature = in.text16();
    if (!in.good() || !in.rest().empty() || signature.size() != kSignature ||
        certificate.size() > kLargestCertificate || question.signing_request.size() > kLargestSigningRequest)
        return malformed();
    const std::string_view covered = body.substr(0, body.size() - kSignature - sizeof(std::uint16_t));
    auto member = trust.verify_signature(certificate, signed_text(covered), signature);
    if (!member) return tl::unexpected<Error>(member.error());
    if (sent > now + kFresh || now > sent + kFresh) {
        return fail(Code::Unauthorized, fmt::format("{} signed this renewal at {}, it is {} now: compare the clocks",
                                                    member->name, utc_text(sent), utc_text(now)));
    }
    question.shown = std::move(*member);
    return question;
}

std::string encode_renewal_answer(const RenewalAnswer& answer) {
    OctetWriter out;
    begin(out);
    out.text16(answer.certificate_der);
    out.text16(std::string_view(answer.refusal).substr(0, kLongestRefusal));
    return out.written();
}

Result<RenewalAnswer> parse_renewal_answer(std::string_view body) {
    OctetReader in(body);
    if (!begun(in)) return malformed();
    RenewalAnswer answer;
    answer.certificate_der = in.text16();
    answer.refusal = excerpt(in.text16(), kLongestRefusal);
    if (!in.good() || !in.rest().empty() || answer.certificate_der.size() > kLargestCertificate) return malformed();
    return answer;
}

}  // namespace culvert::crypto
