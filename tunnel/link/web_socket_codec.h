// WebSocket frames (RFC 6455) in memory: messages in, bytes out, and back; wslay behind one door. Fragments are put
// together up to a limit, pings are answered, and header and payload always leave as one run of bytes. Knows no
// sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace culvert::tunnel::link {

class WebSocketCodec {
  public:
    enum class Side { Client, Server };  // clients mask what they send

    class Listener {
      public:
        virtual ~Listener() = default;
        virtual void on_message(std::string_view message) = 0;
        virtual void on_close(int code, std::string_view reason) = 0;  // the peer's goodbye; 1005: it gave no code
    };

    // `listener` is called from within feed() only; it may not destroy the codec.
    WebSocketCodec(Side side, std::size_t largest_message, Listener& listener);
    ~WebSocketCodec();
    WebSocketCodec(const WebSocketCodec&) = delete;
    WebSocketCodec& operator=(const WebSocketCodec&) = delete;

    // These append to output(). After a close nothing is sent any more.
    void send(std::string_view message);
    void ping();
    void close(std::uint16_t code, std::string_view reason);

    // Bytes from the peer. InvalidInput: it broke the protocol, or sent a message above the limit; output() then holds
    // our goodbye.
    Status feed(std::string_view bytes);

    std::string& output() { return output_; }

  private:
    struct Parts;

    void queue(std::uint8_t opcode, std::string_view payload);
    void drain();

    std::unique_ptr<Parts> parts_;
    std::string output_;
};

}  // namespace culvert::tunnel::link
