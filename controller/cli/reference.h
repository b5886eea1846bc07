// What each command says of itself, as a value: `culvert help`, the man pages and docs/commands.md are made of it, so
// that none of them can say another thing than the program does.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace culvert::cli {

struct CommandText {
    std::string name;                                                     // "culvert invites withdraw"
    std::string synopsis;                                                 // "culvert run [OPTIONS] PLAN"
    std::string about;                                                    // one sentence, without the full stop
    std::vector<std::pair<std::string, std::string>> arguments, options;  // "--agents SELECTOR" → meaning
    std::vector<std::string> examples;                                    // whole command lines
    std::vector<std::string> notes;                                       // paragraphs
};

// A text of `culvert help TOPIC`: paragraphs, and tables whose lines begin with two blanks.
struct TopicText {
    std::string name, title, text;
};

// Every command, in the order of help, those below a command behind it.
std::vector<CommandText> reference_of(const CLI::App& program);
const std::vector<TopicText>& help_topics();

// docs/commands.md.
std::string reference_markdown(const std::vector<CommandText>& commands);
// A man page, section 1, in man(7).
std::string man_page(const CommandText& command);
// The page of the whole program: its commands, topics and exit codes.
std::string man_page(const std::vector<CommandText>& commands);

}  // namespace culvert::cli
