#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/reference.h"

namespace culvert::cli {
namespace {

struct HelpOptions {
    std::vector<std::string> topic;  // "invites", "withdraw"
    bool man = false;
};

ExitCode unknown_topic(const CLI::App& program, const std::string& topic) {
    std::vector<std::string> names;
    for (const CLI::App* one : program.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(one->get_name());
    for (const TopicText& one : help_topics()) names.push_back(one.name);
    const auto near = closest(topic, std::vector<std::string_view>(names.begin(), names.end()));
    return fail_with(Error{Code::InvalidInput, "no help on \"" + excerpt(topic, 40) + "\"; " +
                                                   (near ? "did you mean culvert help " + *near + "?"
                                                         : "culvert help lists the commands and topics")});
}

ExitCode print_man_page(const CLI::App& program, const std::string& topic) {
    const std::vector<CommandText> commands = reference_of(program);
    if (topic.empty()) {
        std::fputs(man_page(commands).c_str(), stdout);
        return ExitCode::Ok;
    }
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const CommandText& one) {
        return one.name == program.get_name() + " " + topic;
    });
    if (found == commands.end()) return unknown_topic(program, topic);
    std::fputs(man_page(*found).c_str(), stdout);
    return ExitCode::Ok;
}

ExitCode print_help(const CLI::App& program, const HelpOptions& options) {
    const std::string topic = join(options.topic, " ");
    if (options.man) return print_man_page(program, topic);
    if (topic.empty()) {
        std::string topics;
        for (const TopicText& one : help_topics()) topics += (topics.empty() ? "" : ", ") + one.name;
        // program.help() would be that of `help`, the command that was read.
        const std::string all =
            program.get_formatter()->make_help(&program, program.get_name(), CLI::AppFormatMode::Normal);
        std::fputs((all + "Help on more than commands: culvert help TOPIC, with one of " + topics + "\n").c_str(),
                   stdout);
        return ExitCode::Ok;
    }
    for (const TopicText& one : help_topics()) {
        if (one.name != topic) continue;
        std::fputs(one.text.c_str(), stdout);
        return ExitCode::Ok;
    }
    const CLI::App* at = &program;
    std::string above;
    for (const std::string& word : options.topic) {
        above += (above.empty() ? "" : " ") + at->get_name();
        const std::vector<const CLI::App*> below =
            at->get_subcommands([&word](const CLI::App* one) { return one->get_name() == word; });
        if (below.empty()) return unknown_topic(program, topic);
        at = below.front();
    }
    std::fputs(at->help(above).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_help(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("help", "Help on a command or a topic: plan, selectors, exit-codes, …");
    auto options = std::make_shared<HelpOptions>();
    command->add_option("TOPIC", options->topic,
                        "A command, or plan, selectors, keys, trust, files, environment or exit-codes (default: the "
                        "list of commands)");
    command->add_flag("--man", options->man, "As a man page: culvert help --man run | man -l -");
    add_examples(*command,
                 "  culvert help exit-codes\n  culvert help run\n  culvert help --man invites withdraw | man -l -");
    command->callback(
        [&program, &chosen, options] { chosen.run = [&program, options] { return print_help(program, *options); }; });
}

}  // namespace culvert::cli
