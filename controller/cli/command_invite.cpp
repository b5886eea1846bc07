#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/enrol_desk.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/run/mesh.h"

namespace culvert::cli {
namespace {

namespace enrol = controller::enrol;

struct InviteOptions {
    std::string config, expires = "24h";
    std::vector<std::string> labels;
    std::uint32_t uses = 1;
    bool ephemeral = false, quiet = false, wait = false, no_wait = false;
};

void say(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

Result<enrol::InviteOptions> book_options(const InviteOptions& options) {
    enrol::InviteOptions out;
    const auto life = parse_duration(options.expires);
    if (!life) return fail(life.error(), "--expires");
    out.life = *life;
    out.uses = options.uses;
    out.ephemeral = options.ephemeral;
    for (const std::string& pair : options.labels) {
        const std::size_t sign = pair.find('=');
        if (sign == std::string::npos) return fail(Code::InvalidInput, "--label " + pair + ": write LABEL=VALUE");
        if (!out.labels.emplace(pair.substr(0, sign), pair.substr(sign + 1)).second)
            return fail(Code::InvalidInput, "--label " + pair.substr(0, sign) + " is given twice");
    }
    return out;
}

void tell_join(const enrol::JoinOutcome& outcome) {
    const std::string name = excerpt(outcome.name, 60);
    if (outcome.agent) {
        say("✓ " + name + " joined" + (outcome.again ? " (again, with the same key)" : "") +
            "; its certificate is valid until " + utc_text(outcome.agent->expires) + "\n");
    } else if (outcome.refused) {
        say("✗ " + name + " was refused: " + outcome.refused->message + "\n");
    }
}

ExitCode invite(const InviteOptions& options) {
    const auto wanted = book_options(options);
    if (!wanted) return fail_with(wanted.error());
    const auto files = open_ca_files(options.config);
    if (!files) return files.error();

    const SystemClock clock;
    // An invite that this controller could never sign is not made.
    if (const auto who = run::load_identity(files->config, clock, &files->store->invites()); !who)
        return fail_with(who.error(), ExitCode::Usage);
    enrol::InviteStore& invites = files->store->invites();
    enrol::InviteBook book(files->ca, invites, clock);
    const auto made = book.create(*wanted);
    if (!made) return fail_with(made.error());
    const auto& pins = files->config.tunnel.pin_sha256;
    const auto token = enrol::token_for(*made, files->ca, files->config.tunnel.relays,
                                        pins.empty() ? std::nullopt : std::optional(pins.front()));
    if (!token) return fail_with(token.error());

    const bool wait = options.wait || (!options.no_wait && ::isatty(STDERR_FILENO) == 1);
    const std::string id = to_string(made->id);
    if (!options.quiet) {
        say("invite " + id + " into mesh " + files->ca.mesh() + ": " + std::to_string(options.uses) +
            (options.uses == 1 ? " use" : " uses") + ", until " + utc_text(made->expires) +
            (options.ephemeral ? ", ephemeral" : "") +
            "\nRun this on the new host, with --proxy and --allow as it needs them:\n");
    }
    std::printf("%s%s\n", options.quiet ? "" : "culvert-agent join ", token->c_str());
    std::fflush(stdout);
    if (!wait) {
        if (!options.quiet)
            say("It is signed while a controller with the mesh CA waits: culvert invites wait " + id + "\n");
        return ExitCode::Ok;
    }
    if (!options.quiet) say("waiting for it here; Ctrl-C leaves, and the invite stays good\n");
    DeskEvents events;
    events.on_join = tell_join;
    events.on_waiting = [](const std::string& why) { print_error("waiting for the relay: " + why); };
    return serve_joins(files->config, files->ca, invites, *made, events);
}

}  // namespace

void add_invite(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("invite", "Let a new agent into the mesh: prints the line to run on its host");
    auto options = std::make_shared<InviteOptions>();
    command->add_option("--label", options->labels, "Label the agent gets; may be given several times")
        ->type_name("LABEL=VALUE")
        ->take_all();
    command->add_option("--expires", options->expires, "How long the invite is good, 1m to 30d (default: 24h)")
        ->type_name("DURATION");
    auto* uses = command->add_option("--uses", options->uses, "How many agents it lets in (default: 1)");
    take_whole_number(*uses->type_name("N"), 1, enrol::kMostUses);
    command->add_flag("--ephemeral", options->ephemeral,
                      "The agents come and go by themselves: certificates of 7 days, forgotten when gone");
    CLI::Option* wait =
        command->add_flag("--wait", options->wait,
                          "Stay, sign, say who joined, and leave when all uses are spent (default on a terminal)");
    command->add_flag("--no-wait", options->no_wait, "Leave at once, also on a terminal")->excludes(wait);
    command->add_flag("--quiet", options->quiet, "Print only the token on stdout");
    add_config_option(*command, options->config);
    add_examples(*command,
                 "  culvert invite --label region=eu --wait\n  culvert invite --quiet --uses 20 --ephemeral --expires "
                 "2h --wait > token");
    command->callback([&chosen, options] { chosen.run = [options] { return invite(*options); }; });
}

}  // namespace culvert::cli
