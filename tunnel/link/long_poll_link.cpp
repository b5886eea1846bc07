#include "tunnel/link/long_poll_link.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/text.h"
#include "tunnel/envelope/long_poll.h"
#include "tunnel/link/liveness.h"
#include "tunnel/link/upgrade.h"
#include "tunnel/link/web_socket_link.h"

namespace culvert::tunnel::link {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
namespace poll = envelope::long_poll;

constexpr Duration kShortestWait = seconds(1);
constexpr Duration kAnswerDeadline = seconds(8);  // for what the relay answers at once
constexpr int kAnswerTrips = 4;                   // of a slow path: dialling is two of them
constexpr Duration kOpenDeadline = seconds(12);   // how slow the path is, is not known yet
constexpr Duration kGiveUpAfter = seconds(15);    // without any answer
constexpr Duration kPause = milliseconds(200);    // before a request is repeated
// Room for a page that stands where a batch should.
constexpr std::size_t kLargestAnswer = poll::kNumberSize + envelope::kLargestBatch;

Error page_instead(std::string_view what, const HttpResponse& response) {
    std::string text = std::string(what) + " was answered with " + std::to_string(response.status());
    if (!response.head().reason().empty()) text += " " + response.head().reason();
    const std::string quote = page_text(std::string_view(response.body()).substr(0, kLargestPage));
    if (!quote.empty()) text += "; the page says \"" + quote + "\"";
    const int status = response.status();
    return Error{status == 401 || status == 403 || status == 407 ? Code::Unauthorized : Code::Disconnected,
                 std::move(text)};
}

SlowPath path_of(const net::Stream& stream) {
    SlowPath path;
    path.took(stream.route().tls_time);
    return path;
}

bool is_relays(const HttpResponse& response) {
    const std::string* const type = response.head().header("content-type");
    return type != nullptr && type->starts_with(poll::kContentType);
}

}  // namespace

LongPollLink::LongPollLink(net::Loop& loop, std::unique_ptr<net::Stream> stream, const net::DialRequest& route,
                           net::CredentialMemory& memory, const RelayUrl& url, Duration heartbeat,
                           LinkListener& listener)
    : loop_(loop),
      url_(url),
      listener_(&listener),
      slow_(path_of(*stream)),
      down_(loop, route, memory, kLargestAnswer, std::move(stream)),
      up_(loop, route, memory, kLargestAnswer, nullptr),
      heard_(loop.clock().steady_now()),
      wait_(std::clamp<Duration>(heartbeat, kShortestWait, poll::kLongestWait)),
      queue_(kQueueCapacity) {
    open();
}

LongPollLink::~LongPollLink() = default;

Status LongPollLink::send(const envelope::Envelope& envelope) {
    loop_.check_on_thread();
    if (state_ != State::Open) return fail(Code::Disconnected, "the link is not open");
    if (!queue_.push(envelope)) {
        overloaded_ = true;
        return fail(Code::Overloaded, "the link's queue is full");
    }
    // When the loop comes round, with whatever else has gathered by then.
    if (!up_.busy() && push_ == nullptr) push_ = loop_.after(Duration::zero(), [this] { push(); });
    return {};
}

void LongPollLink::close(std::string_view reason) {
    loop_.check_on_thread();
    listener_ = nullptr;
    if (state_ == State::Open) {
        log::debug("long-poll link closed", {{"relay", url_.text}, {"why", excerpt(reason, 80)}});
        if (!up_.busy() && !queue_.empty())
            up_.say_last(request(poll::kSend, "&number=" + std::to_string(sent_ + 1), queue_.pop()));
        up_.say_last(request(poll::kClose, "", ""));
    }
    if (state_ != State::Closed) shut();
}

void LongPollLink::open() {
    down_.ask(request(poll::kOpen, "", ""), slow_.stretch(kOpenDeadline, kAnswerTrips),
              [this](const Result<HttpResponse>& response) { opened(response); });
}

void LongPollLink::opened(const Result<HttpResponse>& response) {
    if (!response) return fail_with({response.error().code, "long-poll: " + response.error().message});
    const std::string_view id = response->body();
    if (response->status() != 200 || !is_relays(*response) || !poll::is_link_id(id))
        return fail_with(page_instead("long-poll", *response));
    id_ = id;
    const SteadyTime now = loop_.clock().steady_now();
    slow_.took(now - heard_);
    heard_ = now;
    state_ = State::Open;
    receive();
    listener_->on_link_open();
}

void LongPollLink::receive() {
    receive_again_.reset();
    asked_ = loop_.clock().steady_now();
    const std::string arguments = "&ack=" + std::to_string(received_) +
                                  "&wait=" + std::to_string(std::chrono::duration_cast<seconds>(wait_).count());
    down_.ask(request(poll::kReceive, arguments, ""), wait_ + answer_deadline(),
              [this](const Result<HttpResponse>& response) { received(response); });
}

void LongPollLink::received(const Result<HttpResponse>& response) {
    const Duration held = loop_.clock().steady_now() - asked_;
    const bool answered = response && is_relays(*response);
    if (answered && response->status() == poll::kGone)
        return fail_with({Code::Disconnected, "the relay ended the link: " + excerpt(response->body(), 120)});
    if (!answered || response->status() != 200) {
        learn_patience(held);
        const Error why = response ? page_instead("receiving", *response) : response.error();
        return again("receiving", why, receive_again_, &LongPollLink::receive);
    }
    heard_ = loop_.clock().steady_now();
    std::string_view body = response->body();
    const std::optional<std::uint64_t> number = poll::take_number(body);
    if (!number || (body.empty() ? *number != received_ : *number != received_ + 1 && *number != received_))
        return fail_with({Code::Disconnected, "the relay's long-poll answer is out of step"});
    const bool fresh = *number == received_ + 1;
    received_ = *number;
    receive();  // first, so that the relay can go on while this is worked off
    if (fresh) take(body);
}

// Who twice ends a request that the relay still holds, after the same time, has so much patience and no more.
void LongPollLink::learn_patience(Duration held) {
    const Duration before = std::exchange(last_cut_, held);
    const bool same = held - before < before / 4 && before - held < before / 4;
    if (held < kShortestWait || held >= wait_ || !same) return;
    wait_ = std::max<Duration>(kShortestWait, held / 2);
    log::info("something on the way ends requests that wait; the relay now holds them for a shorter time",
              {{"relay", url_.text}, {"cut_after", to_string(held)}, {"wait", to_string(wait_)}});
}

void LongPollLink::take(std::string_view batch) {
    while (!batch.empty() && state_ == State::Open) {
        const Result<envelope::EnvelopeView> next = envelope::take_front(batch);
        if (!next) return fail_with({Code::Disconnected, "the relay sent a " + next.error().message});
        if (listener_ == nullptr) return;
        listener_->on_link_envelope(*next);
    }
}

void LongPollLink::push() {
    push_.reset();
    if (state_ != State::Open || up_.busy()) return;
    if (under_way_.empty()) {
        if (queue_.empty()) return;
        while (!queue_.empty() &&
               under_way_.size() + envelope::kBatchTarget <= envelope::kLargestBatch - envelope::kLargestBody)
            under_way_ += queue_.pop();
        ++sent_;
    }
    up_.ask(request(poll::kSend, "&number=" + std::to_string(sent_), under_way_), answer_deadline(),
            [this](const Result<HttpResponse>& response) { pushed(response); });
}

void LongPollLink::pushed(const Result<HttpResponse>& response) {
    const bool answered = response && is_relays(*response);
    if (answered && response->status() == poll::kGone)
        return fail_with({Code::Disconnected, "the relay ended the link: " + excerpt(response->body(), 120)});
    if (!answered || response->status() != 200) {
        const Error why = response ? page_instead("sending", *response) : response.error();
        return again("sending", why, push_, &LongPollLink::push);
    }
    heard_ = loop_.clock().steady_now();
    under_way_.clear();
    if (!queue_.empty()) push();
    if (state_ == State::Open && listener_ != nullptr && overloaded_ && queue_.bytes() <= kQueueRoomAgain) {
        overloaded_ = false;
        listener_->on_link_writable();
    }
}

void LongPollLink::again(const std::string& what, const Error& why, std::unique_ptr<net::Loop::Timer>& timer,
                         void (LongPollLink::*attempt)()) {
    if (loop_.clock().steady_now() - heard_ >=
        slow_.stretch(kGiveUpAfter, 2 * kAnswerTrips) + (attempt == &LongPollLink::receive ? wait_ : Duration{}))
        return fail_with({why.code, "long-poll: " + why.message});
    log::debug("long-poll: " + what + " failed, and is tried again", {{"relay", url_.text}, {"error", why.message}});
    timer = loop_.after(kPause, [this, attempt] { (this->*attempt)(); });
}

Duration LongPollLink::answer_deadline() const {
    return slow_.stretch(kAnswerDeadline, kAnswerTrips);
}

std::string LongPollLink::request(std::string_view verb, const std::string& arguments, std::string_view body) const {
    std::string text = "POST " + url_.path + std::string(poll::kPathSuffix) + std::string(verb);
    if (!id_.empty()) text += "?link=" + id_ + arguments;
    text += " HTTP/1.1\r\nHost: " + url_.authority() + "\r\nContent-Type: " + std::string(poll::kContentType) +
            "\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\nUser-Agent: culvert/" CULVERT_VERSION "\r\nCache-Control: no-cache, no-store\r\n\r\n";
    text += body;
    return text;
}

void LongPollLink::fail_with(Error why) {
    if (state_ == State::Closed) return;
    shut();
    if (listener_ != nullptr) listener_->on_link_closed(why);
}

void LongPollLink::shut() {
    state_ = State::Closed;
    receive_again_.reset();
    push_.reset();
    down_.cancel();
    up_.cancel();
}

}  // namespace culvert::tunnel::link
