// What an agent's owner lets controllers do with it; without one, nothing. Enforced on the agent, whatever the
// controller says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/units.h"

namespace culvert::agent::charter {

struct Charter {
    std::vector<std::string>
        targets;  // "host:port", "*.suffix:port", "CIDR", "CIDR:port", "host" (any port); "*:443" any host
    std::optional<Rate>
        max_rate;  // iterations started per second, all scenarios of all runs together; none: not limited
    std::optional<std::uint64_t> max_users;
    std::vector<std::string> engines;  // "http"

    // Unauthorized with the rule that is missing, e.g. `shop.acme.test:443 is not in charter.targets; allowed are …`.
    // A name is checked as given; an address it resolves to is checked again at dial time when only CIDR rules could
    // allow it.
    Status allows_target(std::string_view host, std::uint16_t port,
                         std::optional<std::string_view> resolved_address) const;
    Status allows_rate(Rate rate) const;
    Status allows_users(std::uint64_t users) const;
};

// InvalidInput with the first entry that is no rule: for whoever reads agent.yaml.
Status check_targets(const std::vector<std::string>& targets);

}  // namespace culvert::agent::charter
