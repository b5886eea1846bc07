#include "tunnel/envelope/admission.h"

#include <algorithm>

#include "tunnel/envelope/byte_reader.h"

namespace culvert::tunnel::envelope {
namespace {

constexpr std::string_view kSignatureContext = "culvert admission 1";
constexpr std::uint8_t kEnrolsFlag = 1;
constexpr std::uint8_t kProbeFlag = 2;

void write_time(ByteWriter& writer, WallTime time) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
    writer.u64(static_cast<std::uint64_t>(us.count()));
}

// A WallTime counts nanoseconds in 63 bits; what does not fit is no time of day of ours.
WallTime read_time(ByteReader& reader) {
    constexpr std::int64_t kFarthest_us = std::int64_t{1} << 53;
    const auto us = static_cast<std::int64_t>(reader.u64());
    if (us < -kFarthest_us || us > kFarthest_us) {
        reader.fail();
        return {};
    }
    return WallTime(std::chrono::microseconds(us));
}

Role read_role(ByteReader& reader) {
    const std::uint8_t role = reader.u8();
    if (role != static_cast<std::uint8_t>(Role::Agent) && role != static_cast<std::uint8_t>(Role::Controller))
        reader.fail();
    return static_cast<Role>(role);
}

template <class T>
Result<T> finish(const ByteReader& reader, T value, const char* what) {
    if (!reader.ok())
        return fail(Code::InvalidInput, std::string("broken ") + what + ": too short, too long or out of range");
    return value;
}

}  // namespace

const char* to_string(Reason reason) {
    switch (reason) {
        case Reason::ClockWrong:
            return "clock";
        case Reason::ForeignCa:
            return "foreign_ca";
        case Reason::WrongMesh:
            return "wrong_mesh";
        case Reason::Revoked:
            return "revoked";
        case Reason::Expired:
            return "expired";
        case Reason::WrongRole:
            return "wrong_role";
        case Reason::BadSignature:
            return "bad_signature";
        case Reason::Busy:
            return "busy";
        case Reason::NewerLink:
            return "newer_link";
        case Reason::Drained:
            return "drained";
        case Reason::SlowConsumer:
            return "slow_consumer";
        case Reason::Protocol:
            return "protocol";
        case Reason::Version:
            return "version";
        case Reason::PendingFull:
            return "pending_full";
        case Reason::Timeout:
            return "timeout";
    }
    return "unknown";
}

std::string signed_text(const Challenge& challenge, Role role, std::uint64_t instance) {
    std::string text;
    ByteWriter writer(text);
    writer.bytes(kSignatureContext);
    writer.bytes({reinterpret_cast<const char*>(challenge.nonce.data()), challenge.nonce.size()});
    writer.text(challenge.mesh, kLongestMesh);
    writer.text(challenge.relay_url, kLongestUrl);
    writer.u16(challenge.protocol);
    writer.u8(static_cast<std::uint8_t>(role));
    writer.u64(instance);
    return text;
}

std::string encode(const Challenge& challenge) {
    std::string body;
    ByteWriter writer(body);
    writer.bytes({reinterpret_cast<const char*>(challenge.nonce.data()), challenge.nonce.size()});
    write_time(writer, challenge.relay_time);
    writer.u16(challenge.protocol);
    writer.text(challenge.mesh, kLongestMesh);
    writer.text(challenge.relay_url, kLongestUrl);
    return body;
}

Result<Challenge> parse_challenge(std::string_view body) {
    ByteReader reader(body);
    Challenge read;
    const std::string_view nonce = reader.bytes(kNonceSize);
    std::copy(nonce.begin(), nonce.end(), read.nonce.begin());
    read.relay_time = read_time(reader);
    read.protocol = reader.u16();
    read.mesh = reader.text(kLongestMesh);
    read.relay_url = reader.text(kLongestUrl);
    return finish(reader, std::move(read), "Challenge");
}

std::string encode(const Hello& hello) {
    std::string body;
    ByteWriter writer(body);
    writer.u8(static_cast<std::uint8_t>(hello.role));
    writer.u8(static_cast<std::uint8_t>((hello.enrols ? kEnrolsFlag : 0) | (hello.probe ? kProbeFlag : 0)));
    writer.u64(hello.instance);
    writer.text(hello.certificate_der, kLargestCertificate);
    writer.text(hello.signature, kLargestSignature);
    writer.text(hello.software, kLongestSoftware);
    return body;
}

Result<Hello> parse_hello(std::string_view body) {
    ByteReader reader(body);
    Hello read;
    read.role = read_role(reader);
    const std::uint8_t flags = reader.u8();
    read.enrols = (flags & kEnrolsFlag) != 0;
    read.probe = (flags & kProbeFlag) != 0;
    read.instance = reader.u64();
    read.certificate_der = reader.text(kLargestCertificate);
    read.signature = reader.text(kLargestSignature);
    read.software = reader.text(kLongestSoftware);
    return finish(reader, std::move(read), "Hello");
}

std::string encode(const Admitted& admitted) {
    std::string body;
    ByteWriter writer(body);
    writer.bytes({reinterpret_cast<const char*>(admitted.id.bytes.data()), admitted.id.bytes.size()});
    write_time(writer, admitted.relay_time);
    writer.u32(
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(admitted.heartbeat).count()));
    writer.text(admitted.name, kLongestName);
    return body;
}

Result<Admitted> parse_admitted(std::string_view body) {
    ByteReader reader(body);
    Admitted read;
    const std::string_view id = reader.bytes(read.id.bytes.size());
    std::copy(id.begin(), id.end(), read.id.bytes.begin());
    read.relay_time = read_time(reader);
    read.heartbeat = std::chrono::milliseconds(reader.u32());
    read.name = reader.text(kLongestName);
    return finish(reader, std::move(read), "Admitted");
}

std::string encode(const Refusal& refusal) {
    std::string body;
    ByteWriter writer(body);
    writer.u8(static_cast<std::uint8_t>(refusal.reason));
    writer.u8(refusal.retryable ? 1 : 0);
    writer.text(std::string_view(refusal.text).substr(0, kLongestReasonText), kLongestReasonText);
    return body;
}

Result<Refusal> parse_refusal(std::string_view body) {
    ByteReader reader(body);
    Refusal read;
    const std::uint8_t reason = reader.u8();
    if (reason == 0 || reason > static_cast<std::uint8_t>(Reason::Timeout)) reader.fail();
    read.reason = static_cast<Reason>(reason);
    read.retryable = reader.u8() != 0;
    read.text = reader.text(kLongestReasonText);
    return finish(reader, std::move(read), "Refusal");
}

std::string encode(const JoinState& state) {
    std::string body;
    ByteWriter writer(body);
    writer.u8(static_cast<std::uint8_t>(state.stage));
    writer.text(std::string_view(state.text).substr(0, kLongestReasonText), kLongestReasonText);
    return body;
}

Result<JoinState> parse_join_state(std::string_view body) {
    ByteReader reader(body);
    JoinState read;
    const std::uint8_t stage = reader.u8();
    if (stage != static_cast<std::uint8_t>(JoinStage::NoController) &&
        stage != static_cast<std::uint8_t>(JoinStage::Forwarded))
        reader.fail();
    read.stage = static_cast<JoinStage>(stage);
    read.text = reader.text(kLongestReasonText);
    return finish(reader, std::move(read), "JoinState");
}

}  // namespace culvert::tunnel::envelope
