#include "tunnel/doctor/doctor.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/net/dial.h"
#include "tunnel/doctor/advice.h"
#include "tunnel/doctor/link_trial.h"
#include "tunnel/link/connector.h"
#include "tunnel/proxy/selector.h"

namespace culvert::tunnel::doctor {
namespace {

using std::chrono::seconds;

constexpr Duration kClockLimit = seconds(60);
constexpr Duration kFirstWord = seconds(5);      // of a relay, once the connection stands
constexpr Duration kMeasureAtMost = seconds(5);  // and the echoes under way: a slow path needs fewer
constexpr std::size_t kEchoes = 9;
constexpr std::size_t kSmallEcho = 200;
constexpr std::size_t kLargeEcho = 15 << 10;
constexpr int kLargeEchoes = 16;
constexpr Duration kTick = std::chrono::milliseconds(200);
constexpr Duration kNever = std::chrono::hours(24);
constexpr Duration kBuffered = seconds(1);  // a small echo that takes longer waited somewhere

double ms(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

struct Reached {
    net::DialRequest request;
    net::Route route;
};

class Walk {
  public:
    Walk(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
         const DoctorEvents& events)
        : settings_(settings),
          identity_(identity),
          clock_(clock),
          events_(events),
          memory_(settings.uplink.credential_file),
          applicant_{identity.member().mesh,   &identity, settings.uplink.role, 0, false,
                     settings.uplink.software, true} {}

    Diagnosis run() {
        const SteadyTime began = clock_.steady_now();
        result_.program = settings_.program;
        result_.node = identity_.member().name;
        walk();
        result_.took = clock_.steady_now() - began;
        return std::move(result_);
    }

  private:
    void walk() {
        if (!look_at_identity()) return;
        auto trust = crypto::TlsTrust::load(settings_.uplink.extra_ca, settings_.uplink.pins);
        if (!trust) return stop(Hop::Config, trust.error().message, {trust.error().message, "", ""}, ExitCode::Usage);
        trust_ = std::make_shared<const crypto::TlsTrust>(std::move(*trust));
        proxy::ProxySettings proxy = settings_.uplink.proxy;
        proxy.extra_ca = settings_.uplink.extra_ca;
        auto selector = proxy::Selector::create(proxy, settings_.uplink.environment, clock_);
        if (!selector)
            return stop(Hop::WhichProxy, selector.error().message, {selector.error().message, "", ""}, ExitCode::Usage);
        for (std::size_t i = 0; i < settings_.uplink.relays.size(); ++i) {
            const bool last = i + 1 == settings_.uplink.relays.size();
            if (walk_to(settings_.uplink.relays[i], *selector, last) || last) return;
        }
    }

    bool look_at_identity() {
        const WallTime now = clock_.wall_now();
        const WallTime end = identity_.member().not_after;
        const auto days = std::chrono::duration_cast<std::chrono::hours>(end - now).count() / 24;
        if (end <= now) {
            stop(Hop::Config,
                 fmt::format("{}: the certificate in {} has ended", settings_.config_file, settings_.identity_file),
                 {"This node's certificate has ended, or this machine's clock is ahead; compare the clock first, then "
                  "join the mesh again with a new token.",
                  "", ""},
                 ExitCode::Usage);
            return false;
        }
        check(Hop::Config, Outcome::Passed,
              fmt::format("{}: no mistakes; {} valid for {} more days", settings_.config_file, settings_.identity_file,
                          days));
        return true;
    }

    // True: the relay was reached, or there is no point in trying another.
    bool walk_to(const std::string& text, const proxy::Selector& selector, bool last) {
        result_.relay = text;
        const auto relay = link::parse_relay_url(text);
        if (!relay) {
            stop(Hop::Config, relay.error().message, {relay.error().message, "", ""}, ExitCode::Usage);
            return true;
        }
        const SteadyTime asked = clock_.steady_now();
        const auto choices = selector.choices_for({relay->host, relay->port, relay->tls});
        if (!choices) {
            stop(Hop::WhichProxy, choices.error().message, {choices.error().message, "", ""},
                 ExitCode::RelayNotReached);
            return true;
        }
        const Duration thought = clock_.steady_now() - asked;
        std::string passed_over;
        for (std::size_t i = 0; i < choices->size(); ++i) {
            const proxy::Choice& choice = (*choices)[i];
            const auto dialled = dial(*relay, choice);
            if (!dialled && i + 1 < choices->size() && net::proxy_is_dead(dialled.error())) {
                passed_over += fmt::format("; {} does not work: {}", choice.proxy ? choice.proxy->url : "direct",
                                           dialled.error().error.message);
                continue;
            }
            const std::string what = choice.proxy ? choice.proxy->url : "none";
            check(Hop::WhichProxy, passed_over.empty() ? Outcome::Passed : Outcome::Noted,
                  fmt::format("{} ({}){}", what, choice.why, passed_over), thought);
            if (!dialled) return ended_at(dialled.error(), *relay, choice, last);
            tell_route(*dialled, *relay);
            try_links(*dialled, *relay);
            return true;
        }
        return false;
    }

    tl::expected<Reached, net::DialError> dial(const link::RelayUrl& relay, const proxy::Choice& choice) {
        Reached reached;
        reached.request.host = relay.host;
        reached.request.port = relay.port;
        reached.request.tls = relay.tls;
        reached.request.proxy = choice.proxy;
        reached.request.chosen_by = choice.why;
        reached.request.trust = trust_;
        reached.request.connect_timeout = settings_.uplink.connect_timeout;
        reached.request.tls_timeout = settings_.uplink.tls_timeout;
        auto stream = net::dial(reached.request, memory_);
        if (!stream) return tl::unexpected(stream.error());
        reached.route = (*stream)->route();
        stream_ = std::move(*stream);
        return reached;
    }

    bool ended_at(const net::DialError& error, const link::RelayUrl& relay, const proxy::Choice& choice, bool last) {
        const bool through_proxy = choice.proxy.has_value();
        const Hop hop = hop_of(error.stage, through_proxy);
        if (through_proxy && hop > Hop::ReachProxy) check(Hop::ReachProxy, Outcome::Passed, choice.proxy->url);
        if (through_proxy && hop > Hop::Connect)
            check(Hop::Connect, Outcome::Passed, fmt::format("to {}", relay.authority()));
        const std::string proxy = through_proxy ? choice.proxy->url : "";
        if (!last) {
            check(hop, Outcome::Failed, error.error.message);
            return false;
        }
        stop(hop, error.error.message, advice_for_dial(error, proxy, relay), ExitCode::RelayNotReached);
        return true;
    }

    void tell_route(const Reached& reached, const link::RelayUrl& relay) {
        const net::Route& route = reached.route;
        check(Hop::ReachProxy, Outcome::Passed,
              route.proxy.empty() ? fmt::format("no proxy; {} at {}", relay.authority(), route.remote_address)
                                  : fmt::format("{} at {}", route.proxy, route.remote_address),
              route.connect_time);
        if (!route.proxy.empty()) {
            check(Hop::Connect, Outcome::Passed,
                  fmt::format("to {}{}", relay.authority(),
                              route.proxy_auth.empty() ? ", nobody asked who we are"
                                                       : ", as the proxy asked by " + route.proxy_auth),
                  std::max<Duration>(Duration::zero(), route.total_time - route.connect_time - route.tls_time));
        }
        if (!relay.tls) return;
        const bool inspected = is_inspected(reached);
        check(Hop::Tls, inspected ? Outcome::Noted : Outcome::Passed,
              inspected ? fmt::format("inspected by \"{}\" (in extra_ca): it can delay, not read, mesh traffic",
                                      route.tls_issuer)
                        : fmt::format("certificate from {}", route.tls_issuer),
              route.tls_time);
    }

    // Trusted only because of extra_ca: somebody on the way, or a relay with a CA of its own.
    bool is_inspected(const Reached& reached) {
        if (settings_.uplink.extra_ca.empty() || !settings_.uplink.pins.empty()) return false;
        auto system_store = crypto::TlsTrust::load({});
        if (!system_store) return false;
        net::DialRequest request = reached.request;
        request.trust = std::make_shared<const crypto::TlsTrust>(std::move(*system_store));
        const auto stream = net::dial(request, memory_);
        return !stream && stream.error().stage == net::DialStage::Tls;
    }

    void try_links(const Reached& reached, const link::RelayUrl& relay) {
        using link::Transport;
        using link::TransportChoice;
        const TransportChoice choice = settings_.uplink.transport;
        std::optional<LinkTrial::Ending> by_web_socket, by_long_poll;
        if (choice != TransportChoice::LongPoll) by_web_socket = attempt(Transport::WebSocket, reached, relay);
        const bool web_socket_heard = by_web_socket && by_web_socket->heard;
        if (choice == TransportChoice::LongPoll || (choice == TransportChoice::Auto && !web_socket_heard))
            by_long_poll = attempt(Transport::LongPoll, reached, relay);

        if (by_web_socket) tell_transport(Hop::WebSocket, *by_web_socket, by_long_poll && by_long_poll->heard);
        if (by_long_poll) tell_transport(Hop::LongPoll, *by_long_poll, false);
        const LinkTrial::Ending* const heard = web_socket_heard                      ? &*by_web_socket
                                               : by_long_poll && by_long_poll->heard ? &*by_long_poll
                                                                                     : nullptr;
        const Error nothing{Code::Disconnected, "not tried (tunnel.transport)"};
        if (heard == nullptr) {
            result_.verdict = "Does not work.";
            result_.advice = advice_for_silence(by_web_socket ? by_web_socket->denial.error : nothing,
                                                by_long_poll ? by_long_poll->denial.error : nothing, relay);
            result_.exit = ExitCode::RelayNotReached;
            return;
        }
        tell_clock(heard->clock_difference);
        if (!heard->admitted)
            return stop(Hop::Admission, heard->denial.error.message, advice_for_refusal(heard->denial),
                        ExitCode::Usage);
        check(Hop::Admission, Outcome::Passed,
              fmt::format("certificate accepted: mesh {}, role {}", identity_.member().mesh,
                          settings_.uplink.role == Role::Agent ? "agent" : "controller"));
        const Transport transport = web_socket_heard ? Transport::WebSocket : Transport::LongPoll;
        measure(transport, reached, relay);
        result_.verdict = web_socket_heard ? "Works, over WebSocket." : "Works, over long-poll.";
        if (!web_socket_heard && by_web_socket)
            result_.advice = advice_for_long_poll(by_web_socket->denial.error, relay);
    }

    void tell_transport(Hop hop, const LinkTrial::Ending& ending, bool another_works) {
        if (ending.heard) {
            check(hop, Outcome::Passed, "the relay's first word came", ending.first_word);
        } else {
            check(hop, another_works ? Outcome::Noted : Outcome::Failed, ending.denial.error.message);
        }
    }

    void tell_clock(Duration difference) {
        const Duration size = difference < Duration::zero() ? -difference : difference;
        check(Hop::Clock, size < kClockLimit ? Outcome::Passed : Outcome::Noted,
              fmt::format("{:+.1f} s against the relay (limit {} s)", ms(-difference) / 1000,
                          std::chrono::duration_cast<seconds>(kClockLimit).count()));
    }

    // A stream for the next trial: the first one is used up.
    std::unique_ptr<net::Stream> next_stream(const Reached& reached) {
        if (stream_ != nullptr) return std::move(stream_);
        auto stream = net::dial(reached.request, memory_);
        return stream ? std::move(*stream) : nullptr;
    }

    LinkTrial::Ending attempt(link::Transport transport, const Reached& reached, const link::RelayUrl& relay) {
        LinkTrial::Ending ending;
        with_trial(transport, reached, relay, settings_.uplink.heartbeat, ending,
                   [](net::Loop&, LinkTrial&, auto&) { return false; });
        return ending;
    }

    // With a timer that it may set; whether the loop goes on.
    using Then = std::function<bool(net::Loop&, LinkTrial&, std::unique_ptr<net::Loop::Timer>&)>;

    // Makes a link, and when it is admitted lets `then` use it; the loop goes on while `then` says so, until it is
    // stopped.
    void with_trial(link::Transport transport, const Reached& reached, const link::RelayUrl& relay, Duration heartbeat,
                    LinkTrial::Ending& ending, const Then& then) {
        auto stream = next_stream(reached);
        if (stream == nullptr) {
            ending.denial.error = {Code::Disconnected, "it could not be dialled once more"};
            return;
        }
        net::Loop loop;
        std::unique_ptr<net::Loop::Timer> timer;
        LinkTrial* running = nullptr;
        LinkTrial trial(loop, applicant_, relay, [&](const LinkTrial::Ending& how) {
            ending = how;
            if (!how.admitted || !then(loop, *running, timer)) loop.stop();
        });
        running = &trial;
        link::SlowPath path;
        path.took(reached.route.tls_time);
        const Duration patience = path.stretch(kFirstWord, 2 * link::kAdmissionTrips);
        trial.start(transport, std::move(stream), reached.request, memory_, heartbeat, patience);
        loop.run();
        trial.close();
    }

    void measure(link::Transport transport, const Reached& reached, const link::RelayUrl& relay) {
        std::vector<Duration> small;
        Duration large{};
        int large_done = 0;
        bool broke = false;
        LinkTrial::Ending ending;
        const SteadyTime began = clock_.steady_now();
        std::function<void(net::Loop&, LinkTrial&)> next = [&](net::Loop& loop, LinkTrial& trial) {
            const bool long_enough = loop.clock().steady_now() - began > kMeasureAtMost;
            const bool measuring_small = small.size() < (long_enough ? 1 : kEchoes);
            if (!measuring_small && large_done >= (long_enough ? 1 : kLargeEchoes)) return loop.stop();
            trial.echo(measuring_small ? kSmallEcho : kLargeEcho, [&, measuring_small](std::optional<Duration> took) {
                if (!took) {
                    broke = true;
                    return loop.stop();
                }
                if (measuring_small) small.push_back(*took);
                if (!measuring_small) {
                    large += *took;
                    ++large_done;
                }
                next(loop, trial);
            });
        };
        with_trial(transport, reached, relay, settings_.uplink.heartbeat, ending,
                   [&](net::Loop& loop, LinkTrial& trial, auto&) {
                       next(loop, trial);
                       return true;
                   });
        if (small.empty() || broke) {
            check(Hop::Echo, Outcome::Noted, "the link broke while it was measured");
        } else {
            std::sort(small.begin(), small.end());
            const double megabytes = 2.0 * kLargeEcho * large_done / 1e6;
            check(Hop::Echo, Outcome::Passed,
                  fmt::format("round trip {:.1f} ms (best {:.1f}), {:.1f} MB/s with one message at a time",
                              ms(small[small.size() / 2]), ms(small.front()), megabytes / (ms(large) / 1000)));
            if (small.front() > kBuffered)
                check(Hop::Buffering, Outcome::Noted, "something on the way holds small messages back");
        }
        if (!settings_.probe) return;
        const auto idle = watch(transport, reached, relay, kNever, settings_.idle_probe, "silence");
        check(Hop::IdleCut, idle ? Outcome::Noted : Outcome::Passed,
              idle ? fmt::format("a silent link is cut after {:.0f} s; the node will keep below it by itself",
                                 ms(*idle) / 1000)
                   : "a link that this node leaves silent stays; the relay speaks every 25 s");
        const auto age = watch(transport, reached, relay, seconds(2), settings_.age_probe, "age");
        check(Hop::MaximumAge, age ? Outcome::Noted : Outcome::NotSeen,
              age ? fmt::format("links are cut at an age of {:.0f} s; the node will renew them before", ms(*age) / 1000)
                  : fmt::format("not within {:.0f} s", ms(settings_.age_probe) / 1000));
    }

    // How long a link lived; empty: longer than `limit`.
    std::optional<Duration> watch(link::Transport transport, const Reached& reached, const link::RelayUrl& relay,
                                  Duration heartbeat, Duration limit, std::string_view what) {
        std::optional<Duration> lived;
        LinkTrial::Ending ending;
        with_trial(transport, reached, relay, heartbeat, ending, [&](net::Loop& loop, LinkTrial& trial, auto& tick) {
            const SteadyTime began = clock_.steady_now();
            tick = loop.every(kTick, [this, &loop, what, limit, began] {
                const Duration so_far = clock_.steady_now() - began;
                events_.watching(what, std::min(1.0, ms(so_far) / ms(limit)));
                if (so_far >= limit) loop.stop();
            });
            trial.watch_end([this, &loop, &lived, began](const Error&) {
                lived = clock_.steady_now() - began;
                loop.stop();
            });
            return true;
        });
        return lived;
    }

    void check(Hop hop, Outcome outcome, std::string detail, Duration took = {}) {
        result_.checks.push_back({hop, outcome, std::move(detail), took});
        events_.checked(result_.checks.back());
    }
    void stop(Hop hop, std::string detail, Advice advice, ExitCode exit) {
        check(hop, Outcome::Failed, std::move(detail));
        result_.verdict = "Does not work.";
        result_.advice = std::move(advice);
        result_.exit = exit;
    }

    const DoctorSettings& settings_;
    const crypto::Identity& identity_;
    const Clock& clock_;
    const DoctorEvents& events_;
    net::CredentialMemory memory_;
    const link::Applicant applicant_;
    std::shared_ptr<const crypto::TlsTrust> trust_;
    std::unique_ptr<net::Stream> stream_;
    Diagnosis result_;
};

}  // namespace

Diagnosis diagnose(const DoctorSettings& settings, const crypto::Identity& identity, const Clock& clock,
                   const DoctorEvents& events) {
    return Walk(settings, identity, clock, events).run();
}

}  // namespace culvert::tunnel::doctor
