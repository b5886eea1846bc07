#include "agent/worker/charter_checks.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <variant>

#include "agent/schedule/seat_rule.h"
#include "agent/worker/compiled_plan.h"

namespace culvert::agent::worker {
namespace {

using Loads = std::vector<std::shared_ptr<const workload::ScenarioLoad>>;

constexpr std::size_t kMostInstants = 100'000;  // of random_rate, which changes at each `every`

bool takes_part(const RunSpec& spec, std::size_t scenario) {
    return scenario < spec.share.scenarios.size() && !spec.share.scenarios[scenario].weights.empty();
}

double part_of(const workload::Seat& seat) {
    if (seat.weights.empty() || seat.index >= seat.weights.size()) return 0;
    return seat.weights[seat.index] / std::accumulate(seat.weights.begin(), seat.weights.end(), 0.0);
}

Duration length_of(const workload::LoadPhase& phase) {
    return workload::length_of({phase});
}

// Between these instants no rate rises and falls again: the highest is at one of them.
std::set<Duration> instants_of(const workload::Plan& plan) {
    std::set<Duration> instants;
    const auto add_load = [&instants](const std::vector<workload::LoadPhase>& load) {
        Duration begin{};
        for (const workload::LoadPhase& phase : load) {
            const Duration end = begin + length_of(phase);
            instants.insert(begin);
            if (end > begin) instants.insert(end - Duration(1));
            if (const auto* const random = std::get_if<workload::RandomRate>(&phase);
                random != nullptr && random->every > Duration::zero()) {
                for (Duration t = begin; t < end && instants.size() < kMostInstants; t += random->every)
                    instants.insert(t);
            }
            begin = end;
        }
    };
    add_load(plan.mix_load);
    for (const workload::Scenario& scenario : plan.scenarios) add_load(scenario.load);
    return instants;
}

Status check_targets(const RunSpec& spec, const charter::Charter& charter) {
    const auto plan = CompiledPlan::compile(spec);
    if (!plan) return tl::unexpected<Error>(plan.error());
    for (std::size_t i = 0; i < plan->scenarios.size(); ++i) {
        if (!takes_part(spec, i)) continue;
        for (const auto* steps : {&plan->scenarios[i].once, &plan->scenarios[i].steps}) {
            for (const CompiledStep& step : *steps) {
                const auto* const request = std::get_if<CompiledRequest>(&step);
                if (request == nullptr || !request->request.fixed_origin()) continue;
                const http::Origin& origin = *request->request.fixed_origin();
                if (const auto status = charter.allows_target(origin.host, origin.port, std::nullopt); !status)
                    return status;
            }
        }
    }
    return {};
}

}  // namespace

Rate highest_rate(const workload::Plan& plan, const workload::Share& share, const Loads& loads) {
    double highest = 0;
    for (const Duration instant : instants_of(plan)) {
        double sum = 0;
        for (std::size_t i = 0; i < loads.size(); ++i)
            sum += static_cast<double>(loads[i]->rate_at(instant).milli_per_hour) * part_of(share.scenarios[i]);
        highest = std::max(highest, sum);
    }
    return Rate{static_cast<std::int64_t>(highest)};
}

Status check_charter(const RunSpec& spec, const Loads& loads, const charter::Charter& charter, UsersOf users_of) {
    const auto speaks_http = std::find(charter.engines.begin(), charter.engines.end(), "http") != charter.engines.end();
    if (!speaks_http && !charter.engines.empty())
        return fail(Code::Unauthorized, "the engine http is not in charter.engines");
    if (const auto status = check_targets(spec, charter); !status) return status;
    if (const auto status = charter.allows_rate(highest_rate(*spec.plan, spec.share, loads)); !status) return status;
    std::uint64_t users = 0;
    for (std::size_t i = 0; i < loads.size(); ++i) {
        const auto rule = schedule::SeatRule::of(spec.share.scenarios[i]);
        if (!rule) return tl::unexpected<Error>(rule.error());
        const std::uint64_t own = rule->count_below(loads[i]->most_users());
        users = users_of == UsersOf::AllScenarios ? users + own : std::max(users, own);
    }
    return charter.allows_users(users);
}

}  // namespace culvert::agent::worker
