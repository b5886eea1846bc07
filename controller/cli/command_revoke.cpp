#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/wall_time.h"
#include "controller/cli/commands.h"
#include "controller/cli/confirm.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/enrol_desk.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/enrol/revoke.h"

namespace culvert::cli {
namespace {

namespace enrol = controller::enrol;

struct RevokeOptions {
    std::string node, config;
    bool yes = false;
};

Question question_about(const enrol::RevocationTarget& target, bool own) {
    Question question;
    question.text = "Revoke " + described(target) + " (" + to_string(target.id) + ", certificate until " +
                    utc_text(target.expires) + ")? It is cut off at once, and its key never comes back.";
    if (own) {
        question.text +=
            " It is this controller itself: it, and every other with the same identity, can do nothing in the mesh "
            "afterwards.";
    }
    if (own || target.role == Role::Controller) question.word = target.name;
    return question;
}

ExitCode revoke(const RevokeOptions& options) {
    const auto files = open_ca_files(options.config);
    if (!files) return files.error();
    const SystemClock clock;
    auto& invites = files->store->invites();
    const std::optional<NodeId> self = remember_own_identity(files->config, invites);
    const auto target = enrol::find_for_revocation(options.node, invites, clock.wall_now());
    if (!target) return fail_with(target.error());

    Result<std::string> list = std::string();
    if (target->revoked) {
        // Perhaps the relay was not reached then: the list goes there again.
        list = invites.revocations();
        std::fprintf(stderr, "%s was revoked on %s; the relay is told again\n", described(*target).c_str(),
                     utc_text(*target->revoked).c_str());
    } else {
        if (!options.yes && !confirm(question_about(*target, self == target->id))) return ExitCode::Usage;
        list = enrol::revoke(*target, files->ca, invites, clock);
    }
    if (!list) return fail_with(list.error());
    if (target->role == Role::Agent) {
        if (const Status forgotten = files->store->agents().forget(target->name); !forgotten)
            log::warning(forgotten.error().message);
    }
    if (const Status sent = send_revocations(files->config, *list); !sent) {
        return fail_with(Error{sent.error().code,
                               described(*target) + " is revoked here, but the relay does not know it yet: " +
                                   sent.error().message + ".   Do: culvert revoke " + options.node + " once more"},
                         ExitCode::RelayNotReached);
    }
    std::printf("%s is revoked; the relay and every node that is connected know it\n", described(*target).c_str());
    return ExitCode::Ok;
}

}  // namespace

void add_revoke(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("revoke", "Take an agent or a controller out of the mesh for good");
    auto options = std::make_shared<RevokeOptions>();
    command
        ->add_option("NODE", options->node,
                     "Name of an agent or a controller, or its fingerprint, of which the first 8 digits are enough "
                     "(culvert agents and culvert controllers list them)")
        ->required()
        ->type_name("NAME|FINGERPRINT");
    command->add_flag(
        "-y,--yes", options->yes,
        "Do not ask. Otherwise a person at the terminal is asked, and must type the name of a controller");
    add_config_option(*command, options->config);
    add_examples(*command,
                 "  culvert revoke fra-1\n  culvert revoke 4c1d02f7 --yes --config mesh/controller.yaml\n\n"
                 "By name every key that a node had is revoked, by fingerprint that one. The list goes to the relay, "
                 "which cuts the node off and tells every other; nodes that are away learn it when they come back.");
    command->callback([&chosen, options] { chosen.run = [options] { return revoke(*options); }; });
}

}  // namespace culvert::cli
