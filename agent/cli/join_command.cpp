#include "agent/cli/join_command.h"

#include <signal.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "agent/charter/charter.h"
#include "agent/cli/checklist.h"
#include "agent/cli/join_waiter.h"
#include "agent/cli/join_way.h"
#include "agent/cli/tunnel_settings.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"

namespace culvert::agent::cli {
namespace {

constexpr std::size_t kLargestTokenFile = 64 << 10;
constexpr std::string_view kTokenPrefix = "cvj1_";

ExitCode exit_code_of(const Error& error) {
    switch (error.code) {
        case Code::InvalidInput:
        case Code::Unauthorized:
            return ExitCode::Usage;
        case Code::Internal:
            return ExitCode::Internal;
        default:
            return ExitCode::RelayNotReached;
    }
}

std::string token_detail(const crypto::JoinToken& token, const Clock& clock) {
    const WallTime now = clock.wall_now();
    return "mesh " + token.mesh + ", relay " + join(token.relays, ", ") +
           (token.expires > now ? ", expires in " + span_text(token.expires - now) : "");
}

// Token, folder and charter: everything that can be wrong without a network. The step that failed was told.
std::optional<crypto::JoinToken> check_before(const JoinCommandOptions& options, const Clock& clock,
                                              Checklist& checklist) {
    const auto told = [&checklist](const char* step, const Error& why) -> std::optional<crypto::JoinToken> {
        checklist.failed(step, why.message);
        return std::nullopt;
    };
    const auto text = read_token(options.token);
    if (!text) return told("token", text.error());
    auto token = crypto::parse_join_token(*text);
    if (!token) return told("token", token.error());
    checklist.passed("token", token_detail(*token, clock));
    if (const std::string warning = enrol::expiry_warning(*token, clock); !warning.empty())
        checklist.noted("clock", warning);

    if (const Status good = charter::check_targets(options.join.allow); !good) return told("--allow", good.error());
    const auto present = enrol::find_identity(options.state);
    const bool there = !present || present->has_value();
    if (there && !options.force) {
        const std::string who =
            present ? (*present)->member().name + " of mesh " + (*present)->member().mesh : present.error().message;
        return told("state",
                    {Code::InvalidInput,
                     options.state + " holds an identity already (" + who +
                         "); nothing was changed. For a second agent: --state ANOTHER-FOLDER; to replace it: --force"});
    }
    if (!there) {
        if (const Status prepared = enrol::prepare_folder(options.state, *token); !prepared)
            return told("state", prepared.error());
    }
    checklist.passed("state", options.state);
    return std::move(*token);
}

// Waits on a loop of its own until there is an outcome; nothing: interrupted.
std::optional<JoinOutcome> wait_for_signature(const crypto::JoinToken& token, tunnel::link::UplinkSettings settings,
                                              const enrol::JoinAttempt& attempt, Checklist& checklist) {
    net::Loop loop;
    std::optional<JoinOutcome> outcome;
    JoinWaiter waiter(loop, attempt, checklist, [&loop, &outcome](JoinOutcome reached) {
        outcome = std::move(reached);
        loop.stop();
    });
    auto uplink = tunnel::link::make_pending_uplink(loop, token.mesh, std::move(settings), waiter);
    if (!uplink) return JoinOutcome(tl::unexpected(JoinFailure{"WebSocket", uplink.error()}));
    waiter.attach(**uplink);
    const auto on_interrupt = loop.on_signal(SIGINT, [&loop] { loop.stop(); });
    const auto on_terminate = loop.on_signal(SIGTERM, [&loop] { loop.stop(); });
    (*uplink)->start();
    loop.run();
    (*uplink)->stop();
    return outcome;
}

ExitCode keep(const JoinCommandOptions& options, const crypto::JoinToken& token, const enrol::Enrolled& enrolled,
              Checklist& checklist) {
    const auto& member = enrolled.identity.member();
    checklist.passed("certificate", member.name + " of mesh " + member.mesh + ", until " + utc_text(member.not_after) +
                                        (member.ephemeral ? ", ephemeral" : ""));
    const auto files = enrol::save_enrolment(options.state, enrolled, token, options.join);
    if (!files) {
        checklist.failed("state", files.error().message);
        return exit_code_of(files.error());
    }
    checklist.passed("saved", files->identity_file + ", " + files->config_file +
                                  (files->config_kept ? " (was there, kept as it is)" : ""));
    if (!files->config_kept && options.join.allow.empty()) {
        checklist.noted("charter", "nothing is allowed yet: write charter.targets into " + files->config_file);
    }
    std::fprintf(stderr, "\nNext:  culvert-agent run --config %s\n", files->config_file.c_str());
    return ExitCode::Ok;
}

}  // namespace

Result<std::string> read_token(const std::string& token_or_file) {
    if (token_or_file.starts_with(kTokenPrefix)) return token_or_file;
    std::ifstream file;
    if (token_or_file != "-") {
        file.open(token_or_file, std::ios::binary);
        if (!file)
            return fail(Code::InvalidInput,
                        "\"" + excerpt(token_or_file, 80) +
                            "\" is neither a join token (they begin with cvj1_) nor a file that can be read");
    }
    std::istream& in = token_or_file == "-" ? std::cin : file;
    std::string text(kLargestTokenFile + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > kLargestTokenFile)
        return fail(Code::InvalidInput, excerpt(token_or_file, 80) + ": too large for a join token");
    return text;
}

ExitCode join_command(const JoinCommandOptions& options) {
    const SystemClock clock;
    Checklist checklist(
        [](std::string_view line) { std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data()); });
    const auto token = check_before(options, clock, checklist);
    if (!token) return ExitCode::Usage;

    auto key = enrol::joining_key(options.state);
    if (!key) {
        checklist.failed("state", key.error().message);
        return ExitCode::Usage;
    }
    const auto attempt = enrol::JoinAttempt::begin(*token, options.join.name, clock, std::move(*key));
    if (!attempt) {
        checklist.failed("name", attempt.error().message);
        return ExitCode::Usage;
    }
    auto settings = uplink_settings_of(enrol::agent_config_of(*token, options.join), options.state);
    if (!settings) {
        checklist.failed("which proxy", settings.error().message);
        return ExitCode::Usage;
    }
    if (const auto failed = walk_way(*token, options.join.name, *settings, clock, checklist)) return *failed;

    auto outcome = wait_for_signature(*token, std::move(*settings), *attempt, checklist);
    if (!outcome) {
        checklist.noted("join", "interrupted; join again with the same token");
        return ExitCode::Interrupted;
    }
    if (!*outcome) {
        checklist.failed(outcome->error().step, outcome->error().why.message);
        return exit_code_of(outcome->error().why);
    }
    return keep(options, *token, **outcome, checklist);
}

}  // namespace culvert::agent::cli
