#include "tunnel/link/web_socket_codec.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>

#include "common/base/check.h"
#include "common/crypto/digest.h"

namespace culvert::tunnel::link {
namespace {

struct ContextFree {
    void operator()(wslay_event_context* context) const { wslay_event_context_free(context); }
};

constexpr std::size_t kMaskPool = 256;  // random bytes are fetched for many frames at once

const std::uint8_t* octets(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

struct WebSocketCodec::Parts {
    std::string& output;
    Listener& listener;
    std::unique_ptr<wslay_event_context, ContextFree> context;
    std::string_view input;
    std::string masks;

    static ssize_t receive(wslay_event_context* context, std::uint8_t* into, std::size_t size, int,
                           void* self) noexcept {
        auto& input = static_cast<Parts*>(self)->input;
        if (input.empty()) {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        const std::size_t count = std::min(size, input.size());
        std::memcpy(into, input.data(), count);
        input.remove_prefix(count);
        return static_cast<ssize_t>(count);
    }
    static ssize_t send(wslay_event_context*, const std::uint8_t* data, std::size_t size, int, void* self) noexcept {
        static_cast<Parts*>(self)->output.append(reinterpret_cast<const char*>(data), size);
        return static_cast<ssize_t>(size);
    }
    static int make_mask(wslay_event_context*, std::uint8_t* into, std::size_t size, void* self) noexcept {
        std::string& masks = static_cast<Parts*>(self)->masks;
        if (masks.size() < size) masks = crypto::random_bytes(std::max(size, kMaskPool));
        std::memcpy(into, masks.data() + masks.size() - size, size);
        masks.resize(masks.size() - size);
        return 0;
    }
    static void message(wslay_event_context*, const wslay_event_on_msg_recv_arg* arrived, void* self) noexcept {
        Listener& listener = static_cast<Parts*>(self)->listener;
        const std::string_view body(reinterpret_cast<const char*>(arrived->msg), arrived->msg_length);
        if (arrived->opcode == WSLAY_BINARY_FRAME) listener.on_message(body);
        if (arrived->opcode == WSLAY_CONNECTION_CLOSE) {
            const int code = arrived->status_code == 0 ? int{WSLAY_CODE_NO_STATUS_RCVD} : int{arrived->status_code};
            listener.on_close(code, body.size() > 2 ? body.substr(2) : std::string_view());
        }
    }
};

WebSocketCodec::WebSocketCodec(Side side, std::size_t largest_message, Listener& listener)
    : parts_(new Parts{output_, listener, nullptr, {}, {}}) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = &Parts::receive;
    callbacks.send_callback = &Parts::send;
    callbacks.genmask_callback = &Parts::make_mask;
    callbacks.on_msg_recv_callback = &Parts::message;
    wslay_event_context* context = nullptr;
    const int made = side == Side::Client ? wslay_event_context_client_init(&context, &callbacks, parts_.get())
                                          : wslay_event_context_server_init(&context, &callbacks, parts_.get());
    CULVERT_CHECK(made == 0);
    parts_->context.reset(context);
    wslay_event_config_set_max_recv_msg_length(context, largest_message);
}

WebSocketCodec::~WebSocketCodec() = default;

void WebSocketCodec::send(std::string_view message) {
    queue(WSLAY_BINARY_FRAME, message);
}

void WebSocketCodec::ping() {
    queue(WSLAY_PING, {});
}

void WebSocketCodec::close(std::uint16_t code, std::string_view reason) {
    const std::string_view shown = reason.substr(0, 123);  // what fits in a control frame
    wslay_event_queue_close(parts_->context.get(), code, octets(shown), shown.size());
    drain();
}

// Fails only after a close, where nothing is to be sent any more.
void WebSocketCodec::queue(std::uint8_t opcode, std::string_view payload) {
    const wslay_event_msg message{opcode, octets(payload), payload.size()};
    if (wslay_event_queue_msg(parts_->context.get(), &message) == 0) drain();
}

void WebSocketCodec::drain() {
    if (wslay_event_want_write(parts_->context.get()) != 0) CULVERT_CHECK(wslay_event_send(parts_->context.get()) == 0);
}

Status WebSocketCodec::feed(std::string_view bytes) {
    parts_->input = bytes;
    const int read = wslay_event_recv(parts_->context.get());
    drain();  // pongs, and the answer to a close or to a broken frame
    if (read != 0) return fail(Code::InvalidInput, "the peer sent a broken WebSocket frame");
    const std::uint16_t refused_with = wslay_event_get_close_sent(parts_->context.get()) != 0
                                           ? wslay_event_get_status_code_sent(parts_->context.get())
                                           : 0;
    const bool by_peer = wslay_event_get_close_received(parts_->context.get()) != 0;
    if (by_peer || wslay_event_get_read_enabled(parts_->context.get()) != 0) return {};
    switch (refused_with) {
        case WSLAY_CODE_MESSAGE_TOO_BIG:
            return fail(Code::InvalidInput, "the peer sent a WebSocket message above the limit");
        default:
            return fail(Code::InvalidInput, "the peer broke the WebSocket protocol");
    }
}

}  // namespace culvert::tunnel::link
