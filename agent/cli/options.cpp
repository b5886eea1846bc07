#include "agent/cli/options.h"

#include <filesystem>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/protocol/messages.h"
#include "tunnel/envelope/admission.h"

namespace culvert::agent::cli {
namespace {

constexpr const char* kDescription =
    "Makes load where the controller says and its owner allows. It dials out, through the proxy of its site, to the\n"
    "relay of its mesh; it opens no listening socket.";
constexpr const char* kJoinExamples =
    "Examples:\n"
    "  culvert-agent join cvj1_… --allow '*.acme.test:443'\n"
    "  culvert-agent join token.txt --state /var/lib/culvert-agent --proxy http://proxy.corp:3128 \\\n"
    "                --proxy-user svc-load --proxy-password-file /run/secrets/proxy --allow 10.1.0.0/16\n"
    "  ssh host culvert-agent join - < token.txt      # not seen by ps";
constexpr const char* kRunExamples =
    "Signals:\n"
    "  SIGTERM   lets the run end gracefully, delivers its results, then stops (30 s at most); SIGINT likewise; a "
    "second one stops at once";

constexpr const char* kDoctorExamples =
    "A running agent is not disturbed. Exit codes, by the hop that fails: 2 config, clock, admission, and a proxy "
    "setting\nthat cannot be used; 5 any other on the way to the relay; 0 it works, perhaps with notes.\n"
    "Examples:\n"
    "  culvert-agent doctor\n"
    "  culvert-agent doctor --probe --report doctor.txt";

std::string version_text() {
    return "culvert-agent " CULVERT_VERSION " (protocol " + std::to_string(tunnel::envelope::kProtocolVersion) +
           ", messages " + std::to_string(protocol::kVersion) + ")";
}

// What join's proxy options say before they are made into a ProxyConfig.
struct ProxyWords {
    std::vector<std::string> urls;
    std::string user, password_file, pac;
};

std::string absolute(const std::string& path) {
    if (path.empty()) return path;
    std::string whole = std::filesystem::absolute(path).lexically_normal().string();
    while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
    return whole;
}

config::ProxyConfig proxy_of(const ProxyWords& words) {
    config::ProxyConfig proxy;
    if (!words.pac.empty()) {
        proxy.source = config::ProxyConfig::Source::Pac;
        proxy.pac = words.pac.find("://") == std::string::npos ? absolute(words.pac) : words.pac;
    } else if (words.urls == std::vector<std::string>{"none"}) {
        proxy.source = config::ProxyConfig::Source::None;
    } else if (!words.urls.empty()) {
        proxy.source = config::ProxyConfig::Source::Urls;
        proxy.urls = words.urls;
    }
    proxy.username = words.user;
    proxy.password.file = absolute(words.password_file);
    return proxy;
}

void add_proxy_options(CLI::App& join, ProxyWords& words) {
    CLI::Option* proxy =
        join.add_option(
                "--proxy", words.urls,
                "proxy of this site: http://HOST:PORT, https://… or socks5h://…; several are tried in order; none: "
                "direct. Default: the environment (HTTPS_PROXY, NO_PROXY), then direct")
            ->allow_extra_args(false);
    CLI::Option* pac =
        join.add_option("--pac", words.pac, "automatic proxy configuration: URL or file")->excludes(proxy);
    CLI::Option* user = join.add_option("--proxy-user", words.user, "user name for the proxy");
    join.add_option("--proxy-password-file", words.password_file, "file that holds the proxy's password")
        ->needs(user)
        ->check(CLI::ExistingFile);
    static_cast<void>(pac);
}

void add_join(CLI::App& app, JoinCommandOptions& options, ProxyWords& proxy, double& weight) {
    CLI::App* join =
        app.add_subcommand("join", "Make a key, get a certificate of the mesh with a join token, write agent.yaml");
    join->footer(kJoinExamples);
    join->add_option("TOKEN", options.token, "the join token, a file that holds it, or - for standard input")
        ->required();
    join->add_option("--state", options.state, "folder for identity.pem, agent.yaml and what the agent keeps")
        ->default_val(".");
    join->add_option("--name", options.join.name, "name of this agent in the mesh; default: the host's name");
    join->add_option("--weight", weight, "part of a run that this agent carries, relative to the others; default 1")
        ->check(CLI::Range(0.001, 1000.0));
    join->add_option("--allow", options.join.allow,
                     "target that controllers may put load on: HOST:PORT, *.SUFFIX:PORT, NETWORK[:PORT]; repeatable; "
                     "none: nothing")
        ->allow_extra_args(false);
    add_proxy_options(*join, proxy);
    join->add_option("--extra-ca", options.join.extra_ca,
                     "PEM file of a CA to trust as well, such as that of an inspecting proxy; repeatable")
        ->check(CLI::ExistingFile)
        ->allow_extra_args(false);
    join->add_flag("--force", options.force, "replace the identity that is already in the folder");
}

void add_run(CLI::App& app, RunOptions& options) {
    CLI::App* run = app.add_subcommand("run", "Connect to the relay and wait for runs");
    run->footer(kRunExamples);
    run->add_option("--config", options.config,
                    "agent.yaml; else $CULVERT_AGENT_CONFIG, ./agent.yaml, ~/.config/culvert/, /etc/culvert/");
}

void add_doctor(CLI::App& app, DoctorCommandOptions& options) {
    CLI::App* doctor = app.add_subcommand(
        "doctor", "Walk the path to the relay hop by hop, and say what is wrong and what to ask the network team for");
    doctor->footer(kDoctorExamples);
    doctor->add_option("--config", options.config,
                       "agent.yaml; else $CULVERT_AGENT_CONFIG, ./agent.yaml, ~/.config/culvert/, /etc/culvert/");
    doctor->add_flag("--probe", options.probe,
                     "also watch how long links live, silent and at all (less than two minutes)");
    doctor->add_flag("--json", options.json, "the result as one JSON object on standard output");
    doctor->add_option("--report", options.report,
                       "file that gets the result as text, for the ticket; no secrets in it");
}

void add_completion(CLI::App& app, CompletionOptions& options) {
    CLI::App* completion =
        app.add_subcommand("completion", "Print a script that completes commands and options in a shell");
    completion->add_option("SHELL", options.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
}

void finish_join(JoinCommandOptions& options, const ProxyWords& proxy) {
    options.state = absolute(options.state);
    for (std::string& file : options.join.extra_ca) file = absolute(file);
    options.join.proxy = proxy_of(proxy);
    if (options.join.name.empty()) options.join.name = config::host_name();
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

// The whole command line, so that parsing and completion never differ.
struct Program {
    Program() : app(kDescription, "culvert-agent") {
        app.set_version_flag("--version", version_text());
        app.add_option("--log", log_format, "text (default), or json: one object a line")
            ->check(CLI::IsMember({"text", "json"}));
        app.add_flag("--verbose", verbose, "debug lines too");
        app.require_subcommand(1);
        app.fallthrough();
        add_join(app, join, proxy, weight);
        add_run(app, run);
        add_doctor(app, doctor);
        add_completion(app, completion);
    }

    CLI::App app;
    std::string log_format = "text";
    bool verbose = false;
    JoinCommandOptions join;
    ProxyWords proxy;
    double weight = 0;
    RunOptions run;
    DoctorCommandOptions doctor;
    CompletionOptions completion;
};

}  // namespace

tl::expected<Options, ExitCode> parse_options(int argc, const char* const* argv) {
    Program program;
    try {
        program.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(program.app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage);
    }
    Options options;
    options.log_format = program.log_format == "json" ? log::Format::Json : log::Format::Text;
    options.log_level = program.verbose ? log::Level::Debug : log::Level::Info;
    if (program.app.got_subcommand("join")) {
        if (program.weight > 0) program.join.join.weight = program.weight;
        finish_join(program.join, program.proxy);
        options.command = std::move(program.join);
    } else if (program.app.got_subcommand("run")) {
        options.command = std::move(program.run);
    } else if (program.app.got_subcommand("doctor")) {
        options.command = std::move(program.doctor);
    } else {
        options.command = std::move(program.completion);
    }
    return options;
}

std::string completion_script(const std::string& shell) {
    const Program program;
    std::vector<std::string> names;
    std::string cases;
    std::string fish;
    for (const CLI::App* command : program.app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
        fish += "complete -c culvert-agent -n __fish_use_subcommand -f -a " + command->get_name() + " -d '" +
                command->get_description() + "'\n";
        std::vector<std::string> words;
        for (const CLI::Option* option : command->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                words.push_back("--" + name);
                fish += "complete -c culvert-agent -n '__fish_seen_subcommand_from " + command->get_name() + "' -l " +
                        name + "\n";
            }
        }
        if (command->get_name() == "completion") words.insert(words.end(), {"bash", "zsh", "fish"});
        cases += "    " + command->get_name() + ") candidates='" + joined(words) + "' ;;\n";
    }
    if (shell == "fish")
        return "# fish completion of culvert-agent: save as ~/.config/fish/completions/culvert-agent.fish\n" + fish;
    if (shell == "zsh") {
        return "#compdef culvert-agent\n# zsh completion of culvert-agent: save as _culvert-agent in a folder of "
               "$fpath\n"
               "_culvert_agent() {\n  if (( CURRENT == 2 )); then compadd -- " +
               joined(names) + "; return; fi\n  local candidates=\n  case $words[2] in\n" + cases +
               "  esac\n  compadd -- ${=candidates}\n  _files\n}\ncompdef _culvert_agent culvert-agent\n";
    }
    return "# bash completion of culvert-agent: source it, or save it as "
           "/usr/share/bash-completion/completions/culvert-agent\n"
           "_culvert_agent() {\n  local word=${COMP_WORDS[COMP_CWORD]} candidates=''\n  if [ \"$COMP_CWORD\" -eq 1 ]; "
           "then\n    candidates='" +
           joined(names) + "'\n  else\n    case ${COMP_WORDS[1]} in\n" + cases +
           "    esac\n  fi\n  COMPREPLY=($(compgen -W \"$candidates\" -- \"$word\"))\n"
           "  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- \"$word\")); fi\n}\n"
           "complete -o filenames -F _culvert_agent culvert-agent\n";
}

}  // namespace culvert::agent::cli
