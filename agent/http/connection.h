// One connection of one user to one origin, speaking HTTP/1.1: connect, TLS, then one request after the other. Owns no
// buffer while it is idle.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/http/poller.h"
#include "agent/http/resolver.h"
#include "agent/http/response_parser.h"
#include "agent/http/tls_context.h"
#include "agent/http/transport.h"
#include "common/base/clock.h"
#include "common/metrics/interval.h"

namespace culvert::agent::http {

class Connection;

// Where a request was when it ended.
enum class Phase : std::uint8_t { Dns, Connect, Tls, Send, FirstByte, Body, Check };
const char* to_string(Phase phase);

struct Failure {
    metrics::ErrorKind kind = metrics::ErrorKind::Reset;
    std::string what;
    Phase phase = Phase::Connect;
    bool retry_is_safe = false;  // a kept connection ended before any byte of the answer: the server had closed it
    std::string local_address, remote_address;  // as far as there was a connection
};

// Called by the connection's own worker thread only. Each may use the connection again at once.
class ConnectionEvents {
  public:
    virtual ~ConnectionEvents() = default;
    virtual void on_connected(Connection& connection) = 0;
    virtual void on_response(Connection& connection) = 0;
    virtual void on_failed(Connection& connection, const Failure& failure) = 0;  // it is closed by then
};

// What all connections of one worker thread share.
struct ConnectionSetting {
    Poller& poller;
    const Clock& clock;
    std::span<char> buffer;  // for reading
    ResponseHead& head;      // scratch
    ConnectionEvents& events;
    std::uint32_t& open_sockets;
};

struct ConnectionTimes {  // of the last connect; none: not reached
    SteadyTime begun{};
    std::optional<SteadyTime> connected, secured;
};

struct ExchangeTimes {  // of the last request
    SteadyTime sent{}, first_byte{}, done{};
};

class Connection {
  public:
    enum class State : std::uint8_t { Closed, Connecting, Handshaking, Idle, Busy, Finished };

    // `index` is what the poller's tokens carry back.
    Connection(const ConnectionSetting& setting, std::uint32_t index) : setting_(setting), index_(index) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // From Closed or Finished. `tls`: the client to use, or null. A failure here comes back at once and not as an
    // event; so does being connected (State::Idle, no event).
    std::optional<Failure> connect(const sockaddr_storage& address, Ssl tls);
    // A stream that was dialled elsewhere, ready for requests.
    std::optional<Failure> adopt(std::unique_ptr<net::Stream> stream);
    // Sends a request; from Idle only. `sink` gets the answer and lives until then. `close_after`: the connection is
    // not used again.
    std::optional<Failure> submit(std::string_view request, ResponseSink& sink, bool to_head, bool close_after);
    void close();

    std::uint32_t index() const { return index_; }
    State state() const { return state_; }
    bool connecting() const { return state_ == State::Connecting || state_ == State::Handshaking; }
    bool usable() const { return state_ == State::Idle; }
    Phase phase() const;
    const ConnectionTimes& connection_times() const { return connection_times_; }
    const ExchangeTimes& times() const { return times_; }
    std::uint64_t bytes_received() const { return received_; }  // of the last answer, head and body
    std::string local_address() const { return transport_.local_address(); }
    std::string remote_address() const { return transport_.remote_address(); }

    // From the poller.
    static std::uint32_t index_of(std::uint64_t token) { return static_cast<std::uint32_t>(token); }
    void on_ready(const ReadyEvent& event);

  private:
    std::uint64_t token() const { return (std::uint64_t{generation_} << 32) | index_; }
    void set_interest(Interest interest);
    std::optional<Failure> after_connect();
    std::optional<Failure> continue_handshake();
    std::optional<Failure> flush();
    void read();
    void take(std::string_view bytes);
    void finish_response(bool reusable);
    void ended();
    Failure failure_of(const IoResult& result);
    void fail_now(Failure failure);

    const ConnectionSetting& setting_;
    const std::uint32_t index_;
    std::uint32_t generation_ = 0;  // of the descriptor: events of an earlier one are stale
    State state_ = State::Closed;
    Interest interest_ = Interest::Read;
    bool use_tls_ = false;
    bool close_after_ = false;
    Ssl tls_;  // until the socket is connected
    Transport transport_;
    ResponseParser parser_;
    ResponseSink* sink_ = nullptr;
    std::string unsent_;  // a request, when the socket did not take all of it
    std::size_t unsent_from_ = 0;
    std::uint64_t requests_ = 0, received_ = 0;
    ConnectionTimes connection_times_;
    ExchangeTimes times_;
};

}  // namespace culvert::agent::http
