#include <nlohmann/json.hpp>

#include "controller/cli/render/http_body.h"
#include "controller/cli/render/trial_text.h"

namespace culvert::cli::render {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Exchange;

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

// A body that is not text goes as base64.
Json to_json(const metrics::HttpText& text) {
    Json json{{"head", text.head}};
    if (is_readable(text.body)) {
        json["body"] = text.body;
    } else {
        json["body_base64"] = base64(text.body);
    }
    json["body_size"] = text.body_size;
    json["cut"] = text.cut;
    return json;
}

Json to_json(const Exchange& exchange, const workload::Plan& plan) {
    Json checks = Json::array(), saves = Json::array();
    for (const metrics::CheckResult& check : exchange.checks)
        checks.push_back({{"check", check.check}, {"holds", check.holds}, {"found", check.found}});
    for (const metrics::SavedValue& save : exchange.saves)
        saves.push_back({{"variable", save.variable}, {"value", save.value}});
    const workload::Scenario& scenario = plan.scenarios.at(exchange.scenario);
    return {{"scenario", scenario.name},
            {"step", scenario.request_names.at(exchange.step)},
            {"attempt", exchange.attempt + 1},
            {"ending", to_string(exchange.ending)},
            {"ok", exchange.ok()},
            {"error", exchange.error ? Json(to_string(*exchange.error)) : Json(nullptr)},
            {"what", exchange.what},
            {"phase", exchange.phase},
            {"method", exchange.method},
            {"url", exchange.url},
            {"remote_address", exchange.remote_address},
            {"status", exchange.status == 0 ? Json(nullptr) : Json(exchange.status)},
            {"latency_us", exchange.latency_micros},
            {"dns_us", or_null(exchange.dns_micros)},
            {"connect_us", or_null(exchange.connect_micros)},
            {"tls_us", or_null(exchange.tls_micros)},
            {"first_byte_us", or_null(exchange.first_byte_micros)},
            {"rest_us", or_null(exchange.rest_micros)},
            {"request", to_json(exchange.request)},
            {"response", exchange.status == 0 ? Json(nullptr) : to_json(exchange.response)},
            {"checks", checks},
            {"saves", saves}};
}

}  // namespace

std::string trial_json(const TrialRecord& trial) {
    Json exchanges = Json::array(), left_out = Json::array();
    for (const Exchange& exchange : trial.exchanges) exchanges.push_back(to_json(exchange, trial.plan));
    for (std::size_t i = 0; i < trial.choice.left_out.size(); ++i) {
        if (trial.choice.left_out[i]) left_out.push_back(trial.plan.scenarios.at(i).name);
    }
    const Json whole{{"version", 1},
                     {"plan", trial.plan.name},
                     {"agent", trial.choice.agent.name},
                     {"exit_code", static_cast<int>(trial.end.exit_code)},
                     {"problems", trial.end.problems},
                     {"think_times", "left out"},
                     {"exchanges", exchanges},
                     {"not_reached", steps_not_reached(trial.plan, trial.choice, trial.exchanges)},
                     {"not_for_this_agent", left_out}};
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::cli::render
