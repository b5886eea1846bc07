#include "tunnel/doctor/doctor.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/wall_time.h"
#include "tunnel/doctor/advice.h"
#include "tunnel/doctor/measurement.h"
#include "tunnel/doctor/record.h"
#include "tunnel/doctor/relay_time.h"
#include "tunnel/doctor/targets.h"
#include "tunnel/doctor/trial_links.h"
#include "tunnel/doctor/way_walk.h"
#include "tunnel/link/learnt_path.h"

namespace culvert::tunnel::doctor {
namespace {

using link::Transport;
using link::TransportChoice;

class Walk {
  public:
    Walk(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock, Diagnosis& result,
         const DoctorEvents& events)
        : settings_(settings),
          identity_(identity),
          clock_(clock),
          record_(result, events),
          memory_(settings.uplink.credential_file),
          applicant_{identity.member().mesh, &identity, settings.uplink.role, 0, false, settings.uplink.software, true},
          learnt_(link::load_learnt_path(settings.uplink.learnt_file)) {}

    void run() {
        if (!look_at_identity()) return;
        auto reached = WayWalk(settings_, clock_, memory_, record_).reach();
        if (!reached) return;
        TrialLinks links(applicant_, *reached, memory_, clock_);
        const std::optional<Transport> transport = try_links(links, reached->relay);
        if (!transport) return;
        Measurement measurement(settings_, clock_, links, record_);
        measurement.echo(*transport);
        measurement.lives(*transport, learnt_);
        if (settings_.targets) try_targets(*settings_.targets, settings_.uplink.environment, clock_, record_);
    }

  private:
    bool look_at_identity() {
        const auto trust = crypto::MeshTrust::from_pem(
            identity_.mesh_ca_pem(), settings_.mesh.empty() ? identity_.member().mesh : settings_.mesh, clock_);
        if (!trust) return identity_failed(trust.error());
        const auto member = trust->examine(identity_.certificate_der(), settings_.uplink.role);
        if (member) {
            const auto days =
                std::chrono::duration_cast<std::chrono::hours>(member->not_after - clock_.wall_now()).count() / 24;
            record_.check(Hop::Config, Outcome::Passed,
                          fmt::format("{}: no mistakes; {} valid for {} more days", settings_.config_file,
                                      settings_.identity_file, days));
            return true;
        }
        using crypto::RefusalReason;
        const RefusalReason reason = member.error().reason;
        if (reason != RefusalReason::Expired && reason != RefusalReason::NotYetValid)
            return identity_failed(member.error().error);
        return identity_out_of_time(member.error().error);
    }

    bool identity_failed(const Error& why) {
        record_.stop(Hop::Config, fmt::format("{}: {}", settings_.identity_file, why.message),
                     {"This node's identity cannot be used: " + why.message, "", ""}, ExitCode::Usage);
        return false;
    }

    // The clock comes before the certificate: only where it agrees with the relay's has the certificate really ended.
    bool identity_out_of_time(const Error& why) {
        const std::optional<Duration> difference = relay_time();
        if (difference && clock_is_off(*difference)) {
            out_of_time_ = true;
            record_.check(Hop::Config, Outcome::Noted,
                          fmt::format("{}: no mistakes; {} cannot be judged: {}", settings_.config_file,
                                      settings_.identity_file, why.message));
            return true;
        }
        record_.stop(
            Hop::Config,
            fmt::format("{}: {} ({})", settings_.identity_file, why.message,
                        difference ? "this clock: " + clock_text(*difference)
                                   : "the relay was not reached to compare the clock with"),
            {difference ? "This node's certificate has ended, and the clock is right: join the mesh again with a new "
                          "token."
                        : "This node's certificate is not valid by this machine's clock: compare the clock first; if "
                          "it is right, join the mesh again with a new token.",
             "", ""},
            ExitCode::Usage);
        return false;
    }

    // Without a word to anybody.
    std::optional<Duration> relay_time() {
        Diagnosis unsaid;
        const DoctorEvents nobody;
        Record quiet(unsaid, nobody);
        const auto reached = WayWalk(settings_, clock_, memory_, quiet).reach();
        if (reached) return ask_relay_time(reached->relay, reached->request, settings_.uplink, memory_, clock_);
        if (unsaid.advice && unsaid.advice->at == Hop::Clock) return kClockLimit;  // found by the way
        return std::nullopt;
    }

    // The transport of an admitted link; nothing: the record was stopped.
    std::optional<Transport> try_links(TrialLinks& links, const link::RelayUrl& relay) {
        const TransportChoice choice = settings_.uplink.transport;
        const Duration heartbeat = settings_.uplink.heartbeat;
        std::optional<LinkTrial::Ending> by_web_socket, by_long_poll;
        if (choice != TransportChoice::LongPoll) by_web_socket = links.attempt(Transport::WebSocket, heartbeat);
        const bool web_socket_heard = by_web_socket && by_web_socket->heard;
        if (choice == TransportChoice::LongPoll || (choice == TransportChoice::Auto && !web_socket_heard))
            by_long_poll = links.attempt(Transport::LongPoll, heartbeat);
        const bool long_poll_heard = by_long_poll && by_long_poll->heard;

        if (by_web_socket) tell_transport(Transport::WebSocket, *by_web_socket, long_poll_heard);
        if (by_long_poll) tell_transport(Transport::LongPoll, *by_long_poll, false);
        if (!web_socket_heard && !long_poll_heard) {
            const Error nothing{Code::Disconnected, "not tried (tunnel.transport)"};
            Advice advice = advice_for_silence(by_web_socket ? by_web_socket->denial.error : nothing,
                                               by_long_poll ? by_long_poll->denial.error : nothing, relay);
            advice.at = by_web_socket ? Hop::WebSocket : Hop::LongPoll;
            record_.conclude("Does not work.", std::move(advice), ExitCode::RelayNotReached);
            return std::nullopt;
        }
        const LinkTrial::Ending& heard = web_socket_heard ? *by_web_socket : *by_long_poll;
        if (!tell_admission(heard)) return std::nullopt;
        conclude(heard, web_socket_heard, by_web_socket, relay);
        return web_socket_heard ? Transport::WebSocket : Transport::LongPoll;
    }

    void tell_transport(Transport transport, const LinkTrial::Ending& ending, bool another_works) {
        const Hop hop = transport == Transport::WebSocket ? Hop::WebSocket : Hop::LongPoll;
        if (!ending.heard)
            return record_.check(hop, another_works ? Outcome::Noted : Outcome::Failed, ending.denial.error.message);
        std::string detail = "the relay's first word came";
        const bool differs = learnt_.way && learnt_.way->transport != transport;
        if (differs && settings_.uplink.transport == TransportChoice::Auto)
            detail += fmt::format("; the running node has gone by {} since {}",
                                  transport == Transport::WebSocket
                                      ? "long-poll, as its WebSockets did not pass or did not last,"
                                      : "WebSocket",
                                  utc_text(learnt_.way->since));
        record_.check(hop, Outcome::Passed, std::move(detail), ending.first_word);
    }

    // Clock, then admission. False: the record was stopped.
    bool tell_admission(const LinkTrial::Ending& heard) {
        const Duration difference = heard.clock_difference;
        const bool off = clock_is_off(difference);
        if (off && (out_of_time_ || !heard.admitted)) {
            record_.stop(Hop::Clock, clock_text(difference),
                         advice_for_clock(difference, heard.admitted ? "" : heard.denial.error.message),
                         ExitCode::Usage);
            return false;
        }
        record_.check(Hop::Clock, off ? Outcome::Noted : Outcome::Passed, clock_text(difference));
        if (!heard.admitted) {
            record_.stop(Hop::Admission, heard.denial.error.message, advice_for_refusal(heard.denial), ExitCode::Usage);
            return false;
        }
        record_.check(Hop::Admission, Outcome::Passed,
                      fmt::format("certificate accepted: mesh {}, role {}", identity_.member().mesh,
                                  settings_.uplink.role == Role::Agent ? "agent" : "controller"));
        return true;
    }

    void conclude(const LinkTrial::Ending& heard, bool web_socket_heard,
                  const std::optional<LinkTrial::Ending>& by_web_socket, const link::RelayUrl& relay) {
        std::optional<Advice> advice;
        if (!web_socket_heard && by_web_socket) {
            advice = advice_for_long_poll(by_web_socket->denial.error, relay);
            advice->at = Hop::WebSocket;
        }
        if (clock_is_off(heard.clock_difference)) {
            advice = advice_for_clock(heard.clock_difference);
            advice->at = Hop::Clock;
        }
        record_.conclude(web_socket_heard ? "Works, over WebSocket." : "Works, over long-poll.", std::move(advice),
                         ExitCode::Ok);
    }

    const DoctorSettings& settings_;
    const crypto::Identity& identity_;
    const Clock& clock_;
    Record record_;
    net::CredentialMemory memory_;
    const link::Applicant applicant_;
    const link::LearntPath learnt_;
    bool out_of_time_ = false;  // the identity is, by this clock, which is wrong
};

template <class Walking>
Diagnosis timed(const DoctorSettings& settings, const std::string& node, const Clock& clock, Walking walking) {
    Diagnosis result;
    const SteadyTime began = clock.steady_now();
    result.program = settings.program;
    result.config_file = settings.config_file;
    result.node = node;
    if (!settings.uplink.relays.empty()) result.relay = settings.uplink.relays.front();
    walking(result);
    result.took = clock.steady_now() - began;
    return result;
}

}  // namespace

Diagnosis diagnose(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                   const DoctorEvents& events) {
    return timed(settings, identity.member().name, clock,
                 [&](Diagnosis& result) { Walk(settings, identity, clock, result, events).run(); });
}

Diagnosis diagnose_way(const DoctorSettings& settings, const Clock& clock, const DoctorEvents& events) {
    return timed(settings, settings.node, clock, [&](Diagnosis& result) {
        Record record(result, events);
        net::CredentialMemory memory(settings.uplink.credential_file);
        static_cast<void>(WayWalk(settings, clock, memory, record).reach());
    });
}

}  // namespace culvert::tunnel::doctor
