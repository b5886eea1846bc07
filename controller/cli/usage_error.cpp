#include "controller/cli/usage_error.h"

#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/text.h"

namespace culvert::cli {
namespace {

// The command that was read last, with those above it: "culvert invites withdraw".
const CLI::App& innermost(const CLI::App& program, std::string& path) {
    const CLI::App* at = &program;
    path = program.get_name();
    for (;;) {
        const auto below = at->get_subcommands();
        if (below.empty()) return *at;
        at = below.front();
        path += " " + at->get_name();
    }
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

// "The following argument was not expected: --wieghts": an option that does not exist, or one argument too many.
std::string unexpected(const std::string& text, const CLI::App& command, const std::string& path) {
    const std::size_t colon = text.find(": ");
    std::string word(trim(std::string_view(text).substr(colon == std::string::npos ? 0 : colon + 2)));
    for (const std::string_view one : split(word, ' ')) {
        if (!one.starts_with("-")) continue;
        std::vector<std::string> names;
        for (const CLI::Option* option : command.get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
        const std::string asked(one.substr(0, one.find('=')));
        const auto near = closest(asked, std::vector<std::string_view>(names.begin(), names.end()));
        return path + " has no option " + excerpt(asked, 40) + (near ? "; did you mean " + *near + "?" : "");
    }
    return "\"" + excerpt(word, 60) + "\" is more than " + path + " takes";
}

}  // namespace

std::string usage_error(const CLI::ParseError& problem, const CLI::App& program) {
    std::string path;
    const CLI::App& command = innermost(program, path);
    std::string text = first_line(problem.what());
    if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
        text = unexpected(text, command, path);
    } else if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError)) {
        // "Could not convert: --seed = abc"
        const std::size_t colon = text.find(": ");
        if (colon != std::string::npos) text = text.substr(colon + 2) + " is not what this option takes";
    }
    return text + "   (help: " + path + " --help)";
}

}  // namespace culvert::cli
