#include "controller/results/planned_line.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "common/workload/load_curve.h"

namespace culvert::results {
namespace {

bool is_closed(const workload::LoadPhase& phase) {
    if (std::holds_alternative<workload::ConstantUsers>(phase) || std::holds_alternative<workload::RampUsers>(phase))
        return true;
    const auto* iterations = std::get_if<workload::Iterations>(&phase);
    return iterations != nullptr && !iterations->rate;
}

Duration length_of_phase(const workload::LoadPhase& phase) {
    return workload::length_of({phase});
}

bool closed_within(const std::vector<workload::LoadPhase>& phases, Duration from, Duration to) {
    Duration begin{};
    for (const workload::LoadPhase& phase : phases) {
        const Duration end = begin + length_of_phase(phase);
        if (is_closed(phase) && begin < to && from < end) return true;
        begin = end;
    }
    return false;
}

std::string describe(const workload::LoadPhase& phase) {
    return std::visit(
        [](const auto& p) -> std::string {
            using Phase = std::decay_t<decltype(p)>;
            if constexpr (std::is_same_v<Phase, workload::ConstantRate>) return "hold " + to_string(p.rate);
            if constexpr (std::is_same_v<Phase, workload::RampRate>)
                return "ramp " + to_string(p.from) + " to " + to_string(p.to);
            if constexpr (std::is_same_v<Phase, workload::RandomRate>)
                return "random " + to_string(p.least) + " to " + to_string(p.most);
            if constexpr (std::is_same_v<Phase, workload::ConstantUsers>) return std::to_string(p.users) + " users";
            if constexpr (std::is_same_v<Phase, workload::RampUsers>)
                return "ramp " + std::to_string(p.from) + " to " + std::to_string(p.to) + " users";
            if constexpr (std::is_same_v<Phase, workload::Iterations>) {
                return p.total ? std::to_string(*p.total) + " iterations"
                               : std::to_string(p.per_user.value_or(0)) + " iterations per user";
            }
            return "idle";
        },
        phase);
}

}  // namespace

PlannedLine::PlannedLine(std::shared_ptr<const workload::Plan> plan, std::uint64_t seed) : plan_(std::move(plan)) {
    loads_.reserve(plan_->scenarios.size());
    for (std::size_t scenario = 0; scenario < plan_->scenarios.size(); ++scenario) {
        loads_.emplace_back(*plan_, scenario, seed);
        length_ = std::max(length_, loads_.back().length());
    }
}

std::optional<std::uint64_t> PlannedLine::planned(std::size_t scenario, Duration from, Duration to) const {
    if (to <= from) return 0;
    if (closed_within(plan_->is_mix() ? plan_->mix_load : plan_->scenarios.at(scenario).load, from, to))
        return std::nullopt;
    return loads_.at(scenario).slots_before(to) - loads_.at(scenario).slots_before(from);
}

std::optional<std::uint64_t> PlannedLine::planned(Duration from, Duration to) const {
    std::uint64_t sum = 0;
    for (std::size_t scenario = 0; scenario < loads_.size(); ++scenario) {
        const auto part = planned(scenario, from, to);
        if (!part) return std::nullopt;
        sum += *part;
    }
    return sum;
}

std::string describe_phase(const workload::Plan& plan, Duration t) {
    std::vector<const std::vector<workload::LoadPhase>*> loads;
    if (plan.is_mix()) {
        loads.push_back(&plan.mix_load);
    } else {
        for (const workload::Scenario& scenario : plan.scenarios) loads.push_back(&scenario.load);
    }
    for (const auto* load : loads) {
        Duration begin{};
        for (const workload::LoadPhase& phase : *load) {
            begin += length_of_phase(phase);
            if (t < begin) return describe(phase);
        }
    }
    return "finishing";
}

}  // namespace culvert::results
