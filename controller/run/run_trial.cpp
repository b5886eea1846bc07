#include "controller/run/run_trial.h"

#include <csignal>
#include <utility>

namespace culvert::run {

tl::expected<TrialEnd, NotStarted> run_trial(const config::ControllerConfig& config, TrialRequest request,
                                             TrialObserver& observer) {
    auto setup = set_up(config.run, request.plan, request.inputs, request.environment, std::nullopt);
    if (!setup) return tl::unexpected(setup.error());
    net::Loop loop;
    auto who = load_identity(config, loop.clock());
    if (!who) return tl::unexpected(NotStarted{ExitCode::Usage, {who.error().message}});

    TrialSessionSetup session_setup;
    session_setup.run = std::move(*setup);
    session_setup.goal.reach_relay = request.reach_relay;
    session_setup.goal.relay = relay_of(config);
    session_setup.goal.on_waiting = std::move(request.on_waiting);
    session_setup.goal.selector = request.wish.agents;
    if (!request.wish.agent.empty()) session_setup.goal.selector.terms.push_back({"name", request.wish.agent, false});
    session_setup.goal.at_least = request.wait_at_most > Duration::zero() ? 1 : 0;
    session_setup.goal.for_agents = request.wait_at_most;
    session_setup.wish = std::move(request.wish);
    session_setup.on_chosen = std::move(request.on_chosen);
    std::optional<TrialSession::Outcome> outcome;
    TrialSession session(loop, *who, uplink_by(config, false), std::move(session_setup), observer,
                         [&loop, &outcome](TrialSession::Outcome end) {
                             outcome = std::move(end);
                             loop.stop();
                         });
    std::unique_ptr<net::Loop::Watch> on_interrupt, on_terminate;
    if (request.catch_signals) {
        on_interrupt = loop.on_signal(SIGINT, [&session] { session.interrupt(); });
        on_terminate = loop.on_signal(SIGTERM, [&session] { session.interrupt(); });
    }
    session.start();
    loop.run();
    return std::move(*outcome);
}

}  // namespace culvert::run
