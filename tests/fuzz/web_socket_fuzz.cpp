// WebSocket frames from a server: no input may break the codec, and no message may be above its limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/link/web_socket_codec.h"

namespace {

using culvert::tunnel::link::WebSocketCodec;
namespace envelope = culvert::tunnel::envelope;

struct Reader final : WebSocketCodec::Listener {
    void on_message(std::string_view message) override {
        CULVERT_CHECK(message.size() <= envelope::kLargestBatch);
        while (!message.empty() && envelope::take_front(message)) {
        }
    }
    void on_close(int code, std::string_view reason) override { CULVERT_CHECK(code > 0 && reason.size() < 126); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader reader;
    WebSocketCodec codec(WebSocketCodec::Side::Client, envelope::kLargestBatch, reader);
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t piece = 1 + size % 13;
    while (!bytes.empty() && codec.feed(bytes.substr(0, piece))) bytes.remove_prefix(std::min(piece, bytes.size()));
    codec.send("still usable");
    return 0;
}
