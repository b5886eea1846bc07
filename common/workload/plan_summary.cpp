#include "common/workload/plan_summary.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/workload/scenario_load.h"

namespace culvert::workload {
namespace {

using culvert::to_string;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

Rate highest_rate_of(const LoadPhase& phase) {
    return std::visit(
        Overloaded{[](const ConstantRate& p) { return p.rate; },
                   [](const RampRate& p) { return std::max(p.from, p.to); }, [](const RandomRate& p) { return p.most; },
                   [](const Iterations& p) { return p.rate.value_or(Rate{}); }, [](const auto&) { return Rate{}; }},
        phase);
}

double highest_rate_of(const ScenarioLoad& load) {
    Rate highest;
    for (const LoadPhase& phase : load.phases()) highest = std::max(highest, highest_rate_of(phase));
    return highest.per_second() * load.part();
}

std::uint32_t requests_in(const std::vector<Step>& steps) {
    const auto request = [](const Step& step) { return std::holds_alternative<RequestStep>(step); };
    return static_cast<std::uint32_t>(std::count_if(steps.begin(), steps.end(), request));
}

ScenarioSummary summary_of_scenario(const Scenario& scenario, const ScenarioLoad& load) {
    ScenarioSummary summary;
    summary.name = scenario.name;
    summary.agents = to_string(scenario.agents);
    for (const LoadPhase& phase : load.phases()) summary.phases.push_back(to_string(phase));
    summary.highest_rate = highest_rate_of(load);
    summary.most_users = load.most_users();
    summary.open_model = load.slot_count() > 0;
    summary.closed_model = summary.most_users > 0;
    summary.iterations = load.slot_count() + load.counted_iterations();
    summary.requests_per_iteration = requests_in(scenario.steps);
    summary.requests_once_per_user = requests_in(scenario.once_per_user);
    summary.highest_request_rate = summary.highest_rate * summary.requests_per_iteration;
    summary.length = load.length();
    summary.finish_within = scenario.finish_within;
    return summary;
}

std::string use_of(const DataSet& data) {
    const char* const across =
        data.across_agents == DataSet::Across::Split ? "split over the agents" : "a copy for every agent";
    const char* const next =
        data.next_row == DataSet::NextRow::EachUser ? "a row for each user" : "a row for each iteration";
    const char* const order = data.order == DataSet::Order::Random ? "in random order" : "in order";
    const char* const end = data.at_end == DataSet::AtEnd::StartAgain ? "starts again at the end"
                            : data.at_end == DataSet::AtEnd::StopUser ? "stops the user at the end"
                                                                      : "aborts the run at the end";
    return fmt::format("{}, {}, {}, {}", across, next, order, end);
}

void add_part(MemberSummary& summary, const ScenarioLoad& load, const ScenarioSummary& scenario, const Seat& seat) {
    if (seat.weights.empty()) return;
    const Result<Ownership> ownership = Ownership::of(seat.weights);
    CULVERT_CHECK(ownership.has_value());  // the roster has checked the weights
    summary.iterations += ownership->count_of(seat.index, load.slot_count());
    summary.most_users += ownership->count_of(seat.index, load.most_users());
    double sum = 0;
    for (const double weight : seat.weights) sum += weight;
    summary.highest_rate += scenario.highest_rate * seat.weights[seat.index] / sum;
}

std::uint64_t rows_of(const DataSet& data, const Seat& seat) {
    if (seat.weights.empty()) return 0;
    if (data.across_agents == DataSet::Across::Copy) return data.rows;
    const Result<Ownership> ownership = Ownership::of(seat.weights);
    CULVERT_CHECK(ownership.has_value());
    return ownership->count_of(seat.index, data.rows);
}

}  // namespace

PlanSummary summary_of(const Plan& plan, std::span<const Member> members, std::uint64_t seed) {
    PlanSummary summary;
    summary.name = plan.name;
    summary.warmup = plan.warmup;
    std::vector<ScenarioLoad> loads;
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
        loads.emplace_back(plan, i, seed);
        const ScenarioSummary& scenario =
            summary.scenarios.emplace_back(summary_of_scenario(plan.scenarios[i], loads.back()));
        summary.length = std::max(summary.length, scenario.length);
        summary.iterations += scenario.iterations;
        summary.highest_request_rate += scenario.highest_request_rate;
    }
    for (const DataSet& data : plan.data)
        summary.data.push_back(DataSummary{data.name, data.csv, data.rows, use_of(data)});
    for (const Threshold& threshold : plan.thresholds) summary.thresholds.push_back(threshold.text);
    for (std::size_t m = 0; m < members.size(); ++m) {
        MemberSummary& member = summary.members.emplace_back();
        member.weight = members[m].weight;
        const Share share = share_for(plan, members, m);
        for (std::size_t i = 0; i < loads.size(); ++i)
            add_part(member, loads[i], summary.scenarios[i], share.scenarios[i]);
        for (std::size_t d = 0; d < plan.data.size(); ++d)
            member.rows.push_back(rows_of(plan.data[d], data_seat(plan, d, members, m)));
    }
    return summary;
}

std::string to_string(const Selector& selector) {
    if (selector.terms.empty()) return "every agent";
    std::vector<std::string> terms;
    for (const Selector::Term& term : selector.terms)
        terms.push_back(term.label + (term.negated ? "!=" : "=") + term.value);
    return join(terms, ", ");
}

std::string to_string(const LoadPhase& phase) {
    using culvert::to_string;
    return std::visit(
        Overloaded{
            [](const ConstantRate& p) { return fmt::format("{} for {}", to_string(p.rate), to_string(p.length)); },
            [](const RampRate& p) {
                return fmt::format("ramp from {} to {} over {}", to_string(p.from), to_string(p.to),
                                   to_string(p.length));
            },
            [](const RandomRate& p) {
                return fmt::format("random from {} to {}, another every {}, for {}", to_string(p.least),
                                   to_string(p.most), to_string(p.every), to_string(p.length));
            },
            [](const ConstantUsers& p) {
                return fmt::format("{} {} for {}", p.users, p.users == 1 ? "user" : "users", to_string(p.length));
            },
            [](const RampUsers& p) {
                return fmt::format("ramp from {} to {} users over {}", p.from, p.to, to_string(p.length));
            },
            [](const Iterations& p) {
                if (p.rate) return fmt::format("{} iterations at {}", p.total.value_or(0), to_string(*p.rate));
                if (p.per_user)
                    return fmt::format("{} iterations by each of {} users, at most {}", *p.per_user,
                                       p.users.value_or(0), to_string(p.at_most));
                return fmt::format("{} iterations by {} users, at most {}", p.total.value_or(0), p.users.value_or(0),
                                   to_string(p.at_most));
            },
            [](const Idle& p) { return fmt::format("idle for {}", to_string(p.length)); }},
        phase);
}

}  // namespace culvert::workload
