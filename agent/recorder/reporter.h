// The thread between the workers and whoever receives a run's results: merges seconds, limits examples, and tells of
// the end once.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "agent/recorder/interval_merger.h"
#include "common/base/mailbox.h"
#include "common/metrics/exchange.h"

namespace culvert::agent::recorder {

// What workers tell the reporter.
struct WorkerFinished {};
struct AbortAsked {
    std::string reason;
};
struct Report {
    std::size_t worker = 0;
    std::variant<WorkerSecond, metrics::ErrorExample, metrics::Exchange, AbortAsked, WorkerFinished> content;
};

// All on the reporter's thread.
struct ReporterEvents {
    // Of the first iteration of all, once, before the interval that has it.
    std::function<void(Duration lateness)> on_first_start;
    std::function<void(metrics::Interval)> on_interval;
    std::function<void(metrics::ErrorExample)> on_error_example;
    std::function<void(metrics::Exchange)> on_exchange;  // of a trial
    std::function<void(std::string)> on_abort;           // the first reason only
    std::function<void()> on_finished;                   // every worker has finished; nothing follows
};

class Reporter {
  public:
    static constexpr std::size_t kCapacity =
        4096;  // reports that wait; a worker that finds it full keeps its second and tries again
    static constexpr unsigned kExamples = 3;  // of a kind and step

    Reporter(std::size_t workers, Duration warmup, ReporterEvents events);
    ~Reporter();  // waits until every worker has finished
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;

    // Any worker thread. False: full, and the report is untouched.
    [[nodiscard]] bool try_send(Report&& report) { return reports_.try_send(std::move(report)); }

  private:
    void run();
    void take(Report report);
    void deliver(metrics::Interval interval);
    bool wants(const metrics::ErrorExample& example);

    const ReporterEvents events_;
    IntervalMerger merger_;
    std::map<std::array<std::uint32_t, 3>, unsigned> examples_;  // by scenario, step and kind
    bool aborted_ = false, first_start_told_ = false;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool pending_ = false;
    Mailbox<Report> reports_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace culvert::agent::recorder
