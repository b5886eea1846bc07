#include "agent/worker/compiled_plan.h"

#include "common/workload/split.h"

namespace culvert::agent::worker {
namespace {

using workload::Plan;
using workload::RequestStep;

void for_each_request(const Plan& plan, const std::function<void(const RequestStep&)>& visit) {
    for (const workload::Scenario& scenario : plan.scenarios) {
        for (const auto* steps : {&scenario.once_per_user, &scenario.steps}) {
            for (const workload::Step& step : *steps) {
                if (const auto* const request = std::get_if<RequestStep>(&step)) visit(*request);
            }
        }
    }
}

struct Values {
    http::Constants constants;
    std::vector<VariableKind> kinds;
    std::vector<std::string> first_values;
};

Result<Values> sort_variables(const RunSpec& spec) {
    const Plan& plan = *spec.plan;
    const std::size_t count = plan.variable_names.size();
    if (spec.variable_values.size() != plan.variables.size())
        return fail(Code::InvalidInput, "the run has values for another number of variables than its plan");
    using From = VariableKind::From;
    Values values{http::Constants(count), std::vector<VariableKind>(count), {}};
    std::vector<bool> saved(count, false);
    for_each_request(plan, [&saved](const RequestStep& step) {
        for (const workload::Save& save : step.saves) {
            if (save.variable < saved.size()) saved[save.variable] = true;
        }
    });
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool given = i < spec.variable_values.size();
        const bool builtin = i >= plan.first_builtin && i < plan.first_builtin + std::size(workload::kBuiltinNames);
        if (builtin) {
            values.kinds[i] = VariableKind{From::Builtin, i - plan.first_builtin, 0};
        } else if (given && !saved[i]) {
            values.constants[i] = spec.variable_values[i];
        } else if (saved[i]) {
            values.kinds[i] = VariableKind{From::Saved, static_cast<std::uint32_t>(values.first_values.size()), 0};
            values.first_values.push_back(given ? spec.variable_values[i] : std::string());
        }
    }
    for (std::uint32_t set = 0; set < plan.data.size(); ++set) {
        for (std::uint32_t column = 0; column < plan.data[set].variables.size(); ++column) {
            const std::uint32_t variable = plan.data[set].variables[column];
            if (variable >= count)
                return fail(Code::InvalidInput,
                            "data set " + plan.data[set].name + " names a variable that the plan does not have");
            values.kinds[variable] = VariableKind{From::Column, set, column};
        }
    }
    return values;
}

Result<std::vector<CompiledStep>> compile_steps(const std::vector<workload::Step>& steps, const Plan& plan,
                                                std::uint32_t scenario, const Values& values) {
    std::vector<CompiledStep> compiled;
    for (const workload::Step& step : steps) {
        if (const auto* const think = std::get_if<workload::ThinkStep>(&step)) {
            compiled.emplace_back(*think);
            continue;
        }
        const RequestStep& request = std::get<RequestStep>(step);
        if (request.index >= plan.scenarios[scenario].request_names.size())
            return fail(Code::Internal, "step \"" + request.name + "\" has no place in its scenario");
        auto rendered = http::RequestTemplate::compile(request, values.constants, plan.variable_names);
        if (!rendered) return tl::unexpected<Error>(rendered.error());
        auto rules = http::ResponseRules::compile(request, values.constants, plan.variable_names);
        if (!rules) return tl::unexpected<Error>(rules.error());
        compiled.emplace_back(CompiledRequest{std::move(*rendered), std::move(*rules), scenario, request.index,
                                              request.on_fail, request.timeout, request.connect_timeout,
                                              request.follow_redirects});
    }
    return compiled;
}

}  // namespace

Result<CompiledPlan> CompiledPlan::compile(const RunSpec& spec) {
    const Plan& plan = *spec.plan;
    auto values = sort_variables(spec);
    if (!values) return tl::unexpected<Error>(values.error());
    CompiledPlan compiled;
    for (std::uint32_t i = 0; i < plan.scenarios.size(); ++i) {
        const workload::Scenario& scenario = plan.scenarios[i];
        CompiledScenario result;
        auto once = compile_steps(scenario.once_per_user, plan, i, *values);
        if (!once) return fail(once.error(), "scenario " + scenario.name);
        auto steps = compile_steps(scenario.steps, plan, i, *values);
        if (!steps) return fail(steps.error(), "scenario " + scenario.name);
        result.once = std::move(*once);
        result.steps = std::move(*steps);
        result.pace = scenario.pace;
        for (std::uint32_t set = 0; set < plan.data.size(); ++set) {
            if (workload::uses_data(scenario, plan.data[set])) result.data.push_back(set);
        }
        compiled.scenarios.push_back(std::move(result));
    }
    compiled.variables = std::move(values->kinds);
    compiled.first_values = std::move(values->first_values);
    return compiled;
}

}  // namespace culvert::agent::worker
