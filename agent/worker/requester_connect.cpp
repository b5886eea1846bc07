// How a request gets its connection: names, addresses one after the other, or a dial through a proxy.
#include <algorithm>

#include "agent/worker/requester.h"
#include "common/base/check.h"

namespace culvert::agent::worker {

using http::Connection;
using http::Phase;
using metrics::ErrorKind;

std::optional<Outcome> Requester::open(User& user, std::size_t place) {
    Exchange& exchange = user.exchange;
    const SteadyTime now = parts_.clock.steady_now();
    if (parts_.dial && !parts_.goes_direct(exchange.origin->origin)) return dial(user, now);
    parts_.origins.need_addresses(place, now);
    OriginState& origin = *exchange.origin;
    if (origin.state == OriginState::State::Failed) return finish(user, origin.error, origin.problem, Phase::Dns);
    if (origin.state == OriginState::State::Ready) return connect(user);
    origin.waiting.push_back(&user);
    exchange.waits = Exchange::Waits::ForDns;
    exchange.waiting_since = now;
    parts_.timers.arm(user.watchdog, user, std::min(exchange.connect_deadline, exchange.deadline));
    return std::nullopt;
}

// A proxy resolves names itself, so networks in the charter cannot allow them: the name must.
std::optional<Outcome> Requester::dial(User& user, SteadyTime now) {
    Exchange& exchange = user.exchange;
    if (const auto allowed = parts_.origins.allows_unresolved(*exchange.origin); !allowed)
        return fail(user, allowed.error(), Phase::Connect);
    const SteadyTime limit = std::min(exchange.connect_deadline, exchange.deadline);
    exchange.dial = next_dial_++;
    if (const auto asked = parts_.dial(exchange.dial, exchange.origin->origin, limit - now); !asked)
        return fail(user, asked.error(), Phase::Connect);
    dials_.emplace(exchange.dial, &user);
    exchange.waits = Exchange::Waits::ForDial;
    parts_.timers.arm(user.watchdog, user, limit);
    return std::nullopt;
}

void Requester::on_dialled(std::uint64_t dial, http::DialAnswer answer) {
    const auto waiting = dials_.find(dial);
    if (waiting == dials_.end()) return;  // given up; the stream closes
    User& user = *waiting->second;
    dials_.erase(waiting);
    Exchange& exchange = user.exchange;
    exchange.waits = Exchange::Waits::No;
    if (!answer) return report(user, finish(user, answer.error().kind, answer.error().what, Phase::Connect));
    const net::Route route = (*answer)->route();
    exchange.connect = route.connect_time;
    if (exchange.origin->origin.tls) exchange.tls = route.tls_time;
    if (const auto failure = exchange.connection->adopt(std::move(*answer)))
        return report(user, finish(user, failure->kind, failure->what, failure->phase));
    report(user, send(user));
}

// Tries the next address, and those after it as long as connecting fails at once.
std::optional<Outcome> Requester::connect(User& user) {
    Exchange& exchange = user.exchange;
    OriginState& origin = *exchange.origin;
    if (exchange.addresses_tried == 0) exchange.first_address = origin.next_address++;
    while (true) {
        const std::size_t number = exchange.first_address + exchange.addresses_tried;
        const http::IpAddress& address = origin.addresses[number % origin.addresses.size()];
        exchange.address_deadline =
            address_deadline(parts_.clock.steady_now(), std::min(exchange.connect_deadline, exchange.deadline),
                             origin.addresses.size() - exchange.addresses_tried);
        ++exchange.addresses_tried;
        http::Ssl ssl;
        if (origin.origin.tls) {
            auto client = parts_.tls.client(origin.origin, origin.session.get(), origin.session);
            if (!client) return finish(user, ErrorKind::Tls, client.error().message, Phase::Tls);
            ssl = std::move(*client);
        }
        const auto failure = exchange.connection->connect(http::with_port(address, origin.origin.port), std::move(ssl));
        if (failure) {
            if (has_other_address(user) && failure->kind != ErrorKind::Resources) continue;
            return finish(user, failure->kind, failure->what, failure->phase);
        }
        if (exchange.connection->usable()) {
            note_connect_phases(user);
            return send(user);
        }
        parts_.timers.arm(user.watchdog, user, exchange.address_deadline);
        return std::nullopt;
    }
}

bool Requester::has_other_address(const User& user) const {
    return user.exchange.addresses_tried < user.exchange.origin->addresses.size();
}

SteadyTime Requester::connect_limit(const User& user) const {
    const Exchange& exchange = user.exchange;
    return exchange.waits == Exchange::Waits::No ? exchange.address_deadline
                                                 : std::min(exchange.connect_deadline, exchange.deadline);
}

void Requester::note_connect_phases(User& user) {
    const http::ConnectionTimes& times = user.exchange.connection->connection_times();
    if (times.connected) user.exchange.connect = *times.connected - times.begun;
    if (times.secured) user.exchange.tls = *times.secured - *times.connected;
}

void Requester::on_connected(Connection& connection) {
    User& user = *slots_[connection.index()].user;
    CULVERT_CHECK(user.exchange.connection == &connection);
    note_connect_phases(user);
    report(user, send(user));
}

void Requester::on_resolved(std::size_t place, http::Resolver::Answer answer) {
    const SteadyTime now = parts_.clock.steady_now();
    parts_.origins.resolved(place, std::move(answer), now);
    OriginState& origin = parts_.origins.at(place);
    std::vector<User*> waiting;
    waiting.swap(origin.waiting);
    for (User* const user : waiting) {
        Exchange& exchange = user->exchange;
        exchange.waits = Exchange::Waits::No;
        exchange.dns = now - exchange.waiting_since;
        report(*user, origin.state == OriginState::State::Ready
                          ? connect(*user)
                          : finish(*user, origin.error, origin.problem, Phase::Dns));
    }
}

}  // namespace culvert::agent::worker
