#include "controller/cli/app.h"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/log.h"
#include "common/base/text.h"
#include "controller/cli/exit.h"
#include "controller/cli/usage_error.h"

namespace culvert::cli {
namespace {

// "chek": what CLI11 would call an unexpected argument is a command that does not exist.
std::string unknown_command(const CLI::App& program, int argc, const char* const* argv) {
    if (argc < 2) return "";
    if (argv[1][0] == '-') {
        const std::string_view option = argv[1];
        const bool known = option == "-h" || option == "--help" || option == "--version";
        return known ? ""
                     : excerpt(option, 40) + " stands before a command; write culvert COMMAND " + excerpt(option, 40) +
                           "; culvert --help lists the commands";
    }
    std::vector<std::string> names;
    for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    const std::string word = argv[1];
    for (const std::string& name : names) {
        if (name == word) return "";
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto nearest = closest(word, views);
    return "\"" + excerpt(word, 40) + "\" is no command" +
           (nearest ? "; did you mean culvert " + *nearest + "?" : "; culvert --help lists them");
}

}  // namespace

void add_all_commands(CLI::App& program, Chosen& chosen) {
    for (const auto add :
         {add_init, add_invite, add_invites, add_agents, add_controllers, add_revoke, add_check, add_try, add_run,
          add_watch, add_stop, add_runs, add_report, add_doctor, add_schema, add_completion, add_demo, add_help}) {
        add(program, chosen);
    }
}

ExitCode run_cli(int argc, const char* const* argv, AddCommands add_commands) {
    CLI::App program(
        "Load tests under the firewall: one plan, many networks, one report that says whether you may trust it.",
        "culvert");
    program.set_version_flag("--version", std::string("culvert ") + CULVERT_VERSION);
    program.set_help_flag("-h,--help", "Print this help");
    program.require_subcommand(1);
    program.get_formatter()->column_width(34);
    program.footer(
        "First steps: culvert init, culvert invite, culvert check, culvert try, culvert run.   Exit codes: culvert "
        "help exit-codes");
    Chosen chosen;
    add_commands(program, chosen);

    if (const std::string unknown = unknown_command(program, argc, argv); !unknown.empty()) {
        print_error(unknown);
        return ExitCode::Usage;
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
            program.exit(problem);  // --help or --version, on stdout
            return ExitCode::Ok;
        }
        print_error(usage_error(problem, program));
        return ExitCode::Usage;
    }
    log::configure(log::Level::Warning, log::Format::Text);  // run and try speak more
    return chosen.run();
}

}  // namespace culvert::cli
