#include "controller/report/load_phases.h"

#include <chrono>

#include "common/base/units.h"

namespace culvert::report {
namespace {

using namespace workload;

struct Named {
    std::string name;
    Duration length{};
};

Named named(const ConstantRate& phase) {
    return {"hold " + to_string(phase.rate), phase.length};
}
Named named(const RampRate& phase) {
    return {"ramp " + to_string(phase.from) + " → " + to_string(phase.to), phase.length};
}
Named named(const RandomRate& phase) {
    return {"random " + to_string(phase.least) + " … " + to_string(phase.most), phase.length};
}
Named named(const ConstantUsers& phase) {
    return {std::to_string(phase.users) + " users", phase.length};
}
Named named(const RampUsers& phase) {
    return {"ramp " + std::to_string(phase.from) + " → " + std::to_string(phase.to) + " users", phase.length};
}
Named named(const Idle& phase) {
    return {"idle", phase.length};
}

Named named(const Iterations& phase) {
    const std::string count = phase.total ? std::to_string(*phase.total) + " iterations"
                                          : std::to_string(phase.per_user.value_or(0)) + " iterations per user";
    return {count, phase.at_most};
}

}  // namespace

std::vector<PhaseSpan> phase_spans(const std::vector<LoadPhase>& load) {
    std::vector<PhaseSpan> spans;
    double at = 0;
    for (const LoadPhase& phase : load) {
        const Named one = std::visit([](const auto& kind) { return named(kind); }, phase);
        const double length = std::chrono::duration<double>(one.length).count();
        spans.push_back({one.name, at, at + length});
        at += length;
    }
    return spans;
}

std::vector<PhaseSpan> phase_spans(const Plan& plan) {
    if (plan.is_mix()) return phase_spans(plan.mix_load);
    std::vector<PhaseSpan> longest;
    for (const Scenario& scenario : plan.scenarios) {
        std::vector<PhaseSpan> spans = phase_spans(scenario.load);
        if (longest.empty() || (!spans.empty() && spans.back().to_seconds > longest.back().to_seconds))
            longest = std::move(spans);
    }
    return longest;
}

}  // namespace culvert::report
