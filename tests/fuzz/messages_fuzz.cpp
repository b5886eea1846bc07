// What controller and agent say to each other. The first octet chooses the decoder; whatever was read must be readable
// again when written.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/protocol/codec.h"
#include "common/protocol/rows.h"

using namespace culvert;
using namespace culvert::protocol;

namespace {

std::string whole_of(const Result<std::vector<std::string>>& pieces) {
    CULVERT_CHECK(pieces.has_value());
    Assembler assembler;
    for (const std::string& piece : *pieces) {
        auto fed = assembler.feed(piece);
        CULVERT_CHECK(fed.has_value());
        if (*fed) return **fed;
    }
    CULVERT_CHECK(false);  // the last piece ends a message
    return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            if (const auto message = decode_agent_message(input))
                CULVERT_CHECK(decode_agent_message(whole_of(encode(*message))).has_value());
            break;
        case 1:
            if (const auto message = decode_controller_message(input))
                CULVERT_CHECK(decode_controller_message(whole_of(encode(*message))).has_value());
            break;
        case 2:
            if (const auto datagram = decode_datagram(input))
                CULVERT_CHECK(decode_datagram(encode(*datagram)) == *datagram);
            break;
        case 3: {
            Assembler assembler;
            if (assembler.feed(input)) static_cast<void>(assembler.feed(input));
            break;
        }
        default:
            if (const auto rows = decode_rows(2, input)) CULVERT_CHECK(decode_rows(2, encode_rows(2, *rows)) == *rows);
            break;
    }
    return 0;
}
