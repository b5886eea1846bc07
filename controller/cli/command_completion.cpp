#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/completion.h"
#include "controller/cli/options.h"
#include "controller/cli/reference.h"

namespace culvert::cli {
namespace {

const auto kAll = [](const CLI::App*) { return true; };

CommandWords words_of(const CLI::App& command) {
    CommandWords words{command.get_name(), command.get_description(), {}, {}};
    for (const CLI::App* below : command.get_subcommands(kAll)) words.values.push_back(below->get_name());
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
    }
    if (words.name == "help") {
        for (const TopicText& topic : help_topics()) words.values.push_back(topic.name);
    }
    if (words.name == "completion") words.values = {"bash", "zsh", "fish"};
    return words;
}

}  // namespace

void add_completion(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("completion", "Print a script that completes commands and options in a shell");
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
    add_examples(
        *command,
        "  source <(culvert completion bash)\n  culvert completion fish > ~/.config/fish/completions/culvert.fish");
    command->callback([&program, &chosen, shell] {
        chosen.run = [&program, shell] {
            std::vector<CommandWords> commands;
            for (const CLI::App* one : program.get_subcommands(kAll)) commands.push_back(words_of(*one));
            std::fputs(completion_script(*shell, commands).value_or("").c_str(), stdout);
            return ExitCode::Ok;
        };
    });
}

}  // namespace culvert::cli
