#include "tunnel/doctor/measurement.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/wall_time.h"

namespace culvert::tunnel::doctor {
namespace {

using std::chrono::seconds;

constexpr Duration kMeasureAtMost = seconds(5);  // and the echoes under way: a slow path needs fewer
constexpr std::size_t kEchoes = 9;
constexpr std::size_t kSmallEcho = 200;
constexpr std::size_t kLargeEcho = 15 << 10;
constexpr int kLargeEchoes = 16;
constexpr Duration kTick = std::chrono::milliseconds(200);
constexpr Duration kNever = std::chrono::hours(24);
constexpr Duration kBuffered = seconds(1);        // a small echo that takes longer waited somewhere
constexpr Duration kProbeHeartbeat = seconds(2);  // never silent, so that only age ends the link
constexpr const char* kRelaySpeaks = "25 s";      // by itself, where nothing is said

double ms(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

// Echoes, one at a time: small ones for the round trip, then large ones for throughput.
class Echoes {
  public:
    explicit Echoes(const Clock& clock) : clock_(clock), began_(clock.steady_now()) {}

    void next(net::Loop& loop, LinkTrial& trial) {
        const bool long_enough = clock_.steady_now() - began_ > kMeasureAtMost;
        const bool measuring_small = small_.size() < (long_enough ? 1 : kEchoes);
        if (!measuring_small && large_done_ >= (long_enough ? 1 : kLargeEchoes)) return loop.stop();
        trial.echo(measuring_small ? kSmallEcho : kLargeEcho,
                   [this, &loop, &trial, measuring_small](std::optional<Duration> took) {
                       if (!took) {
                           broke_ = true;
                           return loop.stop();
                       }
                       if (measuring_small) {
                           small_.push_back(*took);
                       } else {
                           large_ += *took;
                           ++large_done_;
                       }
                       next(loop, trial);
                   });
    }

    bool broke() const { return broke_ || small_.empty() || large_done_ == 0; }
    Duration median() const {
        std::vector<Duration> sorted = small_;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    Duration best() const { return *std::min_element(small_.begin(), small_.end()); }
    double megabytes_per_second() const { return 2.0 * kLargeEcho * large_done_ / 1e6 / (ms(large_) / 1000); }

  private:
    const Clock& clock_;
    const SteadyTime began_;
    std::vector<Duration> small_;
    Duration large_{};
    int large_done_ = 0;
    bool broke_ = false;
};

std::string seconds_text(Duration duration) {
    return fmt::format("{:.0f} s", ms(duration) / 1000);
}

std::string learnt_text(const link::LearntPath::Limit& limit) {
    return fmt::format("learnt by the running node on {}", utc_text(limit.learnt));
}

}  // namespace

void Measurement::echo(link::Transport transport) {
    Echoes echoes(clock_);
    links_.with_link(transport, settings_.uplink.heartbeat, [&echoes](net::Loop& loop, LinkTrial& trial, auto&) {
        echoes.next(loop, trial);
        return true;
    });
    if (echoes.broke()) return record_.check(Hop::Echo, Outcome::Noted, "the link broke while it was measured");
    record_.check(Hop::Echo, Outcome::Passed,
                  fmt::format("round trip {:.1f} ms (best {:.1f}), {:.1f} MB/s with one message at a time",
                              ms(echoes.median()), ms(echoes.best()), echoes.megabytes_per_second()));
    if (echoes.best() > kBuffered)
        record_.check(Hop::Buffering, Outcome::Noted, "something on the way holds small messages back");
}

void Measurement::lives(link::Transport transport, const link::LearntPath& learnt) {
    const auto& idle_cut = learnt.idle_cut;
    const auto& maximum_age = learnt.maximum_age;
    if (!settings_.probe) {
        record_.check(Hop::IdleCut, idle_cut ? Outcome::Passed : Outcome::NotSeen,
                      idle_cut ? fmt::format("links that are silent for about {} are cut, {}; a sign of life goes out "
                                             "more often than that",
                                             seconds_text(idle_cut->after), learnt_text(*idle_cut))
                               : fmt::format("not looked for, and none learnt; --probe watches a silent link for {}",
                                             seconds_text(settings_.idle_probe)));
        record_.check(Hop::MaximumAge, maximum_age ? Outcome::Passed : Outcome::NotSeen,
                      maximum_age ? fmt::format("links are cut when they are about {} old, {}; they are renewed before",
                                                seconds_text(maximum_age->after), learnt_text(*maximum_age))
                                  : fmt::format("not looked for, and none learnt; --probe watches a link for {}",
                                                seconds_text(settings_.age_probe)));
        return;
    }
    const auto beside = [](const std::optional<link::LearntPath::Limit>& limit) {
        return limit ? fmt::format("; {} {}", seconds_text(limit->after), learnt_text(*limit)) : std::string();
    };
    const auto idle = watch(transport, kNever, settings_.idle_probe, "silence");
    record_.check(
        Hop::IdleCut, idle ? Outcome::Noted : Outcome::Passed,
        (idle ? fmt::format("a silent link is cut after {}; the node will keep below it by itself", seconds_text(*idle))
              : fmt::format("a link that this node leaves silent stays; the relay speaks every {}", kRelaySpeaks)) +
            beside(idle_cut));
    const auto age = watch(transport, kProbeHeartbeat, settings_.age_probe, "age");
    record_.check(
        Hop::MaximumAge, age ? Outcome::Noted : Outcome::NotSeen,
        (age ? fmt::format("links are cut at an age of {}; the node will renew them before", seconds_text(*age))
             : fmt::format("not within {}", seconds_text(settings_.age_probe))) +
            beside(maximum_age));
}

std::optional<Duration> Measurement::watch(link::Transport transport, Duration heartbeat, Duration limit,
                                           std::string_view what) {
    std::optional<Duration> lived;
    record_.watching(what, 0);
    links_.with_link(transport, heartbeat, [&](net::Loop& loop, LinkTrial& trial, auto& tick) {
        const SteadyTime began = clock_.steady_now();
        tick = loop.every(kTick, [this, &loop, what, limit, began] {
            const Duration so_far = clock_.steady_now() - began;
            record_.watching(what, std::min(1.0, ms(so_far) / ms(limit)));
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

}  // namespace culvert::tunnel::doctor
