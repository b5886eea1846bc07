// Long-poll: requests below the tunnel's path, from the public sockets to the desk and back.
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/long_poll.h"
#include "tunnel/relay/lws_state.h"

namespace culvert::tunnel::relay {
namespace {

namespace poll = envelope::long_poll;

constexpr Duration kSweepPeriod = std::chrono::milliseconds(500);
constexpr int kReadAnswer_s = 20;  // how long a node may take to read its answer

// The length of what follows the head; nothing when it is not said, is no number, or is too much.
std::optional<std::size_t> body_length(lws* wsi) {
    if (has_header(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING)) return std::nullopt;
    const std::string text = header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (length > envelope::kLargestBatch) return std::nullopt;
    return length;
}

// As they stood in the URL; lws has taken them apart.
std::string arguments_of(lws* wsi) {
    std::string all;
    char one[256] = "";
    for (int i = 0; lws_hdr_copy_fragment(wsi, one, sizeof one, WSI_TOKEN_HTTP_URI_ARGS, i) >= 0; ++i) {
        if (i > 0) all.push_back('&');
        all += one;
    }
    return all;
}

int write(lws* wsi, const PollAnswer& answer) {
    std::string buffer(kHeadroom, '\0');
    buffer += fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store, no-transform\r\n\r\n",
        answer.status, answer.status == 200 ? "OK" : "Refused", poll::kContentType, answer.body.size());
    buffer += answer.body;
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, kReadAnswer_s);
    auto* const bytes = reinterpret_cast<unsigned char*>(buffer.data() + kHeadroom);
    if (lws_write(wsi, bytes, buffer.size() - kHeadroom, LWS_WRITE_HTTP_FINAL) < 0) return -1;
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

}  // namespace

void LwsServer::State::open_desk() {
    desk = std::make_unique<LongPollDesk>(
        LongPollDesk::Settings{settings.connections, settings.give_up_after}, handler, loop.clock(),
        [this] { return next_link++; },
        [this](ExchangeId exchange) {
            const auto found = held.find(exchange);
            if (found != held.end()) lws_callback_on_writable(found->second);
        });
    desk_timer = loop.every(kSweepPeriod, [this] { desk->sweep(); });
}

bool LwsServer::State::is_poll(lws* wsi, std::string_view path) const {
    return &pages_of(wsi) == &public_pages && has_header(wsi, WSI_TOKEN_POST_URI) && path.starts_with(settings.path) &&
           path.substr(settings.path.size()).starts_with(poll::kPathSuffix);
}

int LwsServer::State::poll_begun(lws* wsi, std::string_view path) {
    const auto length = body_length(wsi);
    if (!length) return -1;
    Exchange exchange;
    exchange.id = ++last_exchange;
    exchange.verb = path.substr(settings.path.size() + poll::kPathSuffix.size());
    exchange.arguments = arguments_of(wsi);
    exchanges[wsi] = std::move(exchange);
    return *length == 0 ? poll_whole(wsi) : 0;
}

int LwsServer::State::poll_body(lws* wsi, std::string_view bytes) {
    const auto found = exchanges.find(wsi);
    if (found == exchanges.end() || found->second.body.size() + bytes.size() > envelope::kLargestBatch) return -1;
    found->second.body.append(bytes);
    return 0;
}

int LwsServer::State::poll_whole(lws* wsi) {
    const auto found = exchanges.find(wsi);
    // lws may say "whole" of an empty body once more.
    if (found == exchanges.end() || found->second.held) return 0;
    const Exchange exchange = std::move(found->second);
    exchanges.erase(found);
    held.emplace(exchange.id, wsi);
    const auto answer =
        desk->take(exchange.id, PollRequest{exchange.verb, exchange.arguments, exchange.body}, peer_of(wsi));
    if (answer) {
        held.erase(exchange.id);
        return write(wsi, *answer);
    }
    exchanges[wsi] = Exchange{.id = exchange.id, .held = true};
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    return 0;
}

int LwsServer::State::poll_writeable(lws* wsi) {
    const auto found = exchanges.find(wsi);
    if (found == exchanges.end() || held.erase(found->second.id) == 0) return 0;
    const ExchangeId exchange = found->second.id;
    exchanges.erase(found);
    return write(wsi, desk->answer_of(exchange));
}

void LwsServer::State::poll_gone(lws* wsi) {
    const auto found = exchanges.find(wsi);
    if (found == exchanges.end()) return;
    if (held.erase(found->second.id) != 0 && !stopping) desk->gone(found->second.id);
    exchanges.erase(found);
}

}  // namespace culvert::tunnel::relay
