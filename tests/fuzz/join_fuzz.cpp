// Everything that a stranger can send before he has a certificate: joins, replies, tokens, signing requests,
// certificates, revocation lists. The first octet chooses which; where a proof or checksum would stop the input early,
// the right one is added.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/crypto/base32.h"
#include "common/crypto/digest.h"
#include "common/crypto/join_message.h"
#include "common/crypto/join_token.h"
#include "common/crypto/mesh_ca.h"
#include "common/crypto/node_key.h"
#include "common/crypto/octets.h"
#include "common/crypto/pem.h"
#include "common/crypto/renewal_message.h"

using namespace culvert;
using namespace culvert::crypto;

namespace {

const Secret kSecret{std::string(kSha256Size, 's')};

std::string with_proof(std::string_view context, std::string_view digest, std::string_view covered) {
    OctetWriter input;
    input.text8(context);
    input.text8(digest);
    input.raw(covered);
    return std::string(covered) + hmac_sha256(kSecret.reveal(), input.written());
}

void join(std::string_view body) {
    const auto request = parse_join(body);
    const bool proven = join_is_proven(body, kSecret);
    CULVERT_CHECK(request || !proven);
    if (!proven) return;
    const auto again = parse_join(encode_join(*request, kSecret));
    CULVERT_CHECK(again && *again == *request);
}

void reply(std::string_view body) {
    const std::string asked = "the join";
    const auto received = parse_join_reply(body, asked, kSecret);
    if (!received) return;
    const auto again = parse_join_reply(encode_join_reply(received->reply, asked, kSecret), asked, kSecret);
    CULVERT_CHECK(again && again->proven && again->reply == received->reply);
}

void token(std::string_view text) {
    const auto parsed = parse_join_token(text);
    if (!parsed) return;
    const auto written = format_join_token(*parsed);
    CULVERT_CHECK(written && parse_join_token(*written) == *parsed);
}

void renewal(std::string_view body) {
    static const SystemClock clock;
    static const auto ca = MeshCa::create("acme", clock);
    static const auto trust = MeshTrust::from_pem(ca->certificate_pem(), "acme", clock);
    CULVERT_CHECK(!open_renewal_question(body, *trust, clock.wall_now()));  // nobody here has a certificate
    const auto answer = parse_renewal_answer(body);
    if (!answer) return;
    const auto again = parse_renewal_answer(encode_renewal_answer(*answer));
    CULVERT_CHECK(again && again->certificate_der == answer->certificate_der);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 8) {
        case 0:
            join(rest);
            break;
        case 1:
            join(with_proof("culvert join 1", {}, rest));
            break;
        case 2:
            reply(rest);
            break;
        case 3:
            reply(with_proof("culvert join reply 1", sha256("the join"), rest));
            break;
        case 4:
            token(rest);
            break;
        case 5:
            token("cvj1_" + to_base32(std::string(rest) + sha256(rest).substr(0, 4)));
            break;
        case 6:
            static_cast<void>(read_signing_request(rest));
            break;
        default:
            renewal(rest);
            static_cast<void>(parse_revocations(rest));
            static_cast<void>(public_key_sha256(rest));
            break;
    }
    return 0;
}
