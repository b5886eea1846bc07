#include "tunnel/envelope/pending_list.h"

#include "tunnel/envelope/byte_reader.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::envelope {
namespace {

constexpr std::size_t kFrontSize = 1 + 2;
constexpr std::size_t kSmallestEntry = 4 + 2 + 2;

std::string encoded(const PendingEntry& entry) {
    const std::string_view peer = std::string_view(entry.peer).substr(0, kLongestPeer);
    const bool fits = kFrontSize + kSmallestEntry + peer.size() + entry.join.size() <= kLargestBody;
    std::string bytes;
    ByteWriter writer(bytes);
    writer.u32(entry.waits_seconds);
    writer.text(peer, kLongestPeer);
    writer.text(fits ? std::string_view(entry.join) : std::string_view(), kLargestBody);
    return bytes;
}

}  // namespace

std::vector<std::string> encode_pending(std::span<const PendingEntry> entries) {
    std::vector<std::string> bodies;
    std::string part;
    std::uint16_t count = 0;
    const auto finish = [&](bool more) {
        std::string& body = bodies.emplace_back();
        ByteWriter writer(body);
        writer.u8(more ? 1 : 0);
        writer.u16(count);
        writer.bytes(part);
        part.clear();
        count = 0;
    };
    for (const PendingEntry& entry : entries) {
        const std::string next = encoded(entry);
        if (kFrontSize + part.size() + next.size() > kLargestBody) finish(true);
        part += next;
        ++count;
    }
    finish(false);
    return bodies;
}

Result<PendingPart> parse_pending(std::string_view body) {
    ByteReader reader(body);
    PendingPart part;
    part.more = reader.u8() != 0;
    const std::size_t count = reader.u16();
    if (count * kSmallestEntry > reader.rest().size()) reader.fail();
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        PendingEntry& entry = part.entries.emplace_back();
        entry.waits_seconds = reader.u32();
        entry.peer = reader.text(kLongestPeer);
        entry.join = reader.text(kLargestBody);
    }
    if (!reader.ok()) return fail(Code::InvalidInput, "broken PendingList: too short, too long or out of range");
    return part;
}

}  // namespace culvert::tunnel::envelope
