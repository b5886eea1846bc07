#include "agent/recorder/reporter.h"

#include <utility>

namespace culvert::agent::recorder {

Reporter::Reporter(std::size_t workers, Duration warmup, ReporterEvents events)
    : events_(std::move(events)),
      merger_(workers, warmup),
      reports_(kCapacity,
               [this] {
                   const std::lock_guard lock(mutex_);
                   pending_ = true;
                   woken_.notify_one();
               }),
      thread_([this] { run(); }) {}

Reporter::~Reporter() {
    thread_.join();
}

void Reporter::run() {
    while (!merger_.finished()) {
        {
            std::unique_lock lock(mutex_);
            woken_.wait(lock, [this] { return pending_; });
            pending_ = false;
        }
        for (Report& report : reports_.drain()) take(std::move(report));
        for (metrics::Interval& interval : merger_.take()) deliver(std::move(interval));
    }
    events_.on_finished();
}

void Reporter::deliver(metrics::Interval interval) {
    if (!interval.lateness.empty() && merger_.first_start() && !std::exchange(first_start_told_, true) &&
        events_.on_first_start)
        events_.on_first_start(merger_.first_start()->lateness);
    events_.on_interval(std::move(interval));
}

void Reporter::take(Report report) {
    if (auto* const second = std::get_if<WorkerSecond>(&report.content)) {
        merger_.add(report.worker, std::move(*second));
    } else if (auto* const example = std::get_if<metrics::ErrorExample>(&report.content)) {
        if (wants(*example)) events_.on_error_example(std::move(*example));
    } else if (auto* const exchange = std::get_if<metrics::Exchange>(&report.content)) {
        events_.on_exchange(std::move(*exchange));
    } else if (auto* const abort = std::get_if<AbortAsked>(&report.content)) {
        if (!std::exchange(aborted_, true)) events_.on_abort(std::move(abort->reason));
    } else {
        merger_.finish(report.worker);
    }
}

bool Reporter::wants(const metrics::ErrorExample& example) {
    return examples_[{example.scenario, example.step, static_cast<std::uint32_t>(example.kind)}]++ < kExamples;
}

}  // namespace culvert::agent::recorder
