// The parts of report.json as JSON values: report.json is all of them, report.html carries the ones it shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "common/base/clock.h"
#include "common/metrics/interval.h"
#include "controller/results/run_result.h"

namespace culvert::report {

inline constexpr int kReportVersion = 1;

// Everything but "timeline" and "histograms".
nlohmann::ordered_json head_json(const results::RunResult& result);
nlohmann::ordered_json timeline_json(const results::RunResult& result);
nlohmann::ordered_json histograms_json(const results::RunResult& result);

// {"min", "mean", … "max"} in milliseconds; every value is null when there was no sample.
nlohmann::ordered_json latency_json(const metrics::Histogram& histogram);
nlohmann::ordered_json step_json(const std::string& name, const metrics::StepStats& step);
nlohmann::ordered_json errors_by_kind_json(const metrics::StepStats& step);  // only kinds that happened

std::string utc_text(WallTime time);  // 2026-11-22T00:14:00.000Z
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // padded, nothing else in it
std::string step_name(const results::RunResult& result, std::size_t scenario, std::size_t step);

}  // namespace culvert::report
