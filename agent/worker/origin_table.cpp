#include "agent/worker/origin_table.h"

#include <algorithm>

namespace culvert::agent::worker {

Result<std::size_t> OriginTable::find(const http::Origin& origin) {
    if (const auto known = places_.find(origin); known != places_.end()) return known->second;
    if (origins_.size() >= kMostOrigins)
        return fail(Code::Overloaded, "more than " + std::to_string(kMostOrigins) + " different origins");
    if (const auto allowed = charter_.allows_target(origin.host, origin.port, std::nullopt); !allowed)
        return tl::unexpected<Error>(allowed.error());
    origins_.push_back(std::make_unique<OriginState>());
    origins_.back()->origin = origin;
    places_.emplace(origin, origins_.size() - 1);
    return origins_.size() - 1;
}

void OriginTable::need_addresses(std::size_t place, SteadyTime now) {
    OriginState& origin = *origins_[place];
    if (origin.state == OriginState::State::Failed && now >= origin.retry_at)
        origin.state = OriginState::State::Unresolved;
    if (origin.state != OriginState::State::Unresolved) return;
    if (const auto literal = http::parse_literal(origin.origin.host)) return take_addresses(origin, {*literal}, now);
    origin.state = OriginState::State::Resolving;
    if (const auto asked = ask_(place, origin.origin.host); !asked) {
        origin.state = OriginState::State::Failed;
        origin.error = metrics::ErrorKind::Resources;
        origin.problem = asked.error().message;
        origin.retry_at = now + kRetryAfter;
    }
}

void OriginTable::resolved(std::size_t place, http::Resolver::Answer answer, SteadyTime now) {
    OriginState& origin = *origins_[place];
    if (answer) return take_addresses(origin, *answer, now);
    origin.state = OriginState::State::Failed;
    origin.error = metrics::ErrorKind::Dns;
    origin.problem = answer.error().message;
    origin.retry_at = now + kRetryAfter;
}

void OriginTable::take_addresses(OriginState& origin, const std::vector<http::IpAddress>& addresses, SteadyTime now) {
    for (const http::IpAddress& address : addresses) {
        const auto allowed = charter_.allows_target(origin.origin.host, origin.origin.port, http::to_string(address));
        if (allowed) {
            origin.addresses.push_back(address);
        } else {
            origin.problem = allowed.error().message;
        }
    }
    origin.state = origin.addresses.empty() ? OriginState::State::Failed : OriginState::State::Ready;
    origin.error = metrics::ErrorKind::Charter;
    origin.retry_at = now + kRetryAfter;
}

void OriginTable::stop_waiting(OriginState& origin, const User& user) {
    origin.waiting.erase(std::remove(origin.waiting.begin(), origin.waiting.end(), &user), origin.waiting.end());
}

}  // namespace culvert::agent::worker
