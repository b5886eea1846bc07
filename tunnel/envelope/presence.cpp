#include "tunnel/envelope/presence.h"

#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/byte_reader.h"
#include "tunnel/envelope/envelope.h"

namespace culvert::tunnel::envelope {
namespace {

constexpr std::uint8_t kRestartFlag = 1;
constexpr std::uint8_t kMoreFlag = 2;
constexpr std::size_t kFrontSize = 1 + 2;
constexpr std::size_t kSmallestEntry = 24 + 1 + 1 + 3 * 2;

std::string encoded(const Presence& entry) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.address(entry.address);
    writer.u8(static_cast<std::uint8_t>(entry.role));
    writer.u8(entry.online ? 1 : 0);
    writer.text(entry.name, kLongestName);
    writer.text(entry.transport, kLongestTransport);
    writer.text(std::string_view(entry.last_words).substr(0, kLongestLastWords), kLongestLastWords);
    return bytes;
}

std::string body_of(std::uint8_t flags, std::size_t count, std::string_view entries) {
    std::string body;
    ByteWriter writer(body);
    writer.u8(flags);
    writer.u16(static_cast<std::uint16_t>(count));
    writer.bytes(entries);
    return body;
}

std::vector<std::string> encode(std::span<const Presence> entries, bool whole_list) {
    std::vector<std::string> bodies;
    std::string part;
    std::size_t count = 0;
    const auto finish = [&bodies, &part, &count, whole_list](bool more) {
        const bool restart = whole_list && bodies.empty();
        bodies.push_back(
            body_of(static_cast<std::uint8_t>((restart ? kRestartFlag : 0) | (more ? kMoreFlag : 0)), count, part));
        part.clear();
        count = 0;
    };
    for (const Presence& entry : entries) {
        const std::string next = encoded(entry);
        if (kFrontSize + part.size() + next.size() > kLargestBody) finish(whole_list);
        part += next;
        ++count;
    }
    if (whole_list || count > 0) finish(false);
    return bodies;
}

Presence read_entry(ByteReader& reader) {
    Presence entry;
    entry.address = reader.address();
    const std::uint8_t role = reader.u8();
    if (role != static_cast<std::uint8_t>(Role::Agent) && role != static_cast<std::uint8_t>(Role::Controller))
        reader.fail();
    entry.role = static_cast<Role>(role);
    entry.online = reader.u8() != 0;
    entry.name = reader.text(kLongestName);
    entry.transport = reader.text(kLongestTransport);
    entry.last_words = reader.text(kLongestLastWords);
    return entry;
}

}  // namespace

std::vector<std::string> encode_whole_list(std::span<const Presence> entries) {
    return encode(entries, true);
}
std::vector<std::string> encode_changes(std::span<const Presence> entries) {
    return encode(entries, false);
}

Result<PresenceUpdate> parse_presence(std::string_view body) {
    ByteReader reader(body);
    PresenceUpdate update;
    const std::uint8_t flags = reader.u8();
    update.restart = (flags & kRestartFlag) != 0;
    update.more = (flags & kMoreFlag) != 0;
    const std::size_t count = reader.u16();
    if (count * kSmallestEntry > reader.rest().size()) reader.fail();
    for (std::size_t i = 0; i < count && reader.ok(); ++i) update.entries.push_back(read_entry(reader));
    if (!reader.ok()) return fail(Code::InvalidInput, "broken Presence: too short, too long or out of range");
    return update;
}

}  // namespace culvert::tunnel::envelope
