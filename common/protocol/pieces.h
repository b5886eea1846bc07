// Whole wire messages to bytes, pieces and back. Internal to common/protocol.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace google::protobuf {
class MessageLite;
}

namespace culvert::protocol {

Result<std::vector<std::string>> to_pieces(const google::protobuf::MessageLite& message);
bool parse_wire(std::string_view bytes, google::protobuf::MessageLite& message);

}  // namespace culvert::protocol
