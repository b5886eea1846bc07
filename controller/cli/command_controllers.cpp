#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/wall_time.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/controllers_table.h"
#include "controller/cli/terminal.h"
#include "controller/enrol/add_controller.h"

namespace culvert::cli {
namespace {

struct ControllersOptions {
    std::string config, name, out;
    OutputOptions output;
};

ExitCode list(const ControllersOptions& options) {
    const auto files = open_files(options.config);
    if (!files) return files.error();
    const std::optional<NodeId> self = remember_own_identity(files->config, files->store->invites());
    const auto controllers = files->store->invites().controllers();
    if (!controllers) return fail_with(controllers.error());
    const render::ControllersView view{*controllers, self, SystemClock().wall_now()};
    std::fputs((options.output.json ? render::controllers_json(view)
                                    : render::controllers_table(view, stdout_terminal().style))
                   .c_str(),
               stdout);
    return ExitCode::Ok;
}

ExitCode add(const ControllersOptions& options) {
    const auto files = open_ca_files(options.config);
    if (!files) return files.error();
    auto& invites = files->store->invites();
    remember_own_identity(files->config, invites);
    const std::string folder = options.out.empty() ? options.name : options.out;
    const auto added =
        controller::enrol::add_controller(options.name, folder, files->config, files->ca, invites, SystemClock());
    if (!added) return fail_with(added.error());
    std::printf(
        "controller %s (%s), certificate until %s\nmade in %s: identity.pem, controller.yaml\n\n"
        "Carry both to its host by a way that nobody else reads, then there:\n  culvert agents --config "
        "controller.yaml\n",
        added->name.c_str(), to_string(added->id).c_str(), utc_text(added->expires).c_str(), folder.c_str());
    return ExitCode::Ok;
}

}  // namespace

void add_controllers(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("controllers", "List the controllers of the mesh, or make the identity of another one");
    auto options = std::make_shared<ControllersOptions>();
    const auto set = [&chosen, options](ExitCode (*work)(const ControllersOptions&)) {
        chosen.run = [options, work] { return work(*options); };
    };
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "the list");
    CLI::App* adding = command->add_subcommand(
        "add", "Make identity.pem and controller.yaml for another controller; it may run plans, but enrol nobody");
    adding->add_option("NAME", options->name, "Name of the new controller")->required();
    adding->add_option("--out", options->out, "Folder for the two files (default: the name)")->type_name("DIR");
    add_config_option(*adding, options->config);
    add_examples(*adding, "  culvert controllers add ci\n  culvert controllers add ci --out /tmp/ci-controller");
    add_examples(*command,
                 "  culvert controllers\n  culvert controllers add ci\n\nOnly the controller that holds the mesh CA "
                 "knows them all. To take one out: culvert revoke NAME.");
    command->require_subcommand(0, 1);
    command->callback([set, command, adding] { set(command->got_subcommand(adding) ? add : list); });
}

}  // namespace culvert::cli
