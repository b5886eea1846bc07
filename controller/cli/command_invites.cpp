#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/wall_time.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/enrol_desk.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/invites_table.h"
#include "controller/cli/terminal.h"

namespace culvert::cli {
namespace {

namespace enrol = controller::enrol;

struct InvitesOptions {
    std::string config, id;
    OutputOptions output;
};

// What each of the three does with the book.
template <class Work>
ExitCode with_book(const InvitesOptions& options, Work work) {
    const auto files = open_ca_files(options.config);
    if (!files) return files.error();
    const SystemClock clock;
    enrol::InviteBook book(files->ca, files->store->invites(), clock);
    return work(*files, book);
}

ExitCode list(const InvitesOptions& options) {
    return with_book(options, [&](const CaFiles&, enrol::InviteBook& book) {
        const auto invites = book.list();
        if (!invites) return fail_with(invites.error());
        const Terminal terminal = stdout_terminal();
        const WallTime now = SystemClock().wall_now();
        std::fputs((options.output.json ? render::invites_json(*invites)
                                        : render::invites_table(*invites, now, terminal.style))
                       .c_str(),
                   stdout);
        return ExitCode::Ok;
    });
}

ExitCode withdraw(const InvitesOptions& options) {
    return with_book(options, [&](const CaFiles&, enrol::InviteBook& book) {
        const auto invite = book.withdraw(options.id);
        if (!invite) return fail_with(invite.error());
        std::printf("invite %s is withdrawn\n", to_string(invite->id).c_str());
        return ExitCode::Ok;
    });
}

ExitCode wait(const InvitesOptions& options) {
    return with_book(options, [&](const CaFiles& files, enrol::InviteBook& book) {
        const auto invites = book.list();
        if (!invites) return fail_with(invites.error());
        const enrol::Invite* found = nullptr;
        for (const enrol::InviteSummary& one : *invites) {
            if (to_string(one.invite.id).rfind(options.id, 0) != 0 || one.state != enrol::InviteState::Open) continue;
            if (found != nullptr)
                return fail_with(Error{Code::InvalidInput, "several open invites begin with " + options.id});
            found = &one.invite;
        }
        if (found == nullptr)
            return fail_with(
                Error{Code::InvalidInput, "no open invite begins with " + options.id + "; culvert invites lists them"});
        DeskEvents events;
        events.on_join = [](const enrol::JoinOutcome& outcome) {
            if (outcome.agent) std::printf("%s joined\n", outcome.name.c_str());
            if (outcome.refused) print_error("a join was refused: " + outcome.refused->message);
            std::fflush(stdout);
        };
        events.on_waiting = [](const std::string& why) { print_error("waiting for the relay: " + why); };
        return serve_joins(files.config, files.ca, files.store->invites(), *found, events);
    });
}

}  // namespace

void add_invites(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("invites", "List the invites, withdraw one, or wait for the agents of one");
    auto options = std::make_shared<InvitesOptions>();
    const auto set = [&chosen, options](ExitCode (*work)(const InvitesOptions&)) {
        chosen.run = [options, work] { return work(*options); };
    };
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "the list, without secrets,");
    CLI::App* taking = command->add_subcommand("withdraw", "Make an invite useless; who joined with it stays");
    taking->add_option("ID", options->id, "Id of the invite, or how it begins")->required();
    add_config_option(*taking, options->config);
    add_examples(
        *taking,
        "  culvert invites withdraw 4c1d\n  culvert invites withdraw 4c1d02f7aa31c6e0 --config mesh/controller.yaml");
    CLI::App* waiting = command->add_subcommand("wait", "Stay and sign until all uses of an invite are spent");
    waiting->add_option("ID", options->id, "Id of the invite, or how it begins")->required();
    add_config_option(*waiting, options->config);
    add_examples(*waiting, "  culvert invites wait 4c1d\n  culvert invites wait 4c1d --config mesh/controller.yaml");
    add_examples(*command, "  culvert invites\n  culvert invites withdraw 4c1d");
    command->require_subcommand(0, 1);
    command->callback([set, command, taking, waiting] {
        if (command->got_subcommand(taking)) {
            set(withdraw);
        } else if (command->got_subcommand(waiting)) {
            set(wait);
        } else {
            set(list);
        }
    });
}

}  // namespace culvert::cli
