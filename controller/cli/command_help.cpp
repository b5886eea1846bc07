#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"

namespace culvert::cli {
namespace {

std::string exit_code_table() {
    std::string out = "Exit codes of culvert, culvert-agent and culvert-relay:\n\n";
    for (const ExitCodeText& text : exit_code_texts())
        out += fmt::format("  {:>3}  {}\n", static_cast<int>(text.code), text.meaning);
    return out + "\nWhere several hold, the first of 130, 2, 5, 4, 3, 6, 1.\n";
}

}  // namespace

void add_help(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("help", "Help on a command, or on exit codes");
    auto topic = std::make_shared<std::string>();
    command->add_option("TOPIC", *topic, "A command, or exit-codes (default: the list of commands)");
    add_examples(*command, "  culvert help exit-codes\n  culvert help run");
    command->callback([&program, &chosen, topic] {
        chosen.run = [&program, topic] {
            if (topic->empty()) {
                std::fputs(program.help().c_str(), stdout);
                return ExitCode::Ok;
            }
            if (*topic == "exit-codes") {
                std::fputs(exit_code_table().c_str(), stdout);
                return ExitCode::Ok;
            }
            const std::vector<CLI::App*> found =
                program.get_subcommands([&](const CLI::App* one) { return one->get_name() == *topic; });
            if (found.empty())
                return fail_with(
                    Error{Code::InvalidInput, "no help on \"" + *topic + "\"; culvert --help lists the commands"});
            std::fputs(found.front()->help(program.get_name()).c_str(), stdout);
            return ExitCode::Ok;
        };
    });
}

}  // namespace culvert::cli
