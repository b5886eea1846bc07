#include "controller/run/run_setup.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/base/text.h"
#include "common/crypto/digest.h"

namespace culvert::run {
namespace {

std::optional<std::string> of_process(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::uint64_t random_seed() {
    const std::string bytes = crypto::random_bytes(sizeof(std::uint64_t));
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed >> 12;  // 52 bits: exact in every JSON reader
}

}  // namespace

std::string new_run_id() {
    const std::string bytes = crypto::random_bytes(4);
    return to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

tl::expected<RunSetup, NotStarted> set_up(const config::RunConfig& policy, std::shared_ptr<const workload::Plan> plan,
                                          const workload::Inputs& inputs, const workload::Environment& environment,
                                          std::optional<std::uint64_t> seed) {
    RunSetup setup;
    setup.id = new_run_id();
    setup.plan = std::move(plan);
    setup.policy = policy;
    setup.seed = seed.value_or(random_seed());
    auto values = workload::resolve_variables(*setup.plan, inputs, environment ? environment : of_process);
    if (!values) {
        NotStarted refused{ExitCode::Usage, {}};
        for (const config::Problem& problem : values.error()) refused.problems.push_back(config::to_string(problem));
        return tl::unexpected(std::move(refused));
    }
    setup.variable_values = std::move(*values);
    for (const workload::DataSet& data : setup.plan->data) {
        auto rows = workload::load_rows(data, setup.plan->file);
        if (!rows) return tl::unexpected(NotStarted{ExitCode::Usage, {rows.error().message}});
        setup.rows.push_back(std::move(*rows));
    }
    return setup;
}

protocol::Prepare prepare_message(const RunSetup& setup) {
    protocol::Prepare prepare;
    prepare.run = setup.id;
    prepare.plan_file = setup.plan->file;
    prepare.plan_text = setup.plan->text;
    prepare.variable_values = setup.variable_values;
    prepare.seed = setup.seed;
    return prepare;
}

}  // namespace culvert::run
