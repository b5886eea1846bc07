// What happens on a connection: plain requests, upgrades, messages, pongs, ends.
#include <utility>

#include "common/base/text.h"
#include "tunnel/envelope/admission.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/relay/lws_state.h"

namespace culvert::tunnel::relay {
namespace {

static_assert(kHeadroom >= LWS_PRE);

// A client may offer several versions; lws takes the first that it knows, and plain HTTP is one of those.
bool offers_ours(std::string_view subprotocols) {
    bool found = false;
    for (const std::string_view offered : split(subprotocols, ',')) {
        if (trim(offered) == kPlainHttp) return false;
        found = found || trim(offered) == envelope::kSubprotocol;
    }
    return found;
}

}  // namespace

std::string header(lws* wsi, lws_token_indexes token) {
    const int length = lws_hdr_total_length(wsi, token);
    if (length <= 0) return {};
    std::string value(static_cast<std::size_t>(length) + 1, '\0');
    const int copied = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
    value.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
    return value;
}

bool has_header(lws* wsi, lws_token_indexes token) {
    return lws_hdr_total_length(wsi, token) > 0;
}

std::string peer_of(lws* wsi) {
    char peer[64] = "";
    lws_get_peer_simple(wsi, peer, sizeof peer);
    return peer;
}

int LwsServer::State::http_event(lws* wsi, lws_callback_reasons reason, void* in, std::size_t length) {
    switch (reason) {
        case LWS_CALLBACK_HTTP: {
            const std::string_view path(static_cast<const char*>(in), length);
            return is_poll(wsi, path) ? poll_begun(wsi, path) : answer(wsi, path);
        }
        case LWS_CALLBACK_HTTP_BODY:
            return poll_body(wsi, {static_cast<const char*>(in), length});
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return poll_whole(wsi);
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return poll_writeable(wsi);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return confirm_upgrade(wsi);
        case LWS_CALLBACK_WSI_CREATE:
            ++connections;
            return 0;
        case LWS_CALLBACK_CLOSED_HTTP:
            poll_gone(wsi);
            return 0;
        case LWS_CALLBACK_WSI_DESTROY:
            poll_gone(wsi);
            --connections;
            return 0;
        default:
            return 0;
    }
}

int LwsServer::State::answer(lws* wsi, std::string_view path) {
    const bool head = has_header(wsi, WSI_TOKEN_HEAD_URI);
    HttpAnswer reply{.status = 405, .extra_headers = "Allow: GET, HEAD\r\n", .body = "Only GET and HEAD.\n"};
    if (head || has_header(wsi, WSI_TOKEN_GET_URI)) reply = pages_of(wsi)(path);
    const std::string text = render(reply, !head);
    std::string buffer(kHeadroom, '\0');
    buffer += text;
    lws_write(wsi, reinterpret_cast<unsigned char*>(buffer.data() + kHeadroom), text.size(), LWS_WRITE_HTTP_FINAL);
    return -1;  // closed once what was written is out
}

int LwsServer::State::confirm_upgrade(lws* wsi) {
    const std::string path = header(wsi, WSI_TOKEN_GET_URI);
    if (&pages_of(wsi) == &public_pages && path == settings.path && offers_ours(header(wsi, WSI_TOKEN_PROTOCOL)))
        return 0;
    return answer(wsi, path);
}

int LwsServer::State::web_socket_event(lws* wsi, WebSocketSession* session, lws_callback_reasons reason, void* in,
                                       std::size_t length) {
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED:
            established(wsi, *session);
            return 0;
        case LWS_CALLBACK_RECEIVE:
            return received(wsi, *session, {static_cast<const char*>(in), length});
        case LWS_CALLBACK_RECEIVE_PONG:
            heard(*session);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return writeable(wsi, *session);
        case LWS_CALLBACK_CLOSED:
            closed(*session);
            return 0;
        default:
            return 0;
    }
}

void LwsServer::State::established(lws* wsi, WebSocketSession& session) {
    session.link = next_link++;
    session.partial = nullptr;
    session.connection = &links[session.link];
    session.connection->wsi = wsi;
    heard(session);
    handler.on_link(session.link, peer_of(wsi), Carrier::WebSocket);
}

int LwsServer::State::received(lws* wsi, WebSocketSession& session, std::string_view fragment) {
    heard(session);
    const bool whole = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
    if (lws_frame_is_binary(wsi) == 0) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, nullptr, 0);
        return -1;
    }
    if (session.partial == nullptr && whole) {
        handler.on_message(session.link, fragment);
        return 0;
    }
    if (session.partial == nullptr) session.partial = new std::string;
    if (session.partial->size() + fragment.size() > handler.largest_message(session.link)) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, nullptr, 0);
        return -1;
    }
    session.partial->append(fragment);
    if (!whole) return 0;
    const std::unique_ptr<std::string> message(std::exchange(session.partial, nullptr));
    handler.on_message(session.link, *message);
    return 0;
}

int LwsServer::State::writeable(lws* wsi, const WebSocketSession& session) {
    if (std::exchange(session.connection->ping_due, false)) return ping(wsi, *session.connection);
    NextMessage next = handler.next_message(session.link);
    if (next.close) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, nullptr, 0);
        return -1;
    }
    if (next.bytes.empty()) return 0;
    auto* const payload = reinterpret_cast<unsigned char*>(next.bytes.data() + kHeadroom);
    if (lws_write(wsi, payload, next.bytes.size() - kHeadroom, LWS_WRITE_BINARY) < 0) return -1;
    if (next.more) lws_callback_on_writable(wsi);
    return 0;
}

void LwsServer::State::closed(WebSocketSession& session) {
    delete std::exchange(session.partial, nullptr);
    const Gone why = session.connection->why;
    links.erase(session.link);
    if (!stopping) handler.on_link_gone(session.link, why);
}

int LwsServer::State::ping(lws* wsi, Connection& connection) {
    connection.pinged = true;
    unsigned char frame[kHeadroom + 1] = {};  // not empty: lws says nothing of the answer to an empty ping
    if (lws_write(wsi, frame + kHeadroom, 1, LWS_WRITE_PING) < 0) return -1;
    lws_callback_on_writable(wsi);
    return 0;
}

void LwsServer::State::heard(const WebSocketSession& session) {
    session.connection->heard = loop.clock().steady_now();
    session.connection->pinged = false;
}

}  // namespace culvert::tunnel::relay
