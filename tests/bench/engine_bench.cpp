// What a request costs the load engine: against one URL, without tunnel and controller. Prints requests, CPU per
// request of the whole process, and how late iterations started. Not a test: its numbers belong to a quiet machine.
//   engine_bench URL [LOAD=64] [seconds=3] [threads=1] [extra-ca.pem]      LOAD: users of a closed model, or a rate
//   ("20000/s")
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/engine_run.h"

using namespace culvert;

namespace {

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: engine_bench URL [USERS|RATE/s] [seconds] [threads] [extra-ca.pem]\n");
        return 2;
    }
    const std::string url = argv[1], load = argc > 2 ? argv[2] : "64", seconds = argc > 3 ? argv[3] : "3";
    const bool open_model = load.find('/') != std::string::npos;
    const std::string plan = "culvert: 1\nscenarios:\n  bench:\n    load: [ " +
                             std::string(open_model ? "constant_rate: { rate: " : "constant_users: { users: ") + load +
                             ", for: " + seconds + "s } ]\n    finish_within: 1s\n    steps: [ get: \"" + url +
                             "\" ]\n";
    agent::worker::EngineOptions options;
    options.threads = static_cast<unsigned>(argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 1);
    if (argc > 5) options.extra_ca_files = {argv[5]};
    test::EngineRun run(test::whole_run(plan), options);
    const double before = cpu_seconds();
    if (!run.start().wait()) return 1;
    const double used = cpu_seconds() - before;
    const metrics::StepStats step = run.step();
    std::printf("requests %llu failures %llu cpu_us_per_request %.2f p50_us %llu p99_us %llu\n",
                static_cast<unsigned long long>(step.requests), static_cast<unsigned long long>(step.failures),
                used * 1e6 / static_cast<double>(step.requests),
                static_cast<unsigned long long>(step.send_latency.percentile_micros(50)),
                static_cast<unsigned long long>(step.send_latency.percentile_micros(99)));
    metrics::Histogram lateness;  // without the first second, in which connections are made
    for (const metrics::Interval& interval : run.intervals) {
        if (interval.second > 0) lateness.merge(interval.lateness);
    }
    std::printf("missed %llu lateness_us p50 %llu p99 %llu max %llu\n",
                static_cast<unsigned long long>(run.totals().missed),
                static_cast<unsigned long long>(lateness.percentile_micros(50)),
                static_cast<unsigned long long>(lateness.percentile_micros(99)),
                static_cast<unsigned long long>(lateness.max_micros()));
    return step.failures == 0 ? 0 : 1;
}
