#include "agent/worker/worker.h"

#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <random>
#include <thread>

namespace culvert::agent::worker {
namespace {

constexpr std::uint64_t kWakeToken = ~std::uint64_t{0};

// When the last phase ends that lasts its time whatever happens in it: `iterations` may be done early, all others may
// not.
Duration fixed_length(const std::vector<workload::LoadPhase>& load) {
    Duration end{}, fixed{};
    for (const workload::LoadPhase& phase : load) {
        end += workload::length_of({phase});
        if (!std::holds_alternative<workload::Iterations>(phase)) fixed = end;
    }
    return fixed;
}

std::vector<std::size_t> request_counts(const workload::Plan& plan) {
    std::vector<std::size_t> counts;
    for (const workload::Scenario& scenario : plan.scenarios) counts.push_back(scenario.request_names.size());
    return counts;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::make(RunParts& parts, schedule::ThreadPlace place,
                                             recorder::Reporter& reporter) {
    auto plan = CompiledPlan::compile(parts.spec);
    if (!plan) return tl::unexpected<Error>(plan.error());
    auto tls = http::TlsContext::make(parts.trust);
    if (!tls) return tl::unexpected<Error>(tls.error());
    auto poller = http::Poller::make();
    if (!poller) return tl::unexpected<Error>(poller.error());
    auto wake = WakeSignal::make();
    if (!wake) return tl::unexpected<Error>(wake.error());
    if (const auto added = poller->add(wake->fd(), kWakeToken, http::Interest::Read); !added)
        return tl::unexpected<Error>(added.error());
    return std::unique_ptr<Worker>(
        new Worker(parts, place, reporter, std::move(*plan), std::move(*tls), std::move(*poller), std::move(*wake)));
}

Worker::Worker(RunParts& parts, schedule::ThreadPlace place, recorder::Reporter& reporter, CompiledPlan plan,
               http::TlsContext tls, http::Poller poller, WakeSignal wake)
    : parts_(parts),
      place_(place),
      reporter_(reporter),
      plan_(std::move(plan)),
      tls_(std::move(tls)),
      poller_(std::move(poller)),
      wake_(std::move(wake)),
      commands_(kMostCommands, [this] { wake_.raise(); }),
      random_(random_seed()),
      user_setting_{plan_, parts.data, parts.clock, random_},
      recorder_(request_counts(*parts.spec.plan)),
      origins_(parts.charter,
               [this](std::size_t origin, const std::string& host) {
                   return parts_.resolver.resolve(host, [this, origin](http::Resolver::Answer answer) {
                       // Full only when thousands of names are answered at once; the requests that wait then time out.
                       [[maybe_unused]] const bool sent = commands_.try_send(Resolved{origin, std::move(answer)});
                   });
               }),
      users_(user_setting_, parts.user_limit, recorder_, plan_.scenarios.size()),
      runner_(RunnerParts{plan_, parts.clock, timers_, users_, recorder_, random_, seconds_,
                          [this](std::string reason) { abort(std::move(reason)); }}),
      trial_(parts.options.trial
                 ? std::optional<TrialRecorder>(std::in_place, parts.masker, parts.spec.plan->variable_names,
                                                [this](metrics::Exchange exchange) { tell(std::move(exchange)); })
                 : std::nullopt),
      requester_(
          RequesterParts{poller_, parts.clock, timers_, origins_, tls_, recorder_, parts.masker, dial_function(),
                         [this](metrics::ErrorExample example) {
                             // An example more or less: there are limits to them anyway.
                             [[maybe_unused]] const bool sent = reporter_.try_send({place_.index, std::move(example)});
                         },
                         [this] { return seconds_.current(); }, trial_ ? &*trial_ : nullptr,
                         [&parts](const http::Origin& origin) { return parts.dialer->goes_direct(origin); }},
          plan_, runner_),
      gate_(parts.charter.max_rate, place.count) {
    runner_.use(requester_);
    const workload::Plan& source = *parts.spec.plan;
    lanes_.reserve(source.scenarios.size());
    for (std::size_t i = 0; i < source.scenarios.size(); ++i) {
        const auto& load = source.is_mix() ? source.mix_load : source.scenarios[i].load;
        const Duration ends = workload::length_of(load);
        const bool part = parts.rules[i].takes_part();
        lanes_.push_back(Lane{schedule::SlotCursor(parts.loads[i], parts.rules[i], place),
                              schedule::UserCursor(parts.loads[i], parts.rules[i], place), parts.rules[i], ends,
                              ends + source.scenarios[i].finish_within, part ? fixed_length(load) : Duration::zero()});
    }
}

void Worker::run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);  // SIGPIPE of TLS writes above all
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    while (true) {
        const SteadyTime next = work();
        if (next == SteadyTime::min()) break;
        const Duration wait =
            next == SteadyTime::max() ? Duration(-1) : std::max(next - parts_.clock.steady_now(), Duration::zero());
        for (const epoll_event& event : poller_.wait(wait)) {
            keep_time(requester_.latest());
            const http::ReadyEvent ready = http::Poller::read(event);
            if (ready.token == kWakeToken) {
                wake_.clear();
                handle_commands();
            } else {
                requester_.on_ready(ready);
            }
        }
    }
    finish();
}

// The next instant at which something is due; max: only commands can follow; min: the run is over for this worker.
SteadyTime Worker::work() {
    if (mode_ == Mode::Waiting) return SteadyTime::max();
    const SteadyTime now = parts_.clock.steady_now();
    if (mode_ == Mode::Aborted) {
        interrupt_all();
        return SteadyTime::min();
    }
    if (started_ && now >= *started_) {
        if (trial_) next_start_ = next_start();  // a scenario may have ended that the next one waited for
        keep_time(now);
        fire_timers(now);
        cut_overdue(now);
    }
    if (mode_ == Mode::Aborted) return SteadyTime{};  // at once again
    return over(now) ? SteadyTime::min() : next_instant();
}

// Nothing of a trial is dropped: a worker that finds the reporter full waits for it.
void Worker::tell(metrics::Exchange exchange) {
    send({place_.index, std::move(exchange)});
}

void Worker::fire_timers(SteadyTime now) {
    while (timers_.fire_one(now, [this](User& user, LazyTimer& timer) { runner_.on_timer(user, timer); })) {
        if (mode_ == Mode::Aborted) return;
    }
}

void Worker::cut_overdue(SteadyTime now) {
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        if (now >= at(lanes_[scenario].cut) && runner_.active(scenario) > 0) runner_.interrupt_scenario(scenario);
    }
}

bool Worker::over(SteadyTime now) const {
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        const Lane& lane = lanes_[scenario];
        if (runner_.active(scenario) > 0) return false;
        if (mode_ == Mode::Running && (lane.slots.peek() || lane.users.peek() || now < at(lane.hold))) return false;
    }
    return true;
}

SteadyTime Worker::next_instant() const {
    SteadyTime next = std::min(timers_.next(), seconds_.boundary());
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        const Lane& lane = lanes_[scenario];
        if (runner_.active(scenario) > 0) next = std::min(next, at(lane.cut));
        if (mode_ != Mode::Running) continue;
        if (runner_.active(scenario) == 0) next = std::min(next, std::max(at(lane.hold), *started_));
    }
    if (mode_ != Mode::Running) return next;
    return std::min(next, trial_ ? next_start() : next_start_);
}

void Worker::interrupt_all() {
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) runner_.interrupt_scenario(scenario);
}

void Worker::abort(std::string reason) {
    if (!abort_reason_) abort_reason_ = std::move(reason);
    mode_ = Mode::Aborted;
    runner_.begin_no_more();
}

}  // namespace culvert::agent::worker
