#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/enrol_desk.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/enrol/revoke.h"

namespace culvert::cli {
namespace {

struct RevokeOptions {
    std::string agent, config;
};

ExitCode revoke(const RevokeOptions& options) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    const auto store = open_store(*config);
    if (!store) return store.error();
    const auto ca = load_mesh_ca(*config);
    if (!ca) return fail_with(ca.error());
    const SystemClock clock;
    auto& invites = (*store)->invites();
    std::string crl_der;
    const auto revoked = controller::enrol::revoke_agent(options.agent, *ca, invites, clock);
    if (revoked) {
        crl_der = revoked->crl_der;
    } else {
        // Revoked before, but perhaps the relay was not reached then: the list goes there again.
        const auto agent = invites.find_agent(options.agent);
        const auto list = invites.revocations();
        if (!agent || !*agent || !(*agent)->revoked || !list || list->empty()) return fail_with(revoked.error());
        crl_der = *list;
    }
    if (const Status forgotten = (*store)->agents().forget(options.agent); !forgotten)
        log::warning(forgotten.error().message);
    if (const Status sent = send_revocations(*config, crl_der); !sent) {
        return fail_with(Error{sent.error().code,
                               options.agent + " is revoked here, but the relay does not know it yet: " +
                                   sent.error().message + ".   Do: culvert revoke " + options.agent + " once more"},
                         ExitCode::RelayNotReached);
    }
    std::printf("%s is revoked; the relay and every node that is connected know it\n", options.agent.c_str());
    return ExitCode::Ok;
}

}  // namespace

void add_revoke(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand("revoke", "Take an agent out of the mesh for good");
    auto options = std::make_shared<RevokeOptions>();
    command->add_option("AGENT", options->agent, "Name of the agent (culvert agents lists them)")->required();
    add_config_option(*command, options->config);
    add_examples(*command, "  culvert revoke fra-1\n  culvert revoke fra-1 --config mesh/controller.yaml");
    command->callback([&chosen, options] {
        chosen.run = [options] {
            log::configure(log::Level::Warning, log::Format::Text);
            return revoke(*options);
        };
    });
}

}  // namespace culvert::cli
