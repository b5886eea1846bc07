#include "controller/run/run_view.h"

#include <concepts>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace culvert::run {
namespace {

using nlohmann::json;

// `As` or const As: the same list of fields serves writing and reading.
template <class T, class As>
concept Is = std::same_as<std::remove_const_t<T>, As>;

void fields(Is<LoadView> auto& load, auto&& field) {
    field("planned_per_second", load.planned_per_second);
    field("offered_per_second", load.offered_per_second);
    field("delivered_per_second", load.delivered_per_second);
    field("missed", load.missed);
    field("users", load.users);
    field("in_flight", load.in_flight);
}

void fields(Is<ErrorCount> auto& error, auto&& field) {
    field("what", error.what);
    field("count", error.count);
}

void fields(Is<StepView> auto& step, auto&& field) {
    field("scenario", step.scenario);
    field("step", step.step);
    field("requests_per_second", step.requests_per_second);
    field("p50_ms", step.p50_ms);
    field("p95_ms", step.p95_ms);
    field("p99_ms", step.p99_ms);
    field("max_ms", step.max_ms);
    field("error_ratio", step.error_ratio);
    field("spark_p95_ms", step.spark_p95_ms);
}

void fields(Is<AgentView> auto& agent, auto&& field) {
    field("name", agent.name);
    field("labels", agent.labels);
    field("state", agent.state);
    field("transport", agent.transport);
    field("proxy", agent.proxy);
    field("weight", agent.weight);
    field("rtt_ms", agent.rtt_ms);
    field("clock_offset_ms", agent.clock_offset_ms);
    field("clock_error_ms", agent.clock_error_ms);
    field("requests_per_second", agent.requests_per_second);
    field("p95_ms", agent.p95_ms);
    field("cpu_percent", agent.cpu_percent);
    field("lateness_p99_us", agent.lateness_p99_us);
    field("silent_for_s", agent.silent_for_s);
}

void fields(Is<results::ThresholdResult> auto& threshold, auto&& field) {
    field("check", threshold.check);
    field("actual_text", threshold.actual_text);
    field("state", threshold.state);
    field("actual", threshold.actual);
    field("first_crossed", threshold.first_crossed);
}

void fields(Is<results::TrustReason> auto& reason, auto&& field) {
    field("id", reason.id);
    field("limit", reason.limit);
    field("value", reason.value);
    field("spoils", reason.spoils);
    field("text", reason.text);
    field("touches_threshold", reason.touches_threshold);
}

void fields(Is<results::Event> auto& event, auto&& field) {
    field("at_millis", event.at_millis);
    field("kind", event.kind);
    field("agent", event.agent);
    field("text", event.text);
}

void fields(Is<RunView> auto& view, auto&& field) {
    field("id", view.id);
    field("name", view.name);
    field("state", view.state);
    field("state_reason", view.state_reason);
    field("paused", view.paused);
    field("warmup", view.warmup);
    field("phase", view.phase);
    field("elapsed_s", view.elapsed_s);
    field("length_s", view.length_s);
    field("load", view.load);
    field("error_ratio", view.error_ratio);
    field("errors", view.errors);
    field("steps", view.steps);
    field("agents", view.agents);
    field("thresholds", view.thresholds);
    field("trust", view.trust);
    field("worst_clock_error_ms", view.worst_clock_error_ms);
    field("events", view.events);
    field("verdict", view.verdict);
    field("out_dir", view.out_dir);
}

template <class T>
concept HasFields = requires(T& value) {
    fields(value, [](const char*, const auto&) {});
};

template <class T>
json written(const T& value);
template <class T>
json written(const std::optional<T>& value) {
    return value ? written(*value) : json();
}
template <class T>
json written(const std::vector<T>& items) {
    json array = json::array();
    for (const T& item : items) array.push_back(written(item));
    return array;
}
template <class T>
json written(const T& value) {
    if constexpr (HasFields<const T>) {
        json object = json::object();
        fields(value, [&object](const char* key, const auto& member) {
            json one = written(member);
            if (!one.is_null()) object[key] = std::move(one);
        });
        return object;
    } else if constexpr (std::is_enum_v<T>) {
        return results::to_string(value);
    } else {
        return value;
    }
}

constexpr results::AgentState last_of(results::AgentState) {
    return results::AgentState::Refused;
}
constexpr results::RunState last_of(results::RunState) {
    return results::RunState::Failed;
}
constexpr results::ThresholdState last_of(results::ThresholdState) {
    return results::ThresholdState::NoData;
}
constexpr results::Verdict last_of(results::Verdict) {
    return results::Verdict::Fail;
}

// Reading throws on what does not fit; run_view_from_json() turns that into one error.
template <class T>
void read(const json& from, T& value);
template <class T>
void read(const json& from, std::optional<T>& value) {
    if (from.is_null()) return;
    read(from, value.emplace());
}
template <class T>
void read(const json& from, std::vector<T>& items) {
    for (const json& item : from) read(item, items.emplace_back());
}
template <class T>
void read(const json& from, T& value) {
    if constexpr (HasFields<T>) {
        fields(value, [&from]<class Member>(const char* key, Member& member) {
            static const json kAbsent;
            const bool may_be_absent = requires {
                member.has_value();
            };
            read(may_be_absent && !from.contains(key) ? kAbsent : from.at(key), member);
        });
    } else if constexpr (std::is_enum_v<T>) {
        const auto word = from.get<std::string>();
        for (int i = 0; i <= static_cast<int>(last_of(value)); ++i) {
            value = static_cast<T>(i);
            if (word == results::to_string(value)) return;
        }
        throw json::other_error::create(501, "unknown word " + word, nullptr);
    } else {
        value = from.get<T>();
    }
}

}  // namespace

bool RunView::over() const {
    return results::is_over(state);
}

std::string to_json(const RunView& view) {
    return written(view).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<RunView> run_view_from_json(std::string_view text) {
    if (text.size() > kLargestView) return fail(Code::InvalidInput, "view of a run: too large");
    try {
        RunView view;
        read(json::parse(text), view);
        return view;
    } catch (const json::exception& problem) {
        return fail(Code::InvalidInput, std::string("view of a run: ") + problem.what());
    }
}

}  // namespace culvert::run
