#include "agent/run/preparation.h"

#include <algorithm>
#include <utility>

#include "common/protocol/rows.h"

namespace culvert::agent::run {
namespace {

std::string counted(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what;
}

void check_data(const protocol::Prepare& prepare, const workload::Plan& plan, ProblemLines& problems) {
    if (plan.data.size() != prepare.data.size()) {
        problems.push_back("the plan has " + counted(plan.data.size(), "data sets") + ", the controller sends " +
                           std::to_string(prepare.data.size()));
        return;
    }
    for (std::size_t i = 0; i < plan.data.size(); ++i) {
        if (plan.data[i].name != prepare.data[i].name) {
            problems.push_back("data set " + std::to_string(i) + " is " + plan.data[i].name +
                               " in the plan, the controller sends " + prepare.data[i].name);
        }
    }
}

void check_parts(const protocol::Prepare& prepare, const workload::Plan& plan, ProblemLines& problems) {
    if (plan.scenarios.size() != prepare.share.scenarios.size()) {
        problems.push_back("the plan has " + counted(plan.scenarios.size(), "scenarios") + ", the share is for " +
                           std::to_string(prepare.share.scenarios.size()));
    }
    if (plan.variables.size() != prepare.variable_values.size()) {
        problems.push_back("the plan has " + counted(plan.variables.size(), "variables") +
                           ", the controller sends values for " + std::to_string(prepare.variable_values.size()));
    }
    check_data(prepare, plan, problems);
}

}  // namespace

tl::expected<std::shared_ptr<const workload::Plan>, ProblemLines> check_prepare(const protocol::Prepare& prepare,
                                                                                const charter::Charter& charter) {
    workload::Columns columns;
    for (const protocol::DataSetFile& set : prepare.data) columns[set.name] = set.columns;
    workload::ParseOptions options;
    options.columns = &columns;
    auto plan = workload::parse_plan(prepare.plan_file, prepare.plan_text, options);
    ProblemLines problems;
    if (!plan) {
        for (const config::Problem& problem : plan.error()) problems.push_back(to_string(problem));
        return tl::unexpected(std::move(problems));
    }
    if (std::find(charter.engines.begin(), charter.engines.end(), "http") == charter.engines.end()) {
        problems.push_back("engine http is not in charter.engines");
    }
    check_parts(prepare, *plan, problems);
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    return std::make_shared<const workload::Plan>(std::move(*plan));
}

tl::expected<worker::RunSpec, ProblemLines> make_run_spec(const protocol::Prepare& prepare,
                                                          std::shared_ptr<const workload::Plan> plan,
                                                          const FileStore& files) {
    worker::RunSpec spec;
    for (const protocol::DataSetFile& set : prepare.data) {
        const auto content = files.read(set.rows);
        if (!content) return tl::unexpected(ProblemLines{"data set " + set.name + ": " + content.error().message});
        auto rows = protocol::decode_rows(set.columns.size(), *content);
        if (!rows) return tl::unexpected(ProblemLines{"data set " + set.name + ": " + rows.error().message});
        spec.data.push_back({std::move(*rows)});
    }
    spec.run_id = prepare.run;
    spec.plan = std::move(plan);
    spec.share = prepare.share;
    spec.variable_values = prepare.variable_values;
    spec.seed = prepare.seed;
    return spec;
}

}  // namespace culvert::agent::run
