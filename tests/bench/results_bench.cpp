// What measuring and merging cost: a histogram's operations, and one second of a large run on the controller.
//   results_bench [--agents N] [--steps N] [--samples N] [--seconds N]
#include <ctime>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/metrics/histogram_recorder.h"
#include "common/protocol/codec.h"
#include "controller/results/merger.h"

using namespace culvert;

namespace {

struct Options {
    std::size_t agents = 1000, steps = 50, samples = 4, seconds = 10;  // samples: of a step and agent in a second
};

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const auto number = static_cast<std::size_t>(std::strtoul(argv[i + 1], nullptr, 10));
        if (name == "--agents") options.agents = number;
        if (name == "--steps") options.steps = number;
        if (name == "--samples") options.samples = number;
        if (name == "--seconds") options.seconds = number;
    }
    return options;
}

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Latencies as services have them: most near 20 ms, some a hundred times as long.
class Latencies {
  public:
    std::uint64_t next() { return static_cast<std::uint64_t>(std::exp(spread_(random_))); }

  private:
    std::mt19937_64 random_{42};
    std::normal_distribution<double> spread_{std::log(20'000.0), 0.8};
};

void bench_histogram() {
    constexpr std::size_t kValues = 10'000'000;
    constexpr std::size_t kTimes = 2'000;
    Latencies latencies;
    std::vector<std::uint64_t> values(1 << 16);
    for (std::uint64_t& value : values) value = latencies.next();

    const auto recorder = std::make_unique<metrics::HistogramRecorder>();
    double begin = cpu_seconds();
    for (std::size_t i = 0; i < kValues; ++i) recorder->record_micros(values[i % values.size()]);
    std::printf("histogram  record         %8.2f ns a value\n", (cpu_seconds() - begin) / kValues * 1e9);

    const metrics::Histogram full = recorder->take();
    metrics::Histogram sum;
    begin = cpu_seconds();
    for (std::size_t i = 0; i < kTimes; ++i) sum.merge(full);
    std::printf("histogram  merge          %8.2f µs (%zu buckets)\n", (cpu_seconds() - begin) / kTimes * 1e6,
                full.buckets().size());
    std::size_t bytes = 0;
    begin = cpu_seconds();
    for (std::size_t i = 0; i < kTimes; ++i) bytes = full.encode().size();
    std::printf("histogram  encode         %8.2f µs (%zu bytes)\n", (cpu_seconds() - begin) / kTimes * 1e6, bytes);
    const std::string encoded = full.encode();
    begin = cpu_seconds();
    for (std::size_t i = 0; i < kTimes; ++i) bytes += metrics::Histogram::decode(encoded)->count() & 1;
    std::printf("histogram  decode         %8.2f µs\n", (cpu_seconds() - begin) / kTimes * 1e6);
}

std::shared_ptr<const workload::Plan> plan_of(std::size_t steps) {
    std::string text =
        "culvert: 1\nname: Bench\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 10/s, for: 1h } ]\n    "
        "steps:\n";
    for (std::size_t i = 0; i < steps; ++i) text += "      - get: \"http://t.test/" + std::to_string(i) + "\"\n";
    text += "thresholds: [ p95 < 1s, error_rate < 1% over 30s ]\n";
    auto plan = workload::parse_plan("bench.yaml", text);
    if (!plan) std::abort();
    return std::make_shared<const workload::Plan>(std::move(*plan));
}

metrics::Interval interval_of(const Options& options, std::uint64_t number, Latencies& latencies) {
    metrics::Interval interval;
    interval.number = number;
    interval.second = static_cast<std::uint32_t>(number - 1);
    interval.scenarios.resize(1);
    interval.scenarios[0].steps.resize(options.steps);
    for (metrics::StepStats& step : interval.scenarios[0].steps) {
        step.requests = options.samples;
        step.status[200] = options.samples;
        for (std::size_t i = 0; i < options.samples; ++i) {
            const std::uint64_t latency = latencies.next();
            step.latency.record_micros(latency);
            step.send_latency.record_micros(latency);
        }
    }
    interval.lateness.record_micros(50, options.samples);
    return interval;
}

void bench_merge(const Options& options) {
    std::vector<results::MergerSeat> seats;
    for (std::size_t i = 0; i < options.agents; ++i) seats.push_back({"agent-" + std::to_string(i), {}, 1});
    results::Merger merger("bench", plan_of(options.steps), 1, seats);
    Latencies latencies;
    double decoding = 0, merging = 0, judging = 0;
    for (std::size_t second = 1; second <= options.seconds; ++second) {
        for (std::size_t i = 0; i < options.agents; ++i) {
            const auto pieces = protocol::encode(
                protocol::AgentMessage(protocol::IntervalReport{"bench", interval_of(options, second, latencies)}));
            if (!pieces || pieces->size() != 1) std::abort();
            double begin = cpu_seconds();
            const auto message = protocol::decode_agent_message(std::string_view(pieces->front()).substr(1));
            decoding += cpu_seconds() - begin;
            if (!message) std::abort();
            begin = cpu_seconds();
            if (!merger.merge(seats[i].name, std::get<protocol::IntervalReport>(*message).interval)) std::abort();
            merging += cpu_seconds() - begin;
        }
        const double begin = cpu_seconds();
        merger.close_until(static_cast<std::uint32_t>(second));
        (void)merger.overview();
        judging += cpu_seconds() - begin;
    }
    const auto each_ms = [&options](double seconds) { return seconds / static_cast<double>(options.seconds) * 1e3; };
    std::printf(
        "one second of %zu agents × %zu steps (CPU): decode %.1f ms, merge %.1f ms, thresholds and view %.1f ms\n",
        options.agents, options.steps, each_ms(decoding), each_ms(merging), each_ms(judging));
}

}  // namespace

int main(int argc, char** argv) {
    bench_histogram();
    bench_merge(parse(argc, argv));
    return 0;
}
