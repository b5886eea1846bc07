#include "agent/worker/run_parts.h"

#include <algorithm>

#include "agent/worker/charter_checks.h"

namespace culvert::agent::worker {
namespace {

std::vector<std::string> secrets_of(const RunSpec& spec) {
    std::vector<std::string> secrets;
    for (std::size_t i = 0; i < spec.plan->variables.size() && i < spec.variable_values.size(); ++i) {
        if (spec.plan->variables[i].secret) secrets.push_back(spec.variable_values[i]);
    }
    return secrets;
}

Status check_data(const RunSpec& spec) {
    const workload::Plan& plan = *spec.plan;
    if (spec.data.size() != plan.data.size())
        return fail(Code::InvalidInput, "the run has rows for another number of data sets than its plan");
    for (std::size_t i = 0; i < plan.data.size(); ++i) {
        const std::size_t columns = plan.data[i].columns.size();
        const auto& rows = spec.data[i].rows;
        const auto uneven =
            std::find_if(rows.begin(), rows.end(), [columns](const auto& row) { return row.size() < columns; });
        if (uneven != rows.end())
            return fail(Code::InvalidInput, "data set " + plan.data[i].name + ": row " +
                                                std::to_string(uneven - rows.begin() + 1) + " is too short");
    }
    return {};
}

}  // namespace

Result<std::vector<schedule::SeatRule>> seat_rules(const workload::Plan& plan, const workload::Share& share) {
    if (share.scenarios.size() != plan.scenarios.size())
        return fail(Code::InvalidInput, "the share has seats for another number of scenarios than the plan");
    std::vector<schedule::SeatRule> rules;
    for (const workload::Seat& seat : share.scenarios) {
        auto rule = schedule::SeatRule::of(seat);
        if (!rule) return tl::unexpected<Error>(rule.error());
        rules.push_back(std::move(*rule));
    }
    return rules;
}

RunParts::RunParts(RunSpec run, const charter::Charter& rules_of_owner, EngineOptions engine_options,
                   http::TargetTrust target_trust)
    : spec(std::move(run)),
      charter(rules_of_owner),
      options(std::move(engine_options)),
      users_made(std::make_unique<std::atomic<std::uint64_t>[]>(spec.plan->scenarios.size())),
      user_limit(std::min(charter.max_users.value_or(UserLimit::kMostUsers), UserLimit::kMostUsers)),
      trust(std::move(target_trust)),
      masker(secrets_of(spec)) {}

Result<std::unique_ptr<RunParts>> RunParts::prepare(RunSpec spec, const charter::Charter& charter,
                                                    EngineOptions options) {
    const workload::Plan& plan = *spec.plan;
    if (const auto status = check_data(spec); !status) return tl::unexpected<Error>(status.error());
    auto rules = seat_rules(plan, spec.share);
    if (!rules) return tl::unexpected<Error>(rules.error());
    std::vector<std::shared_ptr<const workload::ScenarioLoad>> loads;
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i)
        loads.push_back(std::make_shared<workload::ScenarioLoad>(plan, i, spec.seed));
    const UsersOf users_of = options.trial ? UsersOf::OneScenario : UsersOf::AllScenarios;
    if (const auto status = check_charter(spec, loads, charter, users_of); !status)
        return tl::unexpected<Error>(status.error());
    auto trust = http::TargetTrust::load(options.extra_ca_files, options.verify_tls);
    if (!trust) return tl::unexpected<Error>(trust.error());

    std::unique_ptr<RunParts> parts(new RunParts(std::move(spec), charter, std::move(options), std::move(*trust)));
    if (const EngineOptions& given = parts->options; given.proxy) {
        auto dialer = http::ProxyDialer::make(
            {*given.proxy, given.proxy_credential_file, given.extra_ca_files, given.verify_tls});
        if (!dialer) return fail(dialer.error(), "load.proxy");
        parts->dialer = std::move(*dialer);
    }
    parts->loads = std::move(loads);
    parts->rules = std::move(*rules);
    for (std::size_t i = 0; i < plan.data.size(); ++i) {
        parts->data.push_back(
            std::make_unique<DataSource>(plan.data[i], parts->spec.data[i].rows, parts->spec.seed ^ (i + 1)));
    }
    return parts;
}

}  // namespace culvert::agent::worker
