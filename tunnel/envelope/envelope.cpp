#include "tunnel/envelope/envelope.h"

#include "common/base/check.h"
#include "tunnel/envelope/byte_reader.h"

namespace culvert::tunnel::envelope {
namespace {

constexpr std::uint8_t kEnvelopeVersion = 1;
constexpr auto kLastKind = static_cast<std::uint8_t>(Kind::PendingList);

tl::unexpected<Error> broken(std::string what) {
    return fail(Code::InvalidInput, "broken envelope: " + std::move(what));
}

}  // namespace

const char* to_string(Kind kind) {
    switch (kind) {
        case Kind::Data:
            return "Data";
        case Kind::Challenge:
            return "Challenge";
        case Kind::Hello:
            return "Hello";
        case Kind::Admitted:
            return "Admitted";
        case Kind::Refused:
            return "Refused";
        case Kind::Presence:
            return "Presence";
        case Kind::Join:
            return "Join";
        case Kind::JoinReply:
            return "JoinReply";
        case Kind::Revocations:
            return "Revocations";
        case Kind::Echo:
            return "Echo";
        case Kind::EchoReply:
            return "EchoReply";
        case Kind::Unreachable:
            return "Unreachable";
        case Kind::Closing:
            return "Closing";
        case Kind::JoinState:
            return "JoinState";
        case Kind::PendingAsk:
            return "PendingAsk";
        case Kind::PendingList:
            return "PendingList";
    }
    return "unknown";
}

void append_to(std::string& batch, const Envelope& envelope) {
    CULVERT_CHECK(envelope.body.size() <= kLargestBody);
    ByteWriter writer(batch);
    writer.u8(kEnvelopeVersion);
    writer.u8(static_cast<std::uint8_t>(envelope.kind));
    writer.u32(static_cast<std::uint32_t>(envelope.body.size()));
    writer.address(envelope.from);
    writer.address(envelope.to);
    writer.bytes(envelope.body);
}

Result<EnvelopeView> take_front(std::string_view& batch) {
    if (batch.size() < kHeaderSize) {
        return broken("the batch ends inside a header, after " + std::to_string(batch.size()) + " of " +
                      std::to_string(kHeaderSize) + " bytes");
    }
    ByteReader reader(batch);
    const std::uint8_t version = reader.u8();
    const std::uint8_t kind = reader.u8();
    const std::size_t body_length = reader.u32();
    if (version != kEnvelopeVersion) return broken("version " + std::to_string(version) + ", expected 1");
    if (kind == 0 || kind > kLastKind) return broken("unknown kind " + std::to_string(kind));
    if (body_length > kLargestBody)
        return broken("a body of " + std::to_string(body_length) + " bytes, at most " + std::to_string(kLargestBody));

    EnvelopeView view;
    view.kind = static_cast<Kind>(kind);
    view.from = reader.address();
    view.to = reader.address();
    view.body = reader.bytes(body_length);
    if (!reader.ok()) return broken("the batch ends inside a body of " + std::to_string(body_length) + " bytes");
    view.whole = batch.substr(0, kHeaderSize + body_length);
    batch.remove_prefix(kHeaderSize + body_length);
    return view;
}

}  // namespace culvert::tunnel::envelope
