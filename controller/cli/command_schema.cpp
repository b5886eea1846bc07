#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "common/workload/schema.h"
#include "controller/cli/commands.h"
#include "controller/cli/options.h"

namespace culvert::cli {

void add_schema(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("schema", "Print the JSON Schema of plans, for editors and checks");
    add_examples(*command, "  culvert schema > plan.schema.json\n  culvert schema | jq '.properties | keys'");
    command->callback([&chosen] {
        chosen.run = [] {
            const std::string schema = workload::plan_schema();
            return std::fwrite(schema.data(), 1, schema.size(), stdout) == schema.size() ? ExitCode::Ok
                                                                                         : ExitCode::Internal;
        };
    });
}

}  // namespace culvert::cli
