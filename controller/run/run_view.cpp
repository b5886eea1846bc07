#include "controller/run/run_view.h"

#include <nlohmann/json.hpp>

namespace culvert::run {
namespace {

using nlohmann::json;

void put(json& object, const char* key, const std::optional<double>& value) {
    if (value) object[key] = *value;
}

json to_object(const StepView& step) {
    json object{{"scenario", step.scenario}, {"step", step.step}};
    put(object, "requests_per_second", step.requests_per_second);
    put(object, "p50_ms", step.p50_ms);
    put(object, "p95_ms", step.p95_ms);
    put(object, "p99_ms", step.p99_ms);
    put(object, "max_ms", step.max_ms);
    put(object, "error_ratio", step.error_ratio);
    json spark = json::array();
    for (const auto& point : step.spark_p95_ms) spark.push_back(point ? json(*point) : json());
    object["spark_p95_ms"] = std::move(spark);
    return object;
}

json to_object(const AgentView& agent) {
    json object{{"name", agent.name},           {"labels", agent.labels}, {"state", results::to_string(agent.state)},
                {"transport", agent.transport}, {"proxy", agent.proxy},   {"weight", agent.weight}};
    put(object, "rtt_ms", agent.rtt_ms);
    put(object, "clock_offset_ms", agent.clock_offset_ms);
    put(object, "clock_error_ms", agent.clock_error_ms);
    put(object, "requests_per_second", agent.requests_per_second);
    put(object, "p95_ms", agent.p95_ms);
    put(object, "cpu_percent", agent.cpu_percent);
    put(object, "lateness_p99_us", agent.lateness_p99_us);
    put(object, "silent_for_s", agent.silent_for_s);
    return object;
}

json to_object(const results::ThresholdResult& threshold) {
    json object{{"check", threshold.check},
                {"actual_text", threshold.actual_text},
                {"state", results::to_string(threshold.state)}};
    put(object, "actual", threshold.actual);
    if (threshold.first_crossed) object["first_crossed"] = *threshold.first_crossed;
    return object;
}

json to_object(const results::TrustReason& reason) {
    return {{"id", reason.id},         {"limit", reason.limit}, {"value", reason.value},
            {"spoils", reason.spoils}, {"text", reason.text},   {"touches_threshold", reason.touches_threshold}};
}

json to_object(const results::Event& event) {
    return {{"at_millis", event.at_millis}, {"kind", event.kind}, {"agent", event.agent}, {"text", event.text}};
}

template <class T>
json to_array(const std::vector<T>& items) {
    json array = json::array();
    for (const T& item : items) array.push_back(to_object(item));
    return array;
}

// Reading. at() and get<>() throw on what does not fit; run_view_from_json() turns that into one error.

std::optional<double> number(const json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() ? std::nullopt : std::optional(at->get<double>());
}

template <class Word>
Word word(const json& object, const char* key, Word last) {
    const auto text = object.at(key).get<std::string>();
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        if (text == results::to_string(static_cast<Word>(i))) return static_cast<Word>(i);
    }
    throw json::other_error::create(501, "unknown word " + text, nullptr);
}

StepView step_of(const json& object) {
    StepView step;
    step.scenario = object.at("scenario").get<std::string>();
    step.step = object.at("step").get<std::string>();
    step.requests_per_second = number(object, "requests_per_second");
    step.p50_ms = number(object, "p50_ms");
    step.p95_ms = number(object, "p95_ms");
    step.p99_ms = number(object, "p99_ms");
    step.max_ms = number(object, "max_ms");
    step.error_ratio = number(object, "error_ratio");
    for (const json& point : object.at("spark_p95_ms"))
        step.spark_p95_ms.push_back(point.is_null() ? std::nullopt : std::optional(point.get<double>()));
    return step;
}

AgentView agent_of(const json& object) {
    AgentView agent;
    agent.name = object.at("name").get<std::string>();
    agent.labels = object.at("labels").get<workload::Labels>();
    agent.state = word(object, "state", results::AgentState::Refused);
    agent.transport = object.at("transport").get<std::string>();
    agent.proxy = object.at("proxy").get<std::string>();
    agent.weight = object.at("weight").get<double>();
    agent.rtt_ms = number(object, "rtt_ms");
    agent.clock_offset_ms = number(object, "clock_offset_ms");
    agent.clock_error_ms = number(object, "clock_error_ms");
    agent.requests_per_second = number(object, "requests_per_second");
    agent.p95_ms = number(object, "p95_ms");
    agent.cpu_percent = number(object, "cpu_percent");
    agent.lateness_p99_us = number(object, "lateness_p99_us");
    agent.silent_for_s = number(object, "silent_for_s");
    return agent;
}

results::ThresholdResult threshold_of(const json& object) {
    results::ThresholdResult threshold;
    threshold.check = object.at("check").get<std::string>();
    threshold.actual_text = object.at("actual_text").get<std::string>();
    threshold.state = word(object, "state", results::ThresholdState::NoData);
    threshold.actual = number(object, "actual");
    if (object.contains("first_crossed")) threshold.first_crossed = object["first_crossed"].get<std::uint32_t>();
    return threshold;
}

results::TrustReason reason_of(const json& object) {
    return {object.at("id").get<std::string>(),    object.at("limit").get<std::string>(),
            object.at("value").get<std::string>(), object.at("spoils").get<std::string>(),
            object.at("text").get<std::string>(),  object.at("touches_threshold").get<bool>()};
}

results::Event event_of(const json& object) {
    return {object.at("at_millis").get<std::int64_t>(), object.at("kind").get<std::string>(),
            object.at("agent").get<std::string>(), object.at("text").get<std::string>()};
}

template <class T>
std::vector<T> list_of(const json& object, const char* key, T (*read)(const json&)) {
    std::vector<T> items;
    for (const json& item : object.at(key)) items.push_back(read(item));
    return items;
}

RunView view_of(const json& object) {
    RunView view;
    view.id = object.at("id").get<std::string>();
    view.name = object.at("name").get<std::string>();
    view.state = word(object, "state", results::RunState::Failed);
    view.state_reason = object.at("state_reason").get<std::string>();
    view.paused = object.at("paused").get<bool>();
    view.warmup = object.at("warmup").get<bool>();
    view.phase = object.at("phase").get<std::string>();
    view.elapsed_s = object.at("elapsed_s").get<double>();
    view.length_s = object.at("length_s").get<double>();
    const json& load = object.at("load");
    view.load.planned_per_second = number(load, "planned_per_second");
    view.load.offered_per_second = number(load, "offered_per_second");
    view.load.delivered_per_second = number(load, "delivered_per_second");
    view.load.missed = load.at("missed").get<std::uint64_t>();
    view.load.users = load.at("users").get<std::uint64_t>();
    view.load.in_flight = load.at("in_flight").get<std::uint64_t>();
    view.error_ratio = number(object, "error_ratio");
    for (const json& error : object.at("errors"))
        view.errors.push_back({error.at("what").get<std::string>(), error.at("count").get<std::uint64_t>()});
    view.steps = list_of(object, "steps", step_of);
    view.agents = list_of(object, "agents", agent_of);
    view.thresholds = list_of(object, "thresholds", threshold_of);
    view.trust = list_of(object, "trust", reason_of);
    view.worst_clock_error_ms = number(object, "worst_clock_error_ms");
    view.events = list_of(object, "events", event_of);
    view.verdict = word(object, "verdict", results::Verdict::Fail);
    view.out_dir = object.at("out_dir").get<std::string>();
    return view;
}

}  // namespace

bool RunView::over() const {
    return results::is_over(state);
}

std::string to_json(const RunView& view) {
    json load{{"missed", view.load.missed}, {"users", view.load.users}, {"in_flight", view.load.in_flight}};
    put(load, "planned_per_second", view.load.planned_per_second);
    put(load, "offered_per_second", view.load.offered_per_second);
    put(load, "delivered_per_second", view.load.delivered_per_second);
    json errors = json::array();
    for (const ErrorCount& error : view.errors) errors.push_back({{"what", error.what}, {"count", error.count}});
    json object{{"id", view.id},
                {"name", view.name},
                {"state", results::to_string(view.state)},
                {"state_reason", view.state_reason},
                {"paused", view.paused},
                {"warmup", view.warmup},
                {"phase", view.phase},
                {"elapsed_s", view.elapsed_s},
                {"length_s", view.length_s},
                {"load", std::move(load)},
                {"errors", std::move(errors)},
                {"steps", to_array(view.steps)},
                {"agents", to_array(view.agents)},
                {"thresholds", to_array(view.thresholds)},
                {"trust", to_array(view.trust)},
                {"events", to_array(view.events)},
                {"verdict", results::to_string(view.verdict)},
                {"out_dir", view.out_dir}};
    put(object, "error_ratio", view.error_ratio);
    put(object, "worst_clock_error_ms", view.worst_clock_error_ms);
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<RunView> run_view_from_json(std::string_view text) {
    if (text.size() > kLargestView) return fail(Code::InvalidInput, "view of a run: too large");
    try {
        return view_of(json::parse(text));
    } catch (const json::exception& problem) {
        return fail(Code::InvalidInput, std::string("view of a run: ") + problem.what());
    }
}

}  // namespace culvert::run
