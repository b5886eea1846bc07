#include "agent/http/connection.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/check.h"

namespace culvert::agent::http {

using metrics::ErrorKind;
using Kind = IoResult::Kind;

const char* to_string(Phase phase) {
    switch (phase) {
        case Phase::Dns:
            return "dns";
        case Phase::Connect:
            return "connect";
        case Phase::Tls:
            return "tls";
        case Phase::Send:
            return "send";
        case Phase::FirstByte:
            return "first_byte";
        case Phase::Body:
            return "body";
        case Phase::Check:
            return "check";
    }
    return "unknown";
}

std::optional<Failure> Connection::connect(const sockaddr_storage& address, Ssl tls) {
    close();
    ++generation_;
    use_tls_ = tls != nullptr;
    tls_ = std::move(tls);
    requests_ = 0;
    connection_times_ = ConnectionTimes{setting_.clock.steady_now(), std::nullopt, std::nullopt};
    state_ = State::Connecting;
    const IoResult result = transport_.connect(address);
    if (transport_.open()) ++setting_.open_sockets;
    if (result.kind == Kind::SystemError || result.kind == Kind::Reset) {
        Failure failure = failure_of(result);
        close();
        return failure;
    }
    interest_ = result.kind == Kind::Done ? Interest::Read : Interest::ReadWrite;
    if (const auto added = setting_.poller.add(transport_.fd(), token(), interest_); !added) {
        close();
        return Failure{ErrorKind::Resources, added.error().message, Phase::Connect, false, {}, {}};
    }
    return result.kind == Kind::Done ? after_connect() : std::nullopt;
}

std::optional<Failure> Connection::adopt(std::unique_ptr<net::Stream> stream) {
    close();
    ++generation_;
    requests_ = 0;
    transport_.adopt(std::move(stream));
    ++setting_.open_sockets;
    interest_ = Interest::Read;
    if (const auto added = setting_.poller.add(transport_.fd(), token(), interest_); !added) {
        close();
        return Failure{ErrorKind::Resources, added.error().message, Phase::Connect, false, {}, {}};
    }
    state_ = State::Idle;
    return std::nullopt;
}

std::optional<Failure> Connection::after_connect() {
    connection_times_.connected = setting_.clock.steady_now();
    if (use_tls_) {
        transport_.start_tls(std::move(tls_));
        state_ = State::Handshaking;
        return continue_handshake();
    }
    set_interest(Interest::Read);
    state_ = State::Idle;
    return std::nullopt;
}

std::optional<Failure> Connection::continue_handshake() {
    const IoResult result = transport_.handshake();
    if (result.kind == Kind::WantRead || result.kind == Kind::WantWrite) {
        set_interest(result.kind == Kind::WantRead ? Interest::Read : Interest::ReadWrite);
        return std::nullopt;
    }
    if (result.kind != Kind::Done) {
        Failure failure = failure_of(result);
        close();
        return failure;
    }
    connection_times_.secured = setting_.clock.steady_now();
    set_interest(Interest::Read);
    state_ = State::Idle;
    return std::nullopt;
}

std::optional<Failure> Connection::submit(std::string_view request, ResponseSink& sink, bool to_head,
                                          bool close_after) {
    CULVERT_CHECK(state_ == State::Idle && !request.empty());
    state_ = State::Busy;
    sink_ = &sink;
    close_after_ = close_after;
    received_ = 0;
    ++requests_;
    parser_.begin(to_head);
    times_ = ExchangeTimes{setting_.clock.steady_now(), {}, {}};
    const IoResult result = transport_.send(request);
    if (result.kind == Kind::Done && result.count == request.size()) return std::nullopt;
    if (result.kind == Kind::Done || result.kind == Kind::WantWrite || result.kind == Kind::WantRead) {
        unsent_.assign(request.substr(result.count));
        unsent_from_ = 0;
        set_interest(Interest::ReadWrite);
        return std::nullopt;
    }
    Failure failure = failure_of(result);
    close();
    return failure;
}

std::optional<Failure> Connection::flush() {
    while (unsent_from_ < unsent_.size()) {
        const IoResult result = transport_.send(std::string_view(unsent_).substr(unsent_from_));
        if (result.kind == Kind::WantWrite || result.kind == Kind::WantRead) return std::nullopt;
        if (result.kind != Kind::Done) return failure_of(result);
        unsent_from_ += result.count;
    }
    std::string().swap(unsent_);
    set_interest(Interest::Read);
    return std::nullopt;
}

void Connection::on_ready(const ReadyEvent& event) {
    if (event.token != token()) return;
    if (state_ == State::Connecting || state_ == State::Handshaking) {
        std::optional<Failure> failure;
        if (state_ == State::Handshaking) {
            failure = continue_handshake();
        } else if (const IoResult result = transport_.connected(); result.kind == Kind::Done) {
            failure = after_connect();
        } else {
            failure = failure_of(result);
        }
        if (failure) {
            fail_now(std::move(*failure));
        } else if (state_ == State::Idle) {
            setting_.events.on_connected(*this);
        }
        return;
    }
    if (event.readable) read();  // before sending: a server may answer and close before it has read everything
    if (event.token != token() || unsent_.empty() || state_ != State::Busy || !event.writable) return;
    if (auto failure = flush()) fail_now(std::move(*failure));
}

void Connection::read() {
    const std::uint32_t generation = generation_;
    while (state_ == State::Busy || state_ == State::Idle) {
        const IoResult result = transport_.receive(setting_.buffer);
        if (result.kind == Kind::WantRead || result.kind == Kind::WantWrite) return;
        if (result.kind == Kind::Closed) return ended();
        if (result.kind != Kind::Done) {
            if (state_ == State::Idle) return close();
            return fail_now(failure_of(result));
        }
        if (state_ == State::Idle) return close();  // nobody asked: the connection cannot be trusted any more
        take(std::string_view(setting_.buffer.data(), result.count));
        if (generation != generation_ || !transport_.open()) return;
        // The poller tells of whatever is still in the socket, but not of what TLS has already read from it.
        if (result.count < setting_.buffer.size() && !transport_.has_pending()) return;
    }
}

void Connection::take(std::string_view bytes) {
    const bool first = received_ == 0;
    const std::size_t before = bytes.size();
    times_.done = setting_.clock.steady_now();
    if (first) times_.first_byte = times_.done;
    const ResponseParser::Progress progress = parser_.feed(bytes, setting_.head, *sink_);
    received_ += before - bytes.size();
    if (progress == ResponseParser::Progress::Broken) {
        return fail_now(
            Failure{ErrorKind::Protocol, parser_.problem(), first ? Phase::FirstByte : Phase::Body, false, {}, {}});
    }
    if (progress == ResponseParser::Progress::Complete)
        finish_response(parser_.keep_alive() && bytes.empty() && unsent_.empty() && !close_after_);
}

void Connection::finish_response(bool reusable) {
    state_ = reusable ? State::Idle : State::Finished;
    sink_ = nullptr;
    const std::uint32_t generation = generation_;
    setting_.events.on_response(*this);
    if (generation == generation_ && state_ == State::Finished) close();
}

void Connection::ended() {
    if (state_ == State::Idle) return close();
    if (parser_.end_of_stream() == ResponseParser::Progress::Complete) {
        times_.done = setting_.clock.steady_now();
        return finish_response(false);
    }
    const char* what = received_ == 0 ? "the server closed the connection without an answer" : parser_.problem();
    fail_now(Failure{ErrorKind::Reset, what, phase(), received_ == 0 && requests_ > 1, {}, {}});
}

Phase Connection::phase() const {
    if (state_ == State::Handshaking) return Phase::Tls;
    if (state_ != State::Busy) return Phase::Connect;
    if (!unsent_.empty()) return Phase::Send;
    return received_ == 0 ? Phase::FirstByte : Phase::Body;
}

Failure Connection::failure_of(const IoResult& result) {
    Failure failure{ErrorKind::Reset, {}, phase(), false, transport_.local_address(), transport_.remote_address()};
    failure.retry_is_safe = state_ == State::Busy && received_ == 0 && requests_ > 1;
    if (result.kind == Kind::TlsBroken || (result.kind == Kind::Closed && failure.phase == Phase::Tls)) {
        failure.kind = ErrorKind::Tls;
        failure.what = result.kind == Kind::Closed ? "the server closed the connection during the TLS handshake"
                                                   : "TLS: " + transport_.tls_problem();
        return failure;
    }
    if (result.kind == Kind::Closed) {
        failure.what = "the server closed the connection";
        return failure;
    }
    failure.what = std::strerror(result.error_number);
    switch (result.error_number) {
        case ECONNREFUSED:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EACCES:
        case EPERM:
            failure.kind = ErrorKind::Refused;
            break;
        case ETIMEDOUT:
            failure.kind = failure.phase == Phase::Connect ? ErrorKind::ConnectTimeout : ErrorKind::Timeout;
            break;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EADDRNOTAVAIL:
            failure.kind = ErrorKind::Resources;
            break;
        default:
            failure.kind = ErrorKind::Reset;
            break;
    }
    if (result.error_number == EADDRNOTAVAIL) failure.what += " (no local port is left)";
    if (result.error_number == EMFILE) failure.what += " (raise the limit of open files of this process)";
    return failure;
}

void Connection::fail_now(Failure failure) {
    if (failure.local_address.empty()) failure.local_address = transport_.local_address();
    if (failure.remote_address.empty()) failure.remote_address = transport_.remote_address();
    close();
    setting_.events.on_failed(*this, failure);
}

void Connection::set_interest(Interest interest) {
    if (interest == interest_) return;
    interest_ = interest;
    setting_.poller.change(transport_.fd(), token(), interest);
}

void Connection::close() {
    if (transport_.open()) {
        setting_.poller.remove(transport_.fd());
        transport_.close();
        --setting_.open_sockets;
    }
    tls_.reset();
    sink_ = nullptr;
    std::string().swap(unsent_);
    state_ = State::Closed;
}

}  // namespace culvert::agent::http
