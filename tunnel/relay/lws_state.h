// What stands behind an LwsServer: its connections, and the events of libwebsockets. Only lws_*.cpp of this folder
// include this.
#pragma once

#include <libwebsockets.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tunnel/relay/long_poll_desk.h"
#include "tunnel/relay/lws_server.h"

namespace culvert::tunnel::relay {

// lws' name for connections that are no WebSocket.
inline constexpr const char* kPlainHttp = "http";

struct Connection {
    lws* wsi = nullptr;
    SteadyTime heard{};
    bool ping_due = false;
    bool pinged = false;  // since it was heard
    Gone why = Gone::Disconnected;
};

struct WebSocketSession {
    LinkId link;
    Connection* connection;
    std::string* partial;  // a message that has not arrived whole yet
};

// A long-poll request, from its head to its answer.
struct Exchange {
    ExchangeId id = 0;
    std::string verb, arguments, body;
    bool held = false;
};

struct LwsServer::State {
    LwsSettings settings;
    net::Loop& loop;
    LinkHandler& handler;
    HttpAnswers public_pages;
    HttpAnswers admin_pages;

    lws_context* context = nullptr;
    lws_vhost* vhost = nullptr;
    std::size_t connections = 0;
    LinkId next_link = 1;
    std::unordered_map<LinkId, Connection> links = {};
    std::unique_ptr<net::Loop::Timer> keep_alive_timer = nullptr;
    bool stopping = false;  // the handler hears no more

    std::unique_ptr<LongPollDesk> desk = nullptr;
    std::unique_ptr<net::Loop::Timer> desk_timer = nullptr;
    std::unordered_map<lws*, Exchange> exchanges = {};
    std::unordered_map<ExchangeId, lws*> held = {};
    ExchangeId last_exchange = 0;

    static State& of(lws* wsi) { return *static_cast<State*>(lws_context_user(lws_get_context(wsi))); }
    int http_event(lws* wsi, lws_callback_reasons reason, void* in, std::size_t length);
    int web_socket_event(lws* wsi, WebSocketSession* session, lws_callback_reasons reason, void* in,
                         std::size_t length);

    int answer(lws* wsi, std::string_view path);
    int confirm_upgrade(lws* wsi);
    void established(lws* wsi, WebSocketSession& session);
    int received(lws* wsi, WebSocketSession& session, std::string_view fragment);
    int writeable(lws* wsi, const WebSocketSession& session);
    int ping(lws* wsi, Connection& connection);
    void heard(const WebSocketSession& session);
    void keep_alive();
    void kill(const Connection& connection);
    // lws looks at its own timers only after an event of a socket of its own.
    void let_lws_see_its_timers() { lws_cancel_service(context); }
    void closed(WebSocketSession& session);

    // lws_long_poll.cpp
    void open_desk();
    bool is_poll(lws* wsi, std::string_view path) const;
    int poll_begun(lws* wsi, std::string_view path);
    int poll_body(lws* wsi, std::string_view bytes);
    int poll_whole(lws* wsi);
    int poll_writeable(lws* wsi);
    void poll_gone(lws* wsi);

    bool adopt(int fd, lws_adoption_type type, HttpAnswers& pages);
    // What its listener serves is the connection's mark; lws' own choice would go by the Host header.
    HttpAnswers& pages_of(lws* wsi) const { return *static_cast<HttpAnswers*>(lws_get_opaque_user_data(wsi)); }
};

// Empty: absent.
std::string header(lws* wsi, lws_token_indexes token);
bool has_header(lws* wsi, lws_token_indexes token);
std::string peer_of(lws* wsi);

}  // namespace culvert::tunnel::relay
