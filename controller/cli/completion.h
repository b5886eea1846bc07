// Scripts that complete commands and options in a shell. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::cli {

struct CommandWords {
    std::string name;
    std::string description;           // one line
    std::vector<std::string> options;  // with their dashes
    std::vector<std::string> values;   // words that may follow: subcommands, fixed choices
};

// For bash, zsh or fish; nothing for another shell.
std::optional<std::string> completion_script(std::string_view shell, const std::vector<CommandWords>& commands);

}  // namespace culvert::cli
