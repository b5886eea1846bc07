#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "controller/report/finding_rules.h"
#include "controller/report/flatten.h"
#include "controller/report/load_phases.h"
#include "controller/report/page_data.h"
#include "controller/report/report_document.h"

namespace culvert::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSpectrumPointsPerDecade = 12;

// Latency at 1/(1-p) = 10^(i/12), up to the last point that one sample can still carry; then the maximum.
Json spectrum_curve(const metrics::Histogram& histogram) {
    Json curve = Json::array();
    const auto count = static_cast<double>(histogram.count());
    for (int i = 0; !histogram.empty(); ++i) {
        const double inverse = std::pow(10.0, static_cast<double>(i) / kSpectrumPointsPerDecade);
        if (inverse > count) break;
        curve.push_back(static_cast<double>(histogram.percentile_micros(100.0 * (1.0 - 1.0 / inverse))) / 1000.0);
    }
    if (!histogram.empty()) curve.push_back(static_cast<double>(histogram.max_micros()) / 1000.0);
    return curve;
}

Json spectrum(const metrics::StepStats& step) {
    return {{"count", step.latency.count()},
            {"intended", spectrum_curve(step.latency)},
            {"send", spectrum_curve(step.send_latency)}};
}

Json spectra(const results::RunResult& result) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < result.totals.size(); ++i) {
        for (std::size_t k = 0; k < result.totals[i].steps.size(); ++k) {
            Json one = {{"scenario", i}, {"step", k}};
            one.update(spectrum(result.totals[i].steps[k]));
            steps.push_back(std::move(one));
        }
    }
    const metrics::ScenarioStats flat = flattened(result.totals);
    return {{"points_per_decade", kSpectrumPointsPerDecade},
            {"all", spectrum(only_step(flat))},
            {"steps", std::move(steps)}};
}

Json phases_json(const results::RunResult& result) {
    Json rows = Json::array();
    if (!result.plan) return rows;
    for (const PhaseSpan& span : phase_spans(*result.plan))
        rows.push_back({{"name", span.name}, {"from", span.from_seconds}, {"to", span.to_seconds}});
    return rows;
}

}  // namespace

Json page_json(const results::RunResult& result) {
    PageTimeline timeline(result, static_cast<std::uint32_t>(length_seconds(result)));
    for (const results::SecondResult& row : result.timeline) timeline.add(row);
    Json page = timeline.finish();
    page["spectra"] = spectra(result);
    page["phases"] = phases_json(result);
    const std::optional<double> knee = knee_rate(result);
    page["knee_rate"] = knee ? Json(*knee) : Json();
    page["plan"] = result.plan ? result.plan->text : "";
    page["made_by"] = std::string("culvert ") + CULVERT_VERSION;
    return {{"report", head_json(result)}, {"page", std::move(page)}};
}

}  // namespace culvert::report
