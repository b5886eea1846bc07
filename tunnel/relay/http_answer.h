// One plain HTTP answer, as text that can go on the wire.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace culvert::tunnel::relay {

struct HttpAnswer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string extra_headers = {};  // whole lines, each with its line end
    std::string body = {};
};

// For GET and HEAD of `path` (without its query).
using HttpAnswers = std::function<HttpAnswer(std::string_view path)>;

// Status line, headers and body. The connection is closed behind it.
std::string render(const HttpAnswer& answer, bool with_body);

// What a relay's public port says to anything but the right WebSocket request: 426 with an explanation on
// `tunnel_path`, 404 elsewhere.
HttpAnswer answer_on_public_port(std::string_view path, std::string_view tunnel_path);

}  // namespace culvert::tunnel::relay
