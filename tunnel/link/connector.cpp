#include "tunnel/link/connector.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "tunnel/link/web_socket_link.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::size_t kMostCausesShown = 4;

}  // namespace

Connector::Connector(net::Loop& loop, ConnectorSettings settings, proxy::Selector selector,
                     net::CredentialMemory& memory)
    : loop_(loop),
      settings_(std::move(settings)),
      selector_(std::move(selector)),
      dial_(loop, memory),
      refused_(settings_.relays.size(), false) {}

Connector::~Connector() = default;

void Connector::start(std::function<void(RoundResult)> done) {
    loop_.check_on_thread();
    CULVERT_CHECK(!done_);
    done_ = std::move(done);
    causes_.clear();
    relay_ = 0;
    next_ = loop_.after(Duration::zero(), [this] { next_relay(); });
}

void Connector::cancel() {
    done_ = nullptr;
    next_.reset();
    deadline_.reset();
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
    while (relay_ < settings_.relays.size() && refused_[relay_]) ++relay_;
    if (relay_ == settings_.relays.size()) return finish_failed();
    Result<std::vector<proxy::Choice>> ways = selector_.choices_for({relay().host, relay().port, relay().tls});
    if (!ways) {
        ways_.clear();
        way_ = 0;
        return failed(ways.error(), true);  // a password file may be mended
    }
    ways_ = std::move(*ways);
    way_ = 0;
    next_way();
}

void Connector::next_way() {
    dropped_.reset();
    net::DialRequest request;
    request.host = relay().host;
    request.port = relay().port;
    request.tls = relay().tls;
    request.proxy = way().proxy;
    request.chosen_by = way().why;
    request.trust = settings_.trust;
    request.connect_timeout = settings_.connect_timeout;
    log::debug("dialling",
               {{"relay", relay().text}, {"proxy", way().proxy ? way().proxy->url : "direct"}, {"because", way().why}});
    dial_.start(std::move(request), [this](net::DialResult result) { dialled(std::move(result)); });
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
    admission_.emplace(settings_.applicant, relay(), loop_.clock());
    deadline_ = loop_.after(settings_.handshake_timeout, [this] {
        failed(Error{Code::Timeout,
                     "it did not finish upgrade and admission within " + to_string(settings_.handshake_timeout)},
               true);
    });
    link_ = std::make_unique<WebSocketLink>(loop_, std::move(*result), relay(), settings_.heartbeat,
                                            static_cast<LinkListener&>(*this));
}

void Connector::on_link_envelope(envelope::EnvelopeView envelope) {
    if (envelope.kind == envelope::Kind::Challenge) {
        const auto hello = admission_->answer(envelope.body);
        if (!hello) return failed(hello.error().error, hello.error().retryable);
        if (hello->empty()) return finish_connected();
        const Status sent = link_->send({envelope::Kind::Hello, {}, {}, *hello});
        if (!sent) failed(sent.error(), true);
        return;
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

void Connector::on_link_closed(const Error& why) {
    failed(why, true);
}

void Connector::failed(const Error& why, bool retryable) {
    deadline_.reset();
    if (link_ != nullptr) link_->close("refused");
    drop_link();
    std::string cause = relay().text;
    if (way_ < ways_.size() && way().proxy) cause += " through " + way().proxy->url;
    causes_.push_back(cause + ": " + why.message);
    last_code_ = why.code;
    log::debug("attempt failed", {{"relay", relay().text}, {"error", why.message}});
    if (!retryable) refused_[relay_] = true;
    if (retryable && ++way_ < ways_.size()) {
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
    info.transport = Transport::WebSocket;
    info.route = route_;
    info.rtt = admission_->round_trip();
    info.clock_difference = admission_->clock_difference();
    auto done = std::exchange(done_, nullptr);
    done(Connected{std::move(link_), std::move(info)});
}

// Its callback may be on the stack, so it is destroyed when the next attempt begins.
void Connector::drop_link() {
    if (link_ != nullptr) dropped_ = std::move(link_);
}

}  // namespace culvert::tunnel::link
