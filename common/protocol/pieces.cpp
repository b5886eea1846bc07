#include "common/protocol/pieces.h"

#include <google/protobuf/message_lite.h>

#include "common/base/check.h"
#include "common/protocol/codec.h"

namespace culvert::protocol {

Result<std::vector<std::string>> to_pieces(const google::protobuf::MessageLite& message) {
    const std::size_t size = message.ByteSizeLong();
    if (size > kLargestMessage) {
        return fail(Code::InvalidInput,
                    "a message of " + std::to_string(size) + " bytes; allowed are " + std::to_string(kLargestMessage));
    }
    const std::string whole = message.SerializeAsString();
    constexpr std::size_t kPayload = kLargestPiece - 1;
    std::vector<std::string> pieces;
    std::string_view rest = whole;
    do {
        const std::string_view part = rest.substr(0, kPayload);
        rest.remove_prefix(part.size());
        std::string& piece = pieces.emplace_back();
        piece.reserve(part.size() + 1);
        piece += rest.empty() ? '\0' : '\1';
        piece += part;
    } while (!rest.empty());
    return pieces;
}

bool parse_wire(std::string_view bytes, google::protobuf::MessageLite& message) {
    return bytes.size() <= kLargestMessage && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Result<std::optional<std::string>> Assembler::feed(std::string_view piece) {
    if (piece.empty() || piece.size() > kLargestPiece || static_cast<unsigned char>(piece.front()) > 1) {
        return fail(Code::InvalidInput, "a piece of a message that cannot be read");
    }
    const bool more = piece.front() == '\1';
    piece.remove_prefix(1);
    if (whole_.size() + piece.size() > kLargestMessage)
        return fail(Code::InvalidInput, "a message larger than allowed");
    whole_ += piece;
    if (more) return std::optional<std::string>();
    std::optional<std::string> done(std::move(whole_));
    whole_.clear();
    return done;
}

}  // namespace culvert::protocol
