#include "agent/worker/engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "agent/recorder/reporter.h"
#include "agent/worker/run_parts.h"
#include "agent/worker/trial.h"
#include "agent/worker/worker.h"

namespace culvert::agent::worker {
namespace {

constexpr unsigned kMostThreads = 256;
constexpr Duration kAmendAhead = std::chrono::milliseconds(20);  // by then every worker has heard of an amendment

unsigned thread_count(unsigned wanted) {
    return std::clamp(wanted != 0 ? wanted : std::thread::hardware_concurrency(), 1U, kMostThreads);
}

// Every user may hold a connection: as many descriptors as the system lets this process have.
void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

class ThreadedEngine final : public Engine {
  public:
    ThreadedEngine(std::unique_ptr<RunParts> parts, EngineEvents& events, unsigned threads) : parts_(std::move(parts)) {
        recorder::ReporterEvents reporter_events;
        reporter_events.on_first_start = [&events](Duration lateness) { events.on_first_start(lateness); };
        reporter_events.on_interval = [&events](metrics::Interval interval) {
            events.on_interval(std::move(interval));
        };
        reporter_events.on_error_example = [&events](metrics::ErrorExample example) {
            events.on_error_example(std::move(example));
        };
        reporter_events.on_exchange = [&events](metrics::Exchange exchange) {
            events.on_exchange(std::move(exchange));
        };
        reporter_events.on_abort = [this, &events](std::string reason) {
            send_all([] { return StopNow{StopMode::AtOnce}; });
            events.on_abort(std::move(reason));
        };
        reporter_events.on_finished = [this, &events] {
            if (!never_ready_) events.on_finished();
        };
        reporter_ =
            std::make_unique<recorder::Reporter>(threads, parts_->spec.plan->warmup, std::move(reporter_events));
    }

    // The workers first: the reporter ends when the last of them has.
    ~ThreadedEngine() override {
        send_all([] { return StopNow{StopMode::AtOnce}; });
        for (std::thread& thread : threads_) thread.join();
        parts_->resolver.stop();
        if (parts_->dialer) parts_->dialer->stop();
        reporter_.reset();
    }

    Status start_threads(unsigned count) {
        std::vector<std::unique_ptr<Worker>> workers;
        for (unsigned i = 0; i < count; ++i) {
            auto worker = Worker::make(*parts_, {i, count}, *reporter_);
            if (!worker) {
                finish_without(count);
                return tl::unexpected<Error>(worker.error());
            }
            workers.push_back(std::move(*worker));
        }
        workers_ = std::move(workers);
        for (const auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
        return {};
    }

    void start(SteadyTime at) override {
        send_all([at] { return StartAt{at}; });
    }

    void stop(StopMode mode) override {
        send_all([mode] { return StopNow{mode}; });
    }

    void amend(const workload::Share& share, SteadyTime at) override {
        const auto rules = seat_rules(*parts_->spec.plan, share);
        if (!rules) return;  // the session checks shares before they come here
        const SteadyTime from = std::max(at, parts_->clock.steady_now() + kAmendAhead);
        send_all([&rules, from] { return AmendAt{*rules, from}; });
    }

  private:
    template <class Make>
    void send_all(Make make) {
        for (const auto& worker : workers_) {
            Command command = make();
            while (!worker->try_send(std::move(command))) std::this_thread::yield();
        }
    }

    void finish_without(unsigned workers) {
        never_ready_ = true;
        for (unsigned i = 0; i < workers; ++i) {
            recorder::Report report{i, recorder::WorkerFinished{}};
            while (!reporter_->try_send(std::move(report))) std::this_thread::yield();
        }
    }

    const std::unique_ptr<RunParts> parts_;
    std::atomic<bool> never_ready_{false};  // prepare() failed: nobody is told of an end
    std::unique_ptr<recorder::Reporter> reporter_;
    std::vector<std::unique_ptr<Worker>> workers_;  // fixed before the first thread runs
    std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::prepare(RunSpec spec, const charter::Charter& charter, EngineOptions options,
                                                EngineEvents& events) {
    const unsigned threads = options.trial ? 1 : thread_count(options.threads);
    raise_file_limit();
    if (options.trial) spec = trial_of(std::move(spec));
    auto parts = RunParts::prepare(std::move(spec), charter, std::move(options));
    if (!parts) return tl::unexpected<Error>(parts.error());
    auto engine = std::make_unique<ThreadedEngine>(std::move(*parts), events, threads);
    if (const auto status = engine->start_threads(threads); !status) return tl::unexpected<Error>(status.error());
    return engine;
}

}  // namespace culvert::agent::worker
