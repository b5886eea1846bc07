#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "common/base/clock.h"
#include "common/crypto/join_token.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/agents_table.h"
#include "controller/cli/terminal.h"
#include "controller/cli/waiting_line.h"
#include "controller/run/run_plan.h"

namespace culvert::cli {
namespace {

struct AgentsOptions {
    std::string config;
    OutputOptions output;
};

namespace enrol = controller::enrol;

void add_pending(const std::vector<run::PendingNode>& nodes, const enrol::InviteStore& store, render::MeshView& view) {
    for (const run::PendingNode& node : nodes) {
        const auto id = crypto::parse_invite_id(node.invite);
        const auto invite = id ? store.find_invite(*id) : Result<std::optional<enrol::Invite>>(std::nullopt);
        view.pending.push_back({node.name, node.invite, node.peer, invite && *invite, node.waits});
    }
}

void add_revoked(const enrol::InviteStore& store, render::MeshView& view) {
    if (const auto agents = store.agents()) {
        for (const enrol::EnrolledAgent& one : *agents) {
            if (one.revoked && one.expires > view.now)
                view.revoked.push_back({one.name, Role::Agent, one.id, *one.revoked});
        }
    }
    if (const auto controllers = store.controllers()) {
        for (const enrol::IssuedController& one : *controllers) {
            if (one.revoked && one.expires > view.now)
                view.revoked.push_back({one.name, Role::Controller, one.id, *one.revoked});
        }
    }
}

ExitCode list_agents(const AgentsOptions& options) {
    const auto files = open_files(options.config);
    if (!files) return files.error();
    WaitingNotice waiting;
    const auto snapshot = run::look_at_mesh(files->config, files->store.get(),
                                            [&waiting](const std::string& text) { waiting.say(text); });
    waiting.clear();
    if (!snapshot) {
        for (const std::string& problem : snapshot.error().problems) print_error(problem);
        return snapshot.error().code;
    }
    render::MeshView view;
    view.mesh = snapshot->mesh;
    view.relay = snapshot->link.relay;
    view.agents = snapshot->agents;
    view.own_version = CULVERT_VERSION;
    view.now = SystemClock().wall_now();
    remember_own_identity(files->config, files->store->invites());
    add_pending(snapshot->pending, files->store->invites(), view);
    add_revoked(files->store->invites(), view);
    const render::TextStyle style = stdout_style(options.output);
    std::fputs((options.output.json ? render::agents_json(view) : render::agents_table(view, style)).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_agents(CLI::App& program, Chosen& chosen) {
    CLI::App* command = program.add_subcommand(
        "agents", "Who is there, how they are connected and how well; who waits to join, is away or was revoked");
    auto options = std::make_shared<AgentsOptions>();
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "the list");
    add_no_color_option(*command, options->output);
    add_examples(
        *command,
        "  culvert agents\n  culvert agents --json | jq -r '.agents[] | select(.state == \"offline\") | .name'");
    command->callback([&chosen, options] { chosen.run = [options] { return list_agents(*options); }; });
}

}  // namespace culvert::cli
