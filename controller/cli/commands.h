// One function for each command of `culvert`: it adds the command with its options and examples, and what runs when it
// is chosen.
#pragma once

#include <functional>

#include "common/base/exit_code.h"

namespace CLI {
class App;
}

namespace culvert::cli {

// The command that the user chose; it runs after the command line was read as a whole.
struct Chosen {
    std::function<ExitCode()> run;
};

void add_init(CLI::App& program, Chosen& chosen);
void add_invite(CLI::App& program, Chosen& chosen);
void add_invites(CLI::App& program, Chosen& chosen);
void add_agents(CLI::App& program, Chosen& chosen);
void add_controllers(CLI::App& program, Chosen& chosen);
void add_revoke(CLI::App& program, Chosen& chosen);
void add_check(CLI::App& program, Chosen& chosen);
void add_try(CLI::App& program, Chosen& chosen);
void add_run(CLI::App& program, Chosen& chosen);
void add_watch(CLI::App& program, Chosen& chosen);
void add_stop(CLI::App& program, Chosen& chosen);
void add_runs(CLI::App& program, Chosen& chosen);
void add_report(CLI::App& program, Chosen& chosen);
void add_doctor(CLI::App& program, Chosen& chosen);
void add_schema(CLI::App& program, Chosen& chosen);
void add_completion(CLI::App& program, Chosen& chosen);
void add_demo(CLI::App& program, Chosen& chosen);
void add_help(CLI::App& program, Chosen& chosen);

}  // namespace culvert::cli
