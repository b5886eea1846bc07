// The proof, in RFC 6455 section 1.3, that the answer to an upgrade was made for this request. SHA-1 there is no matter
// of security.
#pragma once

#include <string>
#include <string_view>

namespace culvert::crypto {

// A fresh Sec-WebSocket-Key: 16 random bytes in base64.
std::string make_websocket_key();
// The Sec-WebSocket-Accept that belongs to it.
std::string websocket_accept(std::string_view key);

}  // namespace culvert::crypto
