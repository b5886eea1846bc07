#include "controller/cli/completion.h"

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::cli {
namespace {

std::string words_of(const CommandWords& command) {
    std::string words = join(command.values, " ");
    for (const std::string& option : command.options) words += (words.empty() ? "" : " ") + option;
    return words;
}

// Inside single quotes of a shell.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string bash_script(const std::vector<CommandWords>& commands) {
    std::string names;
    std::string cases;
    for (const CommandWords& command : commands) {
        names += (names.empty() ? "" : " ") + command.name;
        cases += fmt::format("      {}) words={} ;;\n", command.name, in_quotes(words_of(command)));
    }
    return "# bash completion of culvert: source it, or put it into /usr/share/bash-completion/completions/culvert\n"
           "_culvert() {\n"
           "  local word=${COMP_WORDS[COMP_CWORD]} words=\"\"\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "    words=" +
           in_quotes(names) +
           "\n"
           "  else\n"
           "    case ${COMP_WORDS[1]} in\n" +
           cases +
           "    esac\n"
           "  fi\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
           "}\n"
           "complete -o filenames -F _culvert culvert\n";
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
    std::string described;
    std::string cases;
    for (const CommandWords& command : commands) {
        described += "    " + in_quotes(command.name + ":" + command.description) + "\n";
        cases += fmt::format("    {}) compadd -- {} ;;\n", command.name, words_of(command));
    }
    return "#compdef culvert\n"
           "# zsh completion of culvert: put it as _culvert into a folder of $fpath\n"
           "_culvert() {\n"
           "  local -a commands\n"
           "  commands=(\n" +
           described +
           "  )\n"
           "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
           "  case $words[2] in\n" +
           cases +
           "  esac\n"
           "  _files\n"
           "}\n"
           "_culvert \"$@\"\n";
}

std::string fish_script(const std::vector<CommandWords>& commands) {
    std::string out = "# fish completion of culvert: put it as culvert.fish into ~/.config/fish/completions\n";
    for (const CommandWords& command : commands) {
        out += fmt::format("complete -c culvert -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                           in_quotes(command.description));
        for (const std::string& value : command.values)
            out += fmt::format("complete -c culvert -n '__fish_seen_subcommand_from {}' -a {}\n", command.name, value);
        for (const std::string& option : command.options) {
            if (option.rfind("--", 0) == 0)
                out += fmt::format("complete -c culvert -n '__fish_seen_subcommand_from {}' -l {}\n", command.name,
                                   option.substr(2));
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const std::vector<CommandWords>& commands) {
    if (shell == "bash") return bash_script(commands);
    if (shell == "zsh") return zsh_script(commands);
    if (shell == "fish") return fish_script(commands);
    return std::nullopt;
}

}  // namespace culvert::cli
