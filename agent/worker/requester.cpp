#include "agent/worker/requester.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::agent::worker {
namespace {

using http::Connection;
using http::Failure;
using http::Phase;
using metrics::ErrorKind;
using workload::Method;
using Ending = metrics::Exchange::Ending;

constexpr std::size_t kReadBuffer = 64 << 10;

bool is_idempotent(Method method) {
    return method != Method::Post && method != Method::Patch;
}

Phase phase_of(const Exchange& exchange) {
    return exchange.waits == Exchange::Waits::ForDns ? Phase::Dns : exchange.connection->phase();
}

}  // namespace

Requester::Requester(const RequesterParts& parts, const CompiledPlan& plan, RequestEvents& events)
    : parts_(parts), events_(events), buffer_(kReadBuffer), setting_{parts.poller, parts.clock, buffer_,
                                                                     head_,        *this,       open_sockets_} {
    for (const CompiledScenario& scenario : plan.scenarios) {
        auto& steps = examples_.emplace_back();
        for (const auto* list : {&scenario.once, &scenario.steps}) {
            for (const CompiledStep& step : *list) {
                if (std::holds_alternative<CompiledRequest>(step)) steps.emplace_back(metrics::kErrorKinds);
            }
        }
    }
}

std::optional<Outcome> Requester::start(User& user, const CompiledRequest& request, SteadyTime due, SteadyTime now) {
    user.exchange.begin(request, due, now, true);
    user.exchange.trial = parts_.trial;
    if (parts_.trial != nullptr) parts_.trial->begin_step(now);
    ++parts_.recorder.scenario(user.scenario).in_flight;
    return attempt(user);
}

std::optional<Outcome> Requester::attempt(User& user) {
    Exchange& exchange = user.exchange;
    const auto place = origin_of(user);
    if (!place) return fail(user, place.error(), Phase::Dns);
    exchange.origin = &parts_.origins.at(*place);
    exchange.connection = &connection_for(user, *exchange.origin);
    return exchange.connection->usable() ? send(user) : open(user, *place);
}

Result<std::size_t> Requester::origin_of(User& user) {
    const Exchange& exchange = user.exchange;
    const CompiledRequest& request = *exchange.request;
    if (exchange.redirected) return parts_.origins.find(exchange.redirected->url.origin);
    if (const auto& fixed = request.request.fixed_origin()) {
        if (request.origin_hint != CompiledRequest::kNoHint) return request.origin_hint;
        const auto place = parts_.origins.find(*fixed);
        if (place) request.origin_hint = static_cast<std::uint32_t>(*place);
        return place;
    }
    const auto url = request.request.url(user);
    if (!url) return tl::unexpected<Error>(url.error());
    return parts_.origins.find(url->origin);
}

Connection& Requester::connection_for(User& user, OriginState& origin) {
    for (const User::Kept& kept : user.connections) {
        if (kept.origin == &origin) return *kept.connection;
    }
    if (user.connections.size() >= User::kMostConnections) {
        Connection& oldest = *user.connections.front().connection;
        oldest.close();
        free_slots_.push_back(oldest.index());
        user.connections.erase(user.connections.begin());
    }
    if (free_slots_.empty()) {
        const auto index = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(Slot{std::make_unique<Connection>(setting_, index), nullptr});
        free_slots_.push_back(index);
    }
    Slot& slot = slots_[free_slots_.back()];
    free_slots_.pop_back();
    slot.user = &user;
    user.connections.push_back(User::Kept{&origin, slot.connection.get()});
    return *slot.connection;
}

Status Requester::render(User& user) {
    const Exchange& exchange = user.exchange;
    const http::RequestTemplate& request = exchange.request->request;
    text_.clear();
    cookies_.clear();
    if (user.cookies.empty() && !exchange.redirected && request.fixed_origin())
        return request.render(user, nullptr, {}, text_);
    const auto url = url_of(user);
    if (!url) return tl::unexpected<Error>(url.error());
    if (!user.cookies.empty()) user.cookies.append_header(*url, parts_.clock.wall_now(), cookies_);
    if (exchange.redirected) return request.render_redirected(user, *exchange.redirected, cookies_, text_);
    return request.render(user, &*url, cookies_, text_);
}

Result<http::Url> Requester::url_of(const User& user) const {
    const Exchange& exchange = user.exchange;
    return exchange.redirected ? exchange.redirected->url : exchange.request->request.url(user);
}

std::optional<Outcome> Requester::send(User& user) {
    Exchange& exchange = user.exchange;
    const http::RequestTemplate& request = exchange.request->request;
    const bool fixed = !request.fixed_text().empty() && user.cookies.empty() && !exchange.redirected;
    if (!fixed) {
        if (const auto status = render(user); !status) return fail(user, status.error(), Phase::Send);
    }
    const std::string& text = fixed ? request.fixed_text() : text_;
    const Method method = exchange.redirected ? exchange.redirected->method : request.method();
    if (exchange.trial != nullptr) exchange.trial->sent(text, exchange.connection->remote_address());
    const auto failure = exchange.connection->submit(text, exchange, method == Method::Head, request.closes());
    exchange.bytes_sent += text.size();
    if (!exchange.first_sent) exchange.first_sent = exchange.connection->times().sent;
    if (failure) return after_failure(user, *failure);
    parts_.timers.arm(user.watchdog, user, exchange.deadline);
    return std::nullopt;
}

std::optional<Outcome> Requester::after_failure(User& user, const Failure& failure) {
    Exchange& exchange = user.exchange;
    const bool connecting = failure.phase == Phase::Connect && failure.kind != ErrorKind::Resources;
    if (connecting && has_other_address(user)) return connect(user);
    if (failure.phase == Phase::Body) exchange.bytes_received += exchange.connection->bytes_received();
    const Method method = exchange.redirected ? exchange.redirected->method : exchange.request->request.method();
    if (failure.retry_is_safe && !exchange.retried && is_idempotent(method)) {
        if (exchange.trial != nullptr)
            tell_trial(user, {.ending = Ending::Retried,
                              .error = failure.kind,
                              .what = failure.what,
                              .phase = failure.phase,
                              .done = parts_.clock.steady_now()});
        exchange.retried =
            true;  // RFC 9112, 9.3.1: the server closed a kept connection while the request was on its way
        exchange.begin_attempt();
        return attempt(user);
    }
    local_address_ = failure.local_address;
    remote_address_ = failure.remote_address;
    return finish(user, failure.kind, failure.what, failure.phase);
}

std::optional<Outcome> Requester::after_response(User& user) {
    Exchange& exchange = user.exchange;
    exchange.bytes_received += exchange.connection->bytes_received();
    if (!exchange.set_cookies.empty()) take_cookies(user);
    if (!exchange.location.empty()) return follow_redirect(user);
    const http::ResponseRules& rules = exchange.request->rules;
    const auto finding = exchange.trial == nullptr ? rules.apply(exchange.view(), user, json_)
                                                   : exchange.trial->judge(rules, exchange.view(), user, json_);
    if (finding) return finish(user, finding->kind, finding->what, Phase::Check);
    return finish(user, std::nullopt, {}, Phase::Body);
}

void Requester::take_cookies(User& user) {
    const auto url = url_of(user);
    if (!url) return;
    const WallTime now = parts_.clock.wall_now();
    for (const std::string& set_cookie : user.exchange.set_cookies) user.cookies.take(*url, set_cookie, now);
}

std::optional<Outcome> Requester::follow_redirect(User& user) {
    Exchange& exchange = user.exchange;
    const std::uint32_t most = exchange.request->follow_redirects;
    if (exchange.redirects >= most)
        return finish(user, ErrorKind::Protocol, "more than " + std::to_string(most) + " redirects", Phase::Check);
    const auto from = url_of(user);
    if (!from) return fail(user, from.error(), Phase::Check);
    const http::Redirected* const before = exchange.redirected.get();
    const Method method = before != nullptr ? before->method : exchange.request->request.method();
    auto next = http::follow(exchange.status, exchange.location, *from, method, before == nullptr || before->with_body);
    if (!next) return fail(user, next.error(), Phase::Check);
    next->other_origin = next->other_origin || (before != nullptr && before->other_origin);
    if (exchange.trial != nullptr)
        tell_trial(user, {.ending = Ending::Redirected,
                          .phase = Phase::Body,
                          .done = exchange.connection->times().done,
                          .complete = true});
    ++exchange.redirects;
    exchange.redirected = std::make_unique<http::Redirected>(std::move(*next));
    exchange.begin_attempt();
    return attempt(user);
}

void Requester::on_ready(const http::ReadyEvent& event) {
    const std::uint32_t index = Connection::index_of(event.token);
    if (index < slots_.size()) slots_[index].connection->on_ready(event);
}

void Requester::on_response(Connection& connection) {
    User& user = *slots_[connection.index()].user;
    CULVERT_CHECK(user.exchange.connection == &connection);
    report(user, after_response(user));
}

void Requester::on_failed(Connection& connection, const Failure& failure) {
    User& user = *slots_[connection.index()].user;
    CULVERT_CHECK(user.exchange.connection == &connection);
    report(user, after_failure(user, failure));
}

void Requester::on_deadline(User& user) {
    Exchange& exchange = user.exchange;
    if (exchange.request == nullptr) return;
    const bool connecting = exchange.waits != Exchange::Waits::No || exchange.connection->connecting();
    const SteadyTime limit = connecting ? connect_limit(user) : exchange.deadline;
    if (parts_.clock.steady_now() < limit) return parts_.timers.arm(user.watchdog, user, limit);
    const Phase phase = phase_of(exchange);
    if (connecting && exchange.waits == Exchange::Waits::No && has_other_address(user)) {
        exchange.connection->close();
        return report(user, connect(user));
    }
    if (phase == Phase::Body) exchange.bytes_received += exchange.connection->bytes_received();
    const Duration allowed = limit - exchange.begun;
    local_address_ = exchange.connection->local_address();
    remote_address_ = exchange.connection->remote_address();
    release(user);
    report(user, finish(user, connecting ? ErrorKind::ConnectTimeout : ErrorKind::Timeout,
                        (connecting ? "not connected after " : "timeout after ") + to_string(allowed), phase));
}

void Requester::report(User& user, const std::optional<Outcome>& outcome) {
    if (outcome) events_.on_request_done(user, *outcome);
}

// Lets go of whatever the request waits for.
void Requester::release(User& user) {
    Exchange& exchange = user.exchange;
    if (exchange.waits == Exchange::Waits::ForDns) parts_.origins.stop_waiting(*exchange.origin, user);
    if (exchange.waits == Exchange::Waits::ForDial) dials_.erase(exchange.dial);
    exchange.waits = Exchange::Waits::No;
    if (exchange.connection != nullptr) exchange.connection->close();
}

void Requester::interrupt(User& user) {
    if (user.exchange.request == nullptr) return;
    if (parts_.trial != nullptr)
        tell_trial(user, {.ending = Ending::Interrupted,
                          .what = "the trial was stopped",
                          .phase = phase_of(user.exchange),
                          .done = parts_.clock.steady_now()});
    release(user);
    parts_.recorder.step(user.scenario, user.exchange.request->index).record_interrupted();
    --parts_.recorder.scenario(user.scenario).in_flight;
    user.watchdog.disarm();
    user.exchange.end();
}

void Requester::close_connections(User& user) {
    for (const User::Kept& kept : user.connections) {
        kept.connection->close();
        slots_[kept.connection->index()].user = nullptr;
        free_slots_.push_back(kept.connection->index());
    }
    user.connections.clear();
}

}  // namespace culvert::agent::worker
