#include "controller/cli/options.h"

#include <charconv>
#include <utility>

#include <CLI/CLI.hpp>

#include "common/base/text.h"

namespace culvert::cli {
namespace {

// One of these words, in upper or lower case; the value becomes its number.
template <class T>
CLI::Validator one_of(const std::vector<std::pair<std::string, T>>& words) {
    return CLI::Validator(
        [words](std::string& value) -> std::string {
            std::vector<std::string> known;
            for (const auto& [word, number] : words) {
                if (to_lower_ascii(value) == word) {
                    value = std::to_string(static_cast<int>(number));
                    return "";
                }
                known.push_back(word);
            }
            return "\"" + excerpt(value, 40) + "\" is none of " + join(known, ", ");
        },
        "");
}

}  // namespace

void take_whole_number(CLI::Option& option, std::uint64_t least, std::uint64_t most) {
    option.check(CLI::Validator(
        [least, most](std::string& value) -> std::string {
            std::uint64_t number = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
            const bool whole = error == std::errc{} && end == value.data() + value.size();
            if (whole && number >= least && number <= most) return "";
            return "\"" + excerpt(value, 40) + "\" is no whole number from " + std::to_string(least) + " to " +
                   std::to_string(most);
        },
        ""));
}

void add_config_option(CLI::App& command, std::string& file) {
    command
        .add_option("--config", file,
                    "The controller's configuration (default: $CULVERT_CONFIG, ./controller.yaml, "
                    "~/.config/culvert/controller.yaml, /etc/culvert/controller.yaml)")
        ->type_name("FILE")
        ->check(CLI::Validator([](std::string& value) { return value.empty() ? "is empty" : std::string(); }, ""));
}

void add_set_option(CLI::App& command, std::vector<std::string>& set) {
    command
        .add_option("--set", set,
                    "Value of a variable of the plan; may be given several times; stronger than the environment")
        ->type_name("NAME=VALUE")
        ->take_all();
}

Result<workload::Inputs> inputs_of(const std::vector<std::string>& set) {
    workload::Inputs inputs;
    for (const std::string& pair : set) {
        const std::size_t sign = pair.find('=');
        if (sign == std::string::npos || sign == 0)
            return fail(Code::InvalidInput, "--set " + pair + ": write NAME=VALUE");
        if (!inputs.set.emplace(pair.substr(0, sign), pair.substr(sign + 1)).second)
            return fail(Code::InvalidInput, "--set " + pair.substr(0, sign) + " is given twice");
    }
    return inputs;
}

void add_json_option(CLI::App& command, bool& json, const std::string& what) {
    command.add_flag("--json", json, "Print " + what + " as JSON on stdout, for programs");
}

void add_progress_option(CLI::App& command, Progress& progress) {
    static const std::vector<std::pair<std::string, Progress>> kWords{
        {"auto", Progress::Auto}, {"live", Progress::Live}, {"plain", Progress::Plain}, {"none", Progress::None}};
    command
        .add_option("--progress", progress,
                    "auto: live on a terminal, else plain; live: redrawn in place; plain: one line each 10 s, after "
                    "ten minutes each minute, for logs; none (default: auto)")
        ->transform(one_of(kWords))
        ->type_name("auto|live|plain|none")
        ->option_text("auto|live|plain|none");
}

void add_no_color_option(CLI::App& command, OutputOptions& options) {
    command.add_flag("--no-color", options.no_color,
                     "No colours, as with NO_COLOR in the environment; every sign stays");
}

void add_output_options(CLI::App& command, OutputOptions& options) {
    static const std::vector<std::pair<std::string, log::Format>> kFormats{{"text", log::Format::Text},
                                                                           {"json", log::Format::Json}};
    add_no_color_option(command, options);
    command
        .add_option("--log", options.log_format,
                    "How log lines on stderr look: text, or one JSON object a line (default: text)")
        ->transform(one_of(kFormats))
        ->option_text("text|json");
}

void add_examples(CLI::App& command, const std::string& lines) {
    command.footer("Examples:\n" + lines);
}

}  // namespace culvert::cli
