// The origins one worker thread talks to: their addresses, which the charter has allowed, and TLS sessions to resume.
// Worker thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/charter/charter.h"
#include "agent/http/resolver.h"
#include "agent/http/tls_context.h"
#include "agent/http/url.h"
#include "common/base/clock.h"
#include "common/metrics/interval.h"

namespace culvert::agent::worker {

class User;

struct OriginState {
    enum class State : std::uint8_t { Unresolved, Resolving, Ready, Failed };

    http::Origin origin;
    State state = State::Unresolved;
    std::vector<http::IpAddress> addresses;              // Ready
    std::size_t next_address = 0;                        // where the next new connection of this thread begins
    metrics::ErrorKind error = metrics::ErrorKind::Dns;  // Failed
    std::string problem;
    SteadyTime retry_at{};       // Failed: not asked again before
    std::vector<User*> waiting;  // Resolving
    http::SslSession session;
};

// Each of `left` addresses that are still to be tried gets as much of the time until `limit`: one that never answers
// does not use up what the next one needs.
constexpr SteadyTime address_deadline(SteadyTime now, SteadyTime limit, std::size_t left) {
    return left <= 1 || limit <= now ? limit : now + (limit - now) / static_cast<std::int64_t>(left);
}

class OriginTable {
  public:
    static constexpr std::size_t kMostOrigins = 4096;  // a URL that a response made up could name ever new ones
    static constexpr Duration kRetryAfter = std::chrono::seconds(1);

    // `ask`: has a name resolved; the answer comes to resolved().
    OriginTable(const charter::Charter& charter, std::function<Status(std::size_t place, const std::string& host)> ask)
        : charter_(charter), ask_(std::move(ask)) {}

    // The place of the origin; Unauthorized by the charter, or Overloaded.
    Result<std::size_t> find(const http::Origin& origin);
    OriginState& at(std::size_t place) { return *origins_[place]; }

    // Makes the addresses known, or has them asked for. The state is never Unresolved afterwards.
    void need_addresses(std::size_t place, SteadyTime now);
    // Takes an answer. The users that waited are in `waiting` for the caller to go on with.
    void resolved(std::size_t place, http::Resolver::Answer answer, SteadyTime now);
    // The charter's word on an origin whose name is resolved elsewhere.
    Status allows_unresolved(const OriginState& origin) const {
        return charter_.allows_target(origin.origin.host, origin.origin.port, "behind the proxy");
    }
    void stop_waiting(OriginState& origin, const User& user);

  private:
    void take_addresses(OriginState& origin, const std::vector<http::IpAddress>& addresses, SteadyTime now);

    const charter::Charter& charter_;
    const std::function<Status(std::size_t, const std::string&)> ask_;
    std::vector<std::unique_ptr<OriginState>> origins_;
    std::map<http::Origin, std::size_t> places_;
};

}  // namespace culvert::agent::worker
