#include "controller/cli/reference.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "common/base/exit_code.h"
#include "common/base/text.h"

namespace culvert::cli {
namespace {

const auto kEvery = [](const CLI::App*) { return true; };

std::string option_names(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
    for (const std::string& name : option.get_lnames()) names += (names.empty() ? "--" : ", --") + name;
    const std::string value = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
    const bool flag = option.get_expected_max() == 0;
    return flag || value.empty() ? names : names + " " + value;
}

// "Examples:" and whole lines, then paragraphs.
void take_footer(const std::string& footer, CommandText& into) {
    std::string paragraph;
    const auto end_paragraph = [&] {
        if (!paragraph.empty()) into.notes.push_back(std::move(paragraph));
        paragraph.clear();
    };
    for (const std::string_view line : split(footer, '\n')) {
        if (line == "Examples:") continue;
        if (line.starts_with("  ")) {
            into.examples.emplace_back(trim(line));
        } else if (trim(line).empty()) {
            end_paragraph();
        } else {
            paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
        }
    }
    end_paragraph();
}

CommandText text_of(const CLI::App& command, const std::string& above) {
    CommandText text;
    text.name = above + " " + command.get_name();
    text.about = command.get_description();
    text.synopsis = text.name + " [OPTIONS]";
    for (const CLI::Option* option : command.get_options()) {
        if (!option->get_positional()) {
            text.options.emplace_back(option_names(*option), option->get_description());
            continue;
        }
        const std::string name = option->get_name();
        text.synopsis += option->get_required() ? " " + name : " [" + name + "]";
        text.arguments.emplace_back(name, option->get_description());
    }
    if (!command.get_subcommands(kEvery).empty()) text.synopsis += " [COMMAND]";
    take_footer(command.get_footer(), text);
    return text;
}

void add_below(const CLI::App& app, const std::string& above, std::vector<CommandText>& into) {
    for (const CLI::App* command : app.get_subcommands(kEvery)) {
        into.push_back(text_of(*command, above));
        add_below(*command, into.back().name, into);
    }
}

std::string anchor(const std::string& name) {
    std::string out = name;
    for (char& c : out) {
        if (c == ' ') c = '-';
    }
    return out;
}

// For a Markdown table: a bar would end the cell, and < begins a tag.
std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '<' ? std::string("&lt;") : std::string(1, c);
    }
    return out;
}

std::string markdown(const CommandText& command) {
    std::string out =
        fmt::format("\n## {}\n\n{}.\n\n```\n{}\n```\n", command.name, cell(command.about), command.synopsis);
    if (!command.arguments.empty() || !command.options.empty()) {
        out += "\n| argument or option | meaning |\n| --- | --- |\n";
        for (const auto* list : {&command.arguments, &command.options}) {
            for (const auto& [names, meaning] : *list)
                out += fmt::format("| `{}` | {} |\n", cell(names), cell(meaning));
        }
    }
    if (!command.examples.empty()) {
        out += "\n```console\n";
        for (const std::string& line : command.examples) out += "$ " + line + "\n";
        out += "```\n";
    }
    for (const std::string& note : command.notes) out += "\n" + cell(note) + "\n";
    return out;
}

// Text in roff: no line begins a request, no backslash an escape, and a dash is a dash that can be copied.
std::string roff(std::string_view text) {
    std::string out;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
        line_begins = c == '\n';
    }
    return out;
}

std::string page_head(const std::string& name, const std::string& about) {
    std::string upper = anchor(name);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return fmt::format(".TH {} 1 \"\" \"culvert {}\" \"Culvert\"\n.SH NAME\n{} \\- {}\n", roff(upper), CULVERT_VERSION,
                       roff(anchor(name)), roff(about));
}

std::string exit_code_section() {
    std::string out = ".SH EXIT STATUS\n";
    for (const ExitCodeText& code : exit_code_texts())
        out += fmt::format(".TP\n{}\n{}\n", static_cast<int>(code.code), roff(code.meaning));
    return out;
}

}  // namespace

std::vector<CommandText> reference_of(const CLI::App& program) {
    std::vector<CommandText> commands;
    add_below(program, program.get_name(), commands);
    return commands;
}

std::string reference_markdown(const std::vector<CommandText>& commands) {
    std::string out =
        "# The commands of `culvert`\n\nMade from what the program says of itself: `culvert help COMMAND` prints the "
        "same, `culvert help --man COMMAND` as a man page.\nA test holds this file to it.\n\n";
    for (const CommandText& command : commands)
        out += fmt::format("* [{}](#{}): {}\n", command.name, anchor(command.name), cell(command.about));
    for (const CommandText& command : commands) out += markdown(command);
    for (const TopicText& topic : help_topics()) out += fmt::format("\n## {}\n\n```\n{}```\n", topic.title, topic.text);
    return out;
}

std::string man_page(const CommandText& command) {
    std::string out = page_head(command.name, command.about) + ".SH SYNOPSIS\n" + roff(command.synopsis) + "\n";
    for (const auto& [title, list] :
         {std::pair{"ARGUMENTS", &command.arguments}, std::pair{"OPTIONS", &command.options}}) {
        if (list->empty()) continue;
        out += fmt::format(".SH {}\n", title);
        for (const auto& [names, meaning] : *list) out += fmt::format(".TP\n.B {}\n{}\n", roff(names), roff(meaning));
    }
    if (!command.notes.empty()) out += ".SH NOTES\n";
    for (const std::string& note : command.notes) out += ".PP\n" + roff(note) + "\n";
    if (!command.examples.empty()) out += ".SH EXAMPLES\n.nf\n";
    for (const std::string& line : command.examples) out += roff(line) + "\n";
    if (!command.examples.empty()) out += ".fi\n";
    return out + exit_code_section() + ".SH SEE ALSO\n.BR culvert (1)\n";
}

std::string man_page(const std::vector<CommandText>& commands) {
    std::string out = page_head("culvert", "load tests under the firewall") +
                      ".SH SYNOPSIS\nculvert COMMAND [OPTIONS]\n.SH COMMANDS\n";
    for (const CommandText& command : commands)
        out += fmt::format(".TP\n.B {}\n{}\n", roff(command.name), roff(command.about));
    for (const TopicText& topic : help_topics()) {
        std::string upper = to_lower_ascii(topic.title);
        for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        out += fmt::format(".SH {}\n.nf\n{}.fi\n", roff(upper), roff(topic.text));
    }
    return out;
}

}  // namespace culvert::cli
