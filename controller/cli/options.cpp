#include "controller/cli/options.h"

#include <map>

#include <CLI/CLI.hpp>

namespace culvert::cli {

void add_config_option(CLI::App& command, std::string& file) {
    command
        .add_option("--config", file,
                    "The controller's configuration (default: $CULVERT_CONFIG, ./controller.yaml, "
                    "~/.config/culvert/controller.yaml, /etc/culvert/controller.yaml)")
        ->type_name("FILE");
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
    static const std::map<std::string, Progress> kWords{
        {"auto", Progress::Auto}, {"live", Progress::Live}, {"plain", Progress::Plain}, {"none", Progress::None}};
    command
        .add_option("--progress", progress,
                    "auto: live on a terminal, else plain; live: redrawn in place; plain: one line each 10 s, after "
                    "ten minutes each minute, for logs; none (default: auto)")
        ->transform(CLI::CheckedTransformer(kWords, CLI::ignore_case).description(""))
        ->type_name("auto|live|plain|none")
        ->option_text("auto|live|plain|none");
}

void add_output_options(CLI::App& command, OutputOptions& options) {
    static const std::map<std::string, log::Format> kFormats{{"text", log::Format::Text}, {"json", log::Format::Json}};
    command.add_flag("--no-color", options.no_color,
                     "No colours, as with NO_COLOR in the environment; every sign stays");
    command
        .add_option("--log", options.log_format,
                    "How log lines on stderr look: text, or one JSON object a line (default: text)")
        ->transform(CLI::CheckedTransformer(kFormats, CLI::ignore_case).description(""))
        ->option_text("text|json");
}

void add_examples(CLI::App& command, const std::string& lines) {
    command.footer("Examples:\n" + lines);
}

}  // namespace culvert::cli
