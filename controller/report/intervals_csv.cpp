#include "controller/report/intervals_csv.h"

#include <ostream>

#include <fmt/format.h>

#include "controller/report/flatten.h"
#include "controller/report/report_document.h"

namespace culvert::report {
namespace {

// RFC 4180: quoted when it has to be.
std::string field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

// Empty fields where there was no sample: never 0 for "no data".
std::string percentiles(const metrics::Histogram& histogram) {
    if (histogram.empty()) return ",,,,,,,";
    const auto ms = [](double micros) { return fmt::format(",{:.3f}", micros / 1000.0); };
    std::string out = ms(static_cast<double>(histogram.min_micros())) + ms(histogram.mean_micros());
    for (const double percent : {50.0, 90.0, 95.0, 99.0, 99.9})
        out += ms(static_cast<double>(histogram.percentile_micros(percent)));
    return out + ms(static_cast<double>(histogram.max_micros()));
}

std::string requests_of(const metrics::StepStats& step) {
    return fmt::format(
        "{},{},{},{},{}{},{}", step.requests, step.failures, step.interrupted, step.bytes_sent, step.bytes_received,
        percentiles(step.latency),
        step.send_latency.empty()
            ? ""
            : fmt::format("{:.3f}", static_cast<double>(step.send_latency.percentile_micros(95)) / 1000.0));
}

}  // namespace

void write_intervals_csv(const results::RunResult& result, std::ostream& out) {
    out << "second,seconds,warmup,scenario,step,planned,offered,delivered,missed,users,in_flight,requests,failures,"
           "interrupted,bytes_sent,bytes_received,"
           "min_ms,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,p999_ms,max_ms,send_p95_ms\n";
    for (const results::SecondResult& second : result.timeline) {
        for (std::size_t i = 0; i < second.scenarios.size(); ++i) {
            const metrics::ScenarioStats& scenario = second.scenarios[i];
            const std::string name = result.plan && i < result.plan->scenarios.size() ? result.plan->scenarios[i].name
                                                                                      : std::to_string(i + 1);
            const std::string start =
                fmt::format("{},{},{},{},", second.second, second.seconds, second.warmup ? 1 : 0, field(name));
            const metrics::ScenarioStats flat = flattened(std::span(&scenario, 1));
            out << start
                << fmt::format(",{},{},{},{},{},{},", scenario.planned, scenario.offered, scenario.delivered,
                               scenario.missed, scenario.users, scenario.in_flight)
                << requests_of(only_step(flat)) << '\n';
            for (std::size_t k = 0; k < scenario.steps.size(); ++k) {
                if (scenario.steps[k].idle()) continue;
                out << start << field(step_name(result, i, k)) << ",,,,,,," << requests_of(scenario.steps[k]) << '\n';
            }
        }
    }
}

}  // namespace culvert::report
