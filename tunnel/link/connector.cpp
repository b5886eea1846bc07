#include "tunnel/link/connector.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "tunnel/link/long_poll_link.h"
#include "tunnel/link/web_socket_link.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kMostCausesShown = 4;
// How long a WebSocket may take from the request to the relay's first word where another transport can be tried.
constexpr Duration kUpgradePatience = std::chrono::seconds(4);
constexpr int kUpgradeTrips = 2;

const char* to_words(Transport transport) {
    return transport == Transport::WebSocket ? "WebSocket" : "long-poll";
}

}  // namespace

Connector::Connector(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector,
                     net::CredentialMemory& memory)
    : loop_(loop),
      settings_(std::move(settings)),
      selector_(std::move(selector)),
      choice_(loop, selector_),
      memory_(memory),
      dial_(loop, memory),
      ladder_(settings_.transport),
      refused_(settings_.relays.size(), false) {}

Connector::~Connector() = default;

void Connector::start(std::function<void(RoundResult)> done, RoundScope scope) {
    loop_.check_on_thread();
    CULVERT_CHECK(!done_);
    done_ = std::move(done);
    scope_ = std::move(scope);
    causes_.clear();
    relay_ = 0;
    next_ = loop_.after(Duration::zero(), [this] { next_relay(); });
}

void Connector::cancel() {
    done_ = nullptr;
    next_.reset();
    deadline_.reset();
    choice_.cancel();
    dial_.cancel();
    if (link_ != nullptr) link_->close("no longer wanted");
    drop_link();
}

void Connector::give_up_on(const std::string& relay_text) {
    for (std::size_t i = 0; i < settings_.relays.size(); ++i) {
        if (settings_.relays[i].text == relay_text) refused_[i] = true;
    }
}

bool Connector::any_left() const {
    return std::find(refused_.begin(), refused_.end(), false) != refused_.end();
}

void Connector::next_relay() {
    dropped_.reset();
    while (relay_ < settings_.relays.size() &&
           (refused_[relay_] || (!scope_.relay.empty() && relay().text != scope_.relay)))
        ++relay_;
    if (relay_ == settings_.relays.size()) return finish_failed();
    ways_.clear();
    way_ = 0;
    choice_.start({relay().host, relay().port, relay().tls},
                  [this](proxy::AsyncChoice::Answer ways) { chosen(std::move(ways)); });
}

void Connector::chosen(proxy::AsyncChoice::Answer ways) {
    if (!ways) return failed(ways.error(), true);  // a password file may be mended, a PAC server may come back
    ways_ = std::move(*ways);
    next_way();
}

void Connector::next_way() {
    transports_ = ladder_.order(way_name());
    if (scope_.only) transports_ = {*scope_.only};
    transport_ = 0;
    request_ = net::DialRequest();
    request_.host = relay().host;
    request_.port = relay().port;
    request_.tls = relay().tls;
    request_.proxy = way().proxy;
    request_.chosen_by = way().why;
    request_.trust = settings_.trust;
    request_.connect_timeout = settings_.connect_timeout;
    request_.tls_timeout = settings_.tls_timeout;
    next_transport();
}

void Connector::next_transport() {
    dropped_.reset();
    log::debug("dialling", {{"relay", relay().text},
                            {"proxy", way().proxy ? way().proxy->url : "direct"},
                            {"because", way().why},
                            {"transport", to_words(transports_[transport_])}});
    dialled_ = loop_.clock().steady_now();
    dial_.start(request_, [this](net::DialResult result) { dialled(std::move(result)); });
}

void Connector::dialled(net::DialResult result) {
    if (way().proxy) {
        if (!result && net::proxy_is_dead(result.error())) {
            selector_.note_dead(*way().proxy);
        } else {
            selector_.note_alive(*way().proxy);
        }
    }
    if (!result) return failed(result.error().error, true);
    route_ = (*result)->route();
    relay_spoke_ = false;
    hello_.clear();
    admission_.emplace(settings_.applicant, relay(), loop_.clock());
    slow_ = SlowPath();
    slow_.took(route_.tls_time);
    asked_ = loop_.clock().steady_now();
    if (last_transport()) {
        wait_for_admission();
    } else {
        wait_at_most(slow_.stretch(std::min(settings_.handshake_timeout, kUpgradePatience), kUpgradeTrips));
    }
    LinkListener& self = *this;
    if (transports_[transport_] == Transport::WebSocket) {
        link_ = std::make_unique<WebSocketLink>(loop_, std::move(*result), relay(), settings_.heartbeat, self);
    } else {
        link_ = std::make_unique<LongPollLink>(loop_, std::move(*result), request_, memory_, relay(),
                                               settings_.heartbeat, self);
    }
}

void Connector::wait_at_most(Duration patience) {
    deadline_ = loop_.after(patience, [this, patience] {
        failed(Error{Code::Timeout, (relay_spoke_ ? "it did not finish admission within "
                                                  : "nothing came back from the relay within ") +
                                        to_string(patience)},
               true);
    });
}

// By long-poll the relay has answered, and its first word still needs a request of its own.
void Connector::on_link_open() {
    slow_.took(loop_.clock().steady_now() - asked_);
    if (last_transport()) wait_for_admission();
}

void Connector::on_link_envelope(envelope::EnvelopeView envelope) {
    if (!std::exchange(relay_spoke_, true)) {
        slow_.took(loop_.clock().steady_now() - asked_);
        wait_for_admission();
    }
    if (envelope.kind == envelope::Kind::Challenge) {
        const auto hello = admission_->answer(envelope.body);
        if (!hello) return failed(hello.error().error, hello.error().retryable);
        if (hello->empty()) return finish_connected();
        hello_ = *hello;
        return scope_.before_hello ? scope_.before_hello() : go_on();
    }
    if (envelope.kind == envelope::Kind::Admitted && settings_.applicant.identity != nullptr) {
        const auto admitted = admission_->admitted(envelope.body);
        if (!admitted) return failed(admitted.error().error, admitted.error().retryable);
        return finish_connected();
    }
    if (envelope.kind == envelope::Kind::Refused || envelope.kind == envelope::Kind::Closing) {
        const Denial denial = denial_of(envelope.body, admission_->clock_difference());
        return failed(denial.error, denial.retryable);
    }
    failed(Error{Code::Disconnected,
                 std::string("it sent ") + envelope::to_string(envelope.kind) + " in the middle of admission"},
           true);
}

void Connector::go_on() {
    if (link_ == nullptr || hello_.empty()) return;
    const Status sent = link_->send({envelope::Kind::Hello, {}, {}, std::exchange(hello_, {})});
    if (!sent) failed(sent.error(), true);
}

void Connector::on_link_closed(const Error& why) {
    failed(why, true);
}

void Connector::failed(const Error& why, bool retryable) {
    const bool dialled = link_ != nullptr;
    deadline_.reset();
    if (link_ != nullptr) link_->close("refused");
    drop_link();
    std::string cause = relay().text;
    if (way_ < ways_.size() && way().proxy) cause += " through " + way().proxy->url;
    if (dialled && transport_ > 0) cause += std::string(" by ") + to_words(transports_[transport_]);
    causes_.push_back(cause + ": " + why.message);
    last_code_ = why.code;
    log::debug("attempt failed", {{"relay", relay().text}, {"error", why.message}});
    if (!retryable) refused_[relay_] = true;
    // Where the relay was not heard at all, the transport may be what does not get through.
    if (retryable && dialled && !relay_spoke_ && !last_transport()) {
        ++transport_;
        next_ = loop_.after(Duration::zero(), [this] { next_transport(); });
    } else if (retryable && ++way_ < ways_.size()) {
        next_ = loop_.after(Duration::zero(), [this] { next_way(); });
    } else {
        ++relay_;
        next_ = loop_.after(Duration::zero(), [this] { next_relay(); });
    }
}

void Connector::finish_failed() {
    if (causes_.size() > kMostCausesShown) causes_.resize(kMostCausesShown);
    auto done = std::exchange(done_, nullptr);
    done(tl::unexpected(RoundFailed{Error{last_code_, join(causes_, "; ")}, !any_left()}));
}

void Connector::finish_connected() {
    deadline_.reset();
    LinkInfo info;
    info.relay = relay().text;
    info.transport = transports_[transport_];
    info.route = route_;
    info.handshake = loop_.clock().steady_now() - dialled_;
    info.rtt = admission_->round_trip();
    info.clock_difference = admission_->clock_difference();
    if (transport_ > 0) {
        log::warning(std::string("the relay was reached by ") + to_words(info.transport) + ", not by " +
                         to_words(transports_.front()) + ": " + causes_.back(),
                     {{"relay", relay().text}});
    }
    ladder_.admitted(way_name(), info.transport);
    auto done = std::exchange(done_, nullptr);
    done(Connected{std::move(link_), std::move(info), way_name()});
}

std::string Connector::way_name() const {
    return relay().text + " " + (way().proxy ? way().proxy->url : "direct");
}

// Its callback may be on the stack, so it is destroyed when the next attempt begins.
void Connector::drop_link() {
    if (link_ != nullptr) dropped_ = std::move(link_);
}

}  // namespace culvert::tunnel::link
