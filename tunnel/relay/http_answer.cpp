#include "tunnel/relay/http_answer.h"

#include <fmt/format.h>

#include "tunnel/envelope/admission.h"

namespace culvert::tunnel::relay {
namespace {

std::string_view phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 426:
            return "Upgrade Required";
        case 503:
            return "Service Unavailable";
        default:
            return "Bad Request";
    }
}

}  // namespace

std::string render(const HttpAnswer& answer, bool with_body) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n{}Connection: "
        "close\r\n\r\n{}",
        answer.status, phrase(answer.status), answer.content_type, answer.body.size(), answer.extra_headers,
        with_body ? answer.body : "");
}

HttpAnswer answer_on_public_port(std::string_view path, std::string_view tunnel_path) {
    if (path != tunnel_path) return HttpAnswer{.status = 404, .body = "Nothing is here.\n"};
    return HttpAnswer{
        .status = 426,
        .extra_headers = "Upgrade: websocket\r\n",
        .body = fmt::format(
            "This is the relay of a Culvert mesh. It speaks WebSocket at this address (subprotocol {}).\n\n"
            "If this came to an agent or a controller, something on the way removed the Upgrade header or the\n"
            "subprotocol: ask whoever runs the proxy to allow \"Upgrade: websocket\" to this host.\n",
            envelope::kSubprotocol)};
}

}  // namespace culvert::tunnel::relay
