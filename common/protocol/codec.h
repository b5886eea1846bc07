// Messages to bytes and back. A session carries at most 1 MiB a message, so an encoded message travels as one or more
// pieces:
//
//   piece := more:u8 octet[]      more = 1: the next piece continues the same message; 0: this one ends it
//
// Sessions keep order and lose nothing, so pieces need no number. Everything received is bounded and checked; an error
// ends the session.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/protocol/messages.h"

namespace culvert::protocol {

inline constexpr std::size_t kLargestPiece = 512 << 10;
inline constexpr std::size_t kLargestMessage = 64 << 20;  // all pieces together

// InvalidInput: larger than kLargestMessage. Texts beyond their limits are cut.
Result<std::vector<std::string>> encode(const AgentMessage& message);
Result<std::vector<std::string>> encode(const ControllerMessage& message);
std::string encode(const Datagram& datagram);

Result<AgentMessage> decode_agent_message(std::string_view whole);
Result<ControllerMessage> decode_controller_message(std::string_view whole);
Result<Datagram> decode_datagram(std::string_view datagram);

// Whether this piece is the last one of its message.
inline bool ends_message(std::string_view piece) {
    return piece.empty() || piece.front() == '\0';
}

// Puts the pieces of one direction of one session together again.
class Assembler {
  public:
    // The whole message when this piece ended it. InvalidInput: too large or empty; the session is to be closed.
    Result<std::optional<std::string>> feed(std::string_view piece);

  private:
    std::string whole_;
};

}  // namespace culvert::protocol
