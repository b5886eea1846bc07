#include "tunnel/link/web_socket_link.h"

#include <array>
#include <utility>

#include "common/base/text.h"
#include "common/crypto/websocket_accept.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kReadSize = 32 << 10;
constexpr int kMostReadsAtOnce = 32;             // then other work of the loop has its turn
constexpr std::size_t kMostAnswers = 256 << 10;  // pongs that wait to be sent; beyond it nothing is read

std::span<const std::byte> bytes_of(const std::string& text, std::size_t from) {
    return std::as_bytes(std::span(text.data(), text.size())).subspan(from);
}

}  // namespace

WebSocketLink::WebSocketLink(net::Loop& loop, std::unique_ptr<net::Stream> stream, const RelayUrl& url,
                             Duration heartbeat, LinkListener& listener)
    : loop_(loop),
      stream_(std::move(stream)),
      listener_(&listener),
      key_(crypto::make_websocket_key()),
      upgrade_(crypto::websocket_accept(key_)),
      codec_(WebSocketCodec::Side::Client, envelope::kLargestBatch, *this),
      liveness_(heartbeat, loop.clock().steady_now()),
      queue_(kQueueCapacity) {
    liveness_.took(stream_->route().tls_time);
    out_ = upgrade_request(url, key_);
    watch_ = loop_.watch(stream_->fd(), [this](bool readable, bool writable) { ready(readable, writable); });
    tick_ = loop_.every(std::chrono::seconds(1), [this] { tick(); });
    ask_for_events();
}

WebSocketLink::~WebSocketLink() = default;

Status WebSocketLink::send(const envelope::Envelope& envelope) {
    loop_.check_on_thread();
    if (state_ != State::Open) return fail(Code::Disconnected, "the link is not open");
    if (!queue_.push(envelope)) {
        overloaded_ = true;
        return fail(Code::Overloaded, "the link's queue is full");
    }
    ask_for_events();  // sent when the loop comes round, or all that was read is dealt with, with whatever has gathered
    return {};
}

void WebSocketLink::close(std::string_view reason) {
    loop_.check_on_thread();
    listener_ = nullptr;  // whatever still goes wrong is nobody's concern
    if (state_ == State::Open) {
        write();
        if (state_ == State::Open && out_begin_ == out_.size() && queue_.empty()) {
            codec_.close(1000, reason);
            write();
        }
    }
    if (state_ != State::Closed) shut();
}

void WebSocketLink::ready(bool readable, bool writable) {
    in_ready_ = true;
    if (readable || more_to_read_) read();
    // Answers to what was read go at once: the socket has room unless something is left from the last time.
    if ((writable || out_begin_ == out_.size()) && state_ != State::Closed) write();
    in_ready_ = false;
    if (state_ != State::Closed) ask_for_events();
    if (state_ == State::Open && listener_ != nullptr && overloaded_ && queue_.bytes() <= kQueueRoomAgain) {
        overloaded_ = false;
        listener_->on_link_writable();
    }
}

// TLS may hold bytes that the socket no longer shows, so reading goes on until nothing comes, here or in the next
// round.
void WebSocketLink::read() {
    std::array<std::byte, kReadSize> buffer;
    more_to_read_ = true;
    for (int i = 0; i < kMostReadsAtOnce && codec_.output().size() < kMostAnswers; ++i) {
        const Result<std::size_t> count = stream_->receive(buffer);
        if (!count) {
            return fail_with(state_ == State::Upgrading ? upgrade_.ended() : count.error());
        }
        if (*count == 0) {
            more_to_read_ = false;
            return;
        }
        liveness_.heard(loop_.clock().steady_now());
        take({reinterpret_cast<const char*>(buffer.data()), *count});
        if (state_ == State::Closed) return;
    }
}

void WebSocketLink::take(std::string_view bytes) {
    if (state_ == State::Upgrading) {
        const Result<UpgradeResponse::Progress> progress = upgrade_.feed(bytes);
        if (!progress) return fail_with(progress.error());
        if (*progress == UpgradeResponse::Progress::Upgraded) upgraded();
        return;
    }
    const Status fed = codec_.feed(bytes);
    if (!fed && state_ != State::Closed) fail_with(Error{Code::Disconnected, fed.error().message});
}

void WebSocketLink::upgraded() {
    state_ = State::Open;
    listener_->on_link_open();
    if (state_ == State::Open && !upgrade_.rest().empty()) take(upgrade_.rest());
}

void WebSocketLink::on_message(std::string_view message) {
    while (!message.empty() && state_ == State::Open) {
        const Result<envelope::EnvelopeView> next = envelope::take_front(message);
        if (!next) return fail_with(Error{Code::Disconnected, "the relay sent a " + next.error().message});
        listener_->on_link_envelope(*next);
    }
}

void WebSocketLink::on_close(int code, std::string_view reason) {
    if (state_ != State::Open) return;
    std::string text = "the relay closed the link (" + std::to_string(code) +
                       (reason.empty() ? ")" : ": " + excerpt(reason, 120) + ")");
    fail_with(Error{Code::Disconnected, std::move(text)});
}

void WebSocketLink::write() {
    while (refill()) {
        const Result<std::size_t> count = stream_->send(bytes_of(out_, out_begin_));
        if (!count) return fail_with(count.error());
        if (*count == 0) return;
        out_begin_ += *count;
        if (state_ == State::Open) liveness_.sent(loop_.clock().steady_now());
    }
}

// One message at a time: what is not yet a message can still grow into a larger batch.
bool WebSocketLink::refill() {
    if (out_begin_ < out_.size()) return true;
    out_.clear();
    out_begin_ = 0;
    if (state_ == State::Open && codec_.output().empty() && !queue_.empty()) codec_.send(queue_.pop());
    out_.swap(codec_.output());
    return !out_.empty();
}

void WebSocketLink::tick() {
    if (state_ != State::Open) return;
    switch (liveness_.check(loop_.clock().steady_now())) {
        case Liveness::Verdict::Fine:
            return;
        case Liveness::Verdict::AskNow:
            codec_.ping();
            return ask_for_events();
        case Liveness::Verdict::Dead:
            break;
    }
    const auto silent_s =
        std::chrono::duration_cast<std::chrono::seconds>(liveness_.silent_for(loop_.clock().steady_now())).count();
    fail_with(Error{Code::Timeout,
                    "nothing was heard from the relay for " + std::to_string(silent_s) + " s: the link is dead"});
}

void WebSocketLink::ask_for_events() {
    if (in_ready_) return;
    const bool to_write =
        out_begin_ < out_.size() || !codec_.output().empty() || (state_ == State::Open && !queue_.empty());
    watch_->set(codec_.output().size() < kMostAnswers, to_write || more_to_read_);
}

void WebSocketLink::fail_with(Error why) {
    if (state_ == State::Closed) return;
    shut();
    if (listener_ != nullptr) listener_->on_link_closed(why);
}

// The stream stays until the link is destroyed: a read may be on the stack.
void WebSocketLink::shut() {
    state_ = State::Closed;
    watch_.reset();
    tick_.reset();
}

}  // namespace culvert::tunnel::link
