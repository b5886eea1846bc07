// Histograms: recording on the hot path, emptying a second, encoding, decoding and merging as the controller does.
#include <memory>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "common/metrics/histogram_recorder.h"
#include "common/metrics/interval.h"

using namespace culvert::metrics;

namespace {

std::vector<std::uint64_t> latencies(std::size_t count) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> shape(9.0, 1.0);  // median 8 ms
    std::vector<std::uint64_t> values(count);
    for (auto& value : values) value = static_cast<std::uint64_t>(shape(random));
    return values;
}

Histogram second_of(std::size_t samples) {
    Histogram histogram;
    for (const std::uint64_t value : latencies(samples)) histogram.record_micros(value);
    return histogram;
}

void record(benchmark::State& state) {
    const auto values = latencies(1 << 16);
    const auto recorder = std::make_unique<HistogramRecorder>();
    std::size_t i = 0;
    for (auto _ : state) recorder->record_micros(values[i++ & 0xFFFF]);
}
BENCHMARK(record);

void take(benchmark::State& state) {
    const auto values = latencies(static_cast<std::size_t>(state.range(0)));
    const auto recorder = std::make_unique<HistogramRecorder>();
    for (auto _ : state) {
        state.PauseTiming();
        for (const std::uint64_t value : values) recorder->record_micros(value);
        state.ResumeTiming();
        benchmark::DoNotOptimize(recorder->take());
    }
}
BENCHMARK(take)->Arg(100)->Arg(10'000);

void encode(benchmark::State& state) {
    const Histogram histogram = second_of(static_cast<std::size_t>(state.range(0)));
    std::size_t bytes = 0;
    for (auto _ : state) bytes = histogram.encode().size();
    state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(encode)->Arg(100)->Arg(10'000);

void decode_and_merge(benchmark::State& state) {
    const std::string encoded = second_of(static_cast<std::size_t>(state.range(0))).encode();
    Histogram total = second_of(1 << 20);
    for (auto _ : state) total.merge(*Histogram::decode(encoded));
}
BENCHMARK(decode_and_merge)->Arg(100)->Arg(10'000);

void merge_step(benchmark::State& state) {
    StepStats step, total;
    step.requests = 100;
    step.status[200] = 100;
    step.latency = step.send_latency = second_of(100);
    total.latency = total.send_latency = second_of(1 << 20);
    for (auto _ : state) total.merge(step);
}
BENCHMARK(merge_step);

void percentile(benchmark::State& state) {
    const Histogram histogram = second_of(1 << 20);
    for (auto _ : state) benchmark::DoNotOptimize(histogram.percentile_micros(99));
}
BENCHMARK(percentile);

}  // namespace

BENCHMARK_MAIN();
