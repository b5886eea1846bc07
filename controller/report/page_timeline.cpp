#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "controller/report/flatten.h"
#include "controller/report/page_data.h"
#include "controller/report/report_document.h"

namespace culvert::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // becomes null: a gap in the line

// Four significant digits: more cannot be seen, and each costs bytes.
double shortened(double value) {
    if (!std::isfinite(value) || value == 0) return value;
    const double step = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 3);
    return std::round(value / step) * step;
}

Json column(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values) {
        if (!std::isfinite(value)) {
            out.push_back(nullptr);
        } else if (value == std::floor(value) && std::fabs(value) < 1e15) {
            out.push_back(static_cast<std::int64_t>(value));
        } else {
            // A double prints up to 17 digits when its nearest neighbour is not the short decimal: round in decimal.
            char text[32];
            std::snprintf(text, sizeof text, "%.4g", shortened(value));
            out.push_back(Json::parse(text));
        }
    }
    return out;
}

double percentile_ms(const metrics::Histogram& histogram, double percent) {
    return histogram.empty() ? kNone : static_cast<double>(histogram.percentile_micros(percent)) / 1000.0;
}

// Seconds of one point: at most `most` points, and whole rows of the timeline.
std::uint32_t seconds_per(std::uint32_t seconds, std::uint32_t most, std::uint32_t row) {
    const std::uint32_t least = std::max(1U, (seconds + most - 1) / std::max(1U, most));
    return (least + row - 1) / row * row;
}

std::uint32_t row_seconds(const results::RunResult& result) {
    return std::max(1U, result.timeline_step);
}

std::uint32_t step_count(const results::RunResult& result) {
    std::size_t steps = 0;
    for (const metrics::ScenarioStats& scenario : result.totals) steps += scenario.steps.size();
    return static_cast<std::uint32_t>(std::max<std::size_t>(1, steps));
}

}  // namespace

void PageTimeline::Range::add(double count, double seconds, bool first) {
    const double value = count / seconds;
    sum += count;
    low = first ? value : std::min(low, value);
    high = first ? value : std::max(high, value);
}

PageTimeline::PageTimeline(const results::RunResult& result, std::uint32_t seconds)
    : result_(result),
      seconds_(seconds),
      point_seconds_(seconds_per(seconds, kMostPoints, row_seconds(result))),
      agent_seconds_(seconds_per(seconds, result.agents.size() > 20 ? kMostAgentPoints / 3 : kMostAgentPoints,
                                 row_seconds(result))),
      heat_seconds_(seconds_per(seconds, std::clamp(kMostHeatCells / step_count(result), 60U, kMostHeatColumns),
                                row_seconds(result))),
      agent_points_(result.agents.size()),
      agent_rate_(result.agents.size()),
      agent_p95_(result.agents.size()) {
    for (const metrics::ScenarioStats& scenario : result.totals) heat_.emplace_back(scenario.steps.size());
}

void PageTimeline::add(const results::SecondResult& row) {
    if (row.second < next_ || row.second >= seconds_) return;
    go_to(row.second);
    const metrics::ScenarioStats flat = flattened(row.scenarios);
    const metrics::StepStats& all = only_step(flat);
    const double seconds = std::max(1U, row.seconds);
    const bool first = point_.seconds == 0;
    point_.planned.add(static_cast<double>(flat.planned), seconds, first);
    point_.offered.add(static_cast<double>(flat.offered), seconds, first);
    point_.delivered.add(static_cast<double>(flat.delivered), seconds, first);
    point_.requests.add(static_cast<double>(all.requests), seconds, first);
    if (!all.latency.empty()) point_.p95.add(percentile_ms(all.latency, 95), 1, point_.latency.empty());
    point_.seconds += std::max(1U, row.seconds);
    point_.missed += flat.missed;
    point_.users = std::max(point_.users, flat.users);
    point_.in_flight = std::max(point_.in_flight, flat.in_flight);
    for (std::size_t kind = 0; kind < all.errors.size(); ++kind) point_.errors[kind] += all.errors[kind];
    point_.latency.merge(all.latency);
    point_.send_latency.merge(all.send_latency);
    if (row.warmup) warmup_end_ = row.second + row.seconds;

    for (std::size_t i = 0; i < std::min(row.scenarios.size(), heat_.size()); ++i) {
        for (std::size_t k = 0; k < std::min(row.scenarios[i].steps.size(), heat_[i].size()); ++k)
            heat_[i][k].add(row.scenarios[i].steps[k]);
    }
    for (std::size_t i = 0; i < result_.agents.size(); ++i) {
        const std::string& name = result_.agents[i].name;
        if (const auto requests = row.agent_requests.find(name); requests != row.agent_requests.end())
            agent_points_[i].requests += requests->second;
        if (const auto latency = row.agent_latency.find(name); latency != row.agent_latency.end())
            agent_points_[i].latency.merge(latency->second);
    }
}

// Ends every point, agent point and heat column that lies wholly before `second`.
void PageTimeline::go_to(std::uint32_t second) {
    for (; next_ < second; ++next_) {
        if ((next_ + 1) % point_seconds_ == 0) end_point();
        if ((next_ + 1) % agent_seconds_ == 0) end_agent_point();
        if ((next_ + 1) % heat_seconds_ != 0) continue;
        for (auto& scenario : heat_) {
            for (HeatColumns& step : scenario) step.end_column();
        }
    }
}

void PageTimeline::end_point() {
    const bool none = point_.seconds == 0;
    const double n = none ? 1 : point_.seconds;
    const auto mean = [&](double sum) { return none ? kNone : sum / n; };
    const auto range = [&](const Range& from, std::vector<double>& value, std::vector<double>& low,
                           std::vector<double>& high) {
        value.push_back(mean(from.sum));
        low.push_back(none ? kNone : from.low);
        high.push_back(none ? kNone : from.high);
    };
    range(point_.planned, columns_.planned, columns_.planned_low, columns_.planned_high);
    range(point_.offered, columns_.offered, columns_.offered_low, columns_.offered_high);
    range(point_.delivered, columns_.delivered, columns_.delivered_low, columns_.delivered_high);
    columns_.requests.push_back(mean(point_.requests.sum));
    columns_.missed.push_back(mean(static_cast<double>(point_.missed)));
    columns_.users.push_back(none ? kNone : static_cast<double>(point_.users));
    columns_.in_flight.push_back(none ? kNone : static_cast<double>(point_.in_flight));
    columns_.p50.push_back(percentile_ms(point_.latency, 50));
    columns_.p95.push_back(percentile_ms(point_.latency, 95));
    columns_.p99.push_back(percentile_ms(point_.latency, 99));
    columns_.max.push_back(point_.latency.empty() ? kNone : static_cast<double>(point_.latency.max_micros()) / 1000.0);
    columns_.p95_low.push_back(point_.latency.empty() ? kNone : point_.p95.low);
    columns_.p95_high.push_back(point_.latency.empty() ? kNone : point_.p95.high);
    columns_.send_p50.push_back(percentile_ms(point_.send_latency, 50));
    columns_.send_p95.push_back(percentile_ms(point_.send_latency, 95));
    columns_.send_p99.push_back(percentile_ms(point_.send_latency, 99));
    for (std::size_t kind = 0; kind < point_.errors.size(); ++kind)
        columns_.errors[kind].push_back(mean(static_cast<double>(point_.errors[kind])));
    point_ = Point{};
}

void PageTimeline::end_agent_point() {
    for (std::size_t i = 0; i < agent_points_.size(); ++i) {
        agent_rate_[i].push_back(static_cast<double>(agent_points_[i].requests) / agent_seconds_);
        agent_p95_[i].push_back(percentile_ms(agent_points_[i].latency, 95));
        agent_points_[i] = AgentPoint{};
    }
}

Json PageTimeline::finish() {
    // The last point is as long as what is left of the run.
    const std::uint32_t longest = std::max({point_seconds_, agent_seconds_, heat_seconds_});
    go_to((seconds_ + longest - 1) / longest * longest + longest);
    const auto points = [&](std::vector<double>& values, std::uint32_t each) -> Json {
        values.resize((seconds_ + each - 1) / each, kNone);
        return column(values);
    };
    Json series;
    const auto put = [&](const char* name, std::vector<double>& values) {
        series[name] = points(values, point_seconds_);
    };
    put("planned", columns_.planned);
    put("offered", columns_.offered);
    put("delivered", columns_.delivered);
    put("requests", columns_.requests);
    put("missed", columns_.missed);
    put("users", columns_.users);
    put("in_flight", columns_.in_flight);
    put("p50", columns_.p50);
    put("p95", columns_.p95);
    put("p99", columns_.p99);
    put("max", columns_.max);
    put("send_p50", columns_.send_p50);
    put("send_p95", columns_.send_p95);
    put("send_p99", columns_.send_p99);
    if (point_seconds_ > 1) {
        put("planned_low", columns_.planned_low);
        put("planned_high", columns_.planned_high);
        put("offered_low", columns_.offered_low);
        put("offered_high", columns_.offered_high);
        put("delivered_low", columns_.delivered_low);
        put("delivered_high", columns_.delivered_high);
        put("p95_low", columns_.p95_low);
        put("p95_high", columns_.p95_high);
    }
    Json errors = Json::object();
    for (std::size_t kind = 0; kind < columns_.errors.size(); ++kind) {
        std::vector<double>& values = columns_.errors[kind];
        const bool any = std::any_of(values.begin(), values.end(), [](double value) { return value > 0; });
        if (any) errors[metrics::to_string(static_cast<metrics::ErrorKind>(kind))] = points(values, point_seconds_);
    }
    Json agents = Json::array();
    for (std::size_t i = 0; i < result_.agents.size(); ++i) {
        agents.push_back({{"name", result_.agents[i].name},
                          {"rate", points(agent_rate_[i], agent_seconds_)},
                          {"p95", points(agent_p95_[i], agent_seconds_)}});
    }
    Json steps = Json::array();
    for (std::size_t i = 0; i < heat_.size(); ++i) {
        for (std::size_t k = 0; k < heat_[i].size(); ++k)
            steps.push_back({{"scenario", i}, {"step", k}, {"columns", base64(heat_[i][k].take_packed())}});
    }
    return {{"seconds", seconds_},
            {"warmup_seconds", warmup_end_},
            {"point_seconds", point_seconds_},
            {"series", std::move(series)},
            {"errors", std::move(errors)},
            {"agent_seconds", agent_seconds_},
            {"agents", std::move(agents)},
            {"heat",
             {{"column_seconds", heat_seconds_},
              {"bins_per_decade", HeatColumns::kBinsPerDecade},
              {"steps", std::move(steps)}}}};
}

}  // namespace culvert::report
