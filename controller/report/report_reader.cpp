#include "controller/report/report_reader.h"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "common/workload/plan.h"
#include "controller/report/report_document.h"

namespace culvert::report {
namespace {

using Json = nlohmann::json;

// Thrown within this file only, and caught in read_report.
struct Damaged {
    std::string what;
};

template <class State>
State state_of(const std::string& word, std::initializer_list<State> states) {
    for (const State state : states) {
        if (word == results::to_string(state)) return state;
    }
    throw Damaged{"unknown word \"" + word.substr(0, 40) + "\""};
}

results::RunState run_state(const std::string& word) {
    using S = results::RunState;
    return state_of(word,
                    {S::Preparing, S::Ready, S::Running, S::Finishing, S::Finished, S::Stopped, S::Aborted, S::Failed});
}

results::AgentState agent_state(const std::string& word) {
    using S = results::AgentState;
    return state_of(word, {S::Preparing, S::Ready, S::Running, S::Interrupted, S::Finished, S::Lost, S::Refused});
}

metrics::Histogram histogram(const Json& text) {
    const auto bytes = from_base64(text.get<std::string>());
    if (!bytes) throw Damaged{"a histogram is not base64"};
    auto decoded = metrics::Histogram::decode(*bytes);
    if (!decoded) throw Damaged{decoded.error().message};
    return std::move(*decoded);
}

void take_errors(const Json& errors, metrics::StepStats& step) {
    for (std::size_t kind = 0; kind < metrics::kErrorKinds; ++kind) {
        step.errors[kind] = errors.value(metrics::to_string(static_cast<metrics::ErrorKind>(kind)), std::uint64_t{0});
    }
}

metrics::StepStats step_of(const Json& row, const Json& histograms) {
    metrics::StepStats step;
    row.at("requests").get_to(step.requests);
    row.at("failures").get_to(step.failures);
    row.at("interrupted").get_to(step.interrupted);
    row.at("bytes_sent").get_to(step.bytes_sent);
    row.at("bytes_received").get_to(step.bytes_received);
    for (const auto& [status, count] : row.at("status").items())
        step.status[static_cast<std::uint16_t>(std::stoul(status))] = count.get<std::uint64_t>();
    take_errors(row.at("errors"), step);
    step.latency = histogram(histograms.at("intended"));
    step.send_latency = histogram(histograms.at("send"));
    const Json& phases = row.at("phases_ms");
    const auto phase = [&](const char* name, metrics::PhaseSums::Phase& into) {
        phases.at(name).at("count").get_to(into.count);
        if (into.count > 0)
            into.sum_micros = static_cast<std::uint64_t>(phases.at(name).at("mean").get<double>() * 1000.0 *
                                                         static_cast<double>(into.count));
    };
    phase("dns", step.phases.dns);
    phase("connect", step.phases.connect);
    phase("tls", step.phases.tls);
    phase("first_byte", step.phases.first_byte);
    phase("rest", step.phases.rest);
    return step;
}

std::vector<metrics::ScenarioStats> totals_of(const Json& report) {
    std::vector<metrics::ScenarioStats> totals;
    const Json& histograms = report.at("histograms").at("scenarios");
    for (const Json& row : report.at("scenarios")) {
        metrics::ScenarioStats scenario;
        row.at("planned").get_to(scenario.planned);
        row.at("offered").get_to(scenario.offered);
        row.at("delivered").get_to(scenario.delivered);
        row.at("missed_slots").get_to(scenario.missed);
        row.at("interrupted_iterations").get_to(scenario.interrupted);
        const Json& below = histograms.at(totals.size()).at("steps");
        for (const Json& step : row.at("steps"))
            scenario.steps.push_back(step_of(step, below.at(scenario.steps.size())));
        totals.push_back(std::move(scenario));
    }
    return totals;
}

// Its totals as one step: the report keeps no more of an agent.
results::AgentResult agent_of(const Json& row) {
    results::AgentResult agent;
    row.at("name").get_to(agent.name);
    row.at("labels").get_to(agent.labels);
    row.at("weight").get_to(agent.weight);
    agent.state = agent_state(row.at("state").get<std::string>());
    row.at("transport").get_to(agent.transport);
    row.at("proxy").get_to(agent.proxy);
    if (!row.at("lost_at").is_null())
        agent.lost_at_millis = static_cast<std::int64_t>(row.at("lost_at").get<double>() * 1000);
    agent.totals.resize(1);
    agent.totals[0].steps.resize(1);
    row.at("requests").get_to(agent.totals[0].steps[0].requests);
    row.at("failures").get_to(agent.totals[0].steps[0].failures);
    return agent;
}

results::ThresholdResult threshold_of(const Json& row) {
    results::ThresholdResult threshold;
    row.at("check").get_to(threshold.check);
    row.at("actual_text").get_to(threshold.actual_text);
    using S = results::ThresholdState;
    threshold.state = state_of(row.at("state").get<std::string>(), {S::Pass, S::Fail, S::NoData});
    if (!row.at("actual").is_null()) threshold.actual = row.at("actual").get<double>();
    if (!row.at("first_crossed").is_null()) threshold.first_crossed = row.at("first_crossed").get<std::uint32_t>();
    return threshold;
}

results::TrustReason reason_of(const Json& row) {
    return {row.at("id"),     row.at("limit"), row.at("value"),
            row.at("spoils"), row.at("text"),  row.at("touches_threshold")};
}

results::RunResult result_of(const Json& report) {
    results::RunResult result;
    const Json& run = report.at("run");
    run.at("id").get_to(result.id);
    result.state = run_state(run.at("state").get<std::string>());
    run.at("state_reason").get_to(result.state_reason);
    using V = results::Verdict;
    result.verdict = state_of(run.at("verdict").get<std::string>(), {V::None, V::Pass, V::Fail});
    for (const Json& row : run.at("thresholds")) result.thresholds.push_back(threshold_of(row));
    for (const Json& row : run.at("trust").at("reasons")) result.trust.push_back(reason_of(row));
    result.totals = totals_of(report);
    for (const Json& row : report.at("agents")) result.agents.push_back(agent_of(row));
    for (const Json& row : report.at("timeline")) {
        results::SecondResult second;
        row.at("second").get_to(second.second);
        row.at("seconds").get_to(second.seconds);
        row.at("warmup").get_to(second.warmup);
        result.timeline.push_back(std::move(second));
    }
    const Json& ledger = report.at("ledger");
    result.ledger = {ledger.at("sent"),       ledger.at("reported"), ledger.at("lost"),
                     ledger.at("duplicated"), ledger.at("folded"),   ledger.at("balanced")};
    for (const Json& row : report.at("events")) {
        result.events.push_back({static_cast<std::int64_t>(row.at("at_s").get<double>() * 1000), row.at("kind"),
                                 row.at("agent"), row.at("text")});
    }
    return result;
}

// Names and timeouts of steps come from the plan; without its file those in the report have to do.
std::shared_ptr<const workload::Plan> plan_of(const std::filesystem::path& folder, const Json& report) {
    std::ifstream in(folder / "plan.yaml", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto parsed = workload::parse_plan((folder / "plan.yaml").string(), text);
    workload::Plan plan;
    if (parsed) plan = std::move(*parsed);
    report.at("run").at("name").get_to(plan.name);
    plan.text = text;
    const Json& scenarios = report.at("scenarios");
    if (plan.scenarios.size() != scenarios.size()) plan.scenarios.assign(scenarios.size(), {});
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
        scenarios[i].at("name").get_to(plan.scenarios[i].name);
        plan.scenarios[i].request_names.clear();
        for (const Json& step : scenarios[i].at("steps"))
            plan.scenarios[i].request_names.push_back(step.at("name").get<std::string>());
    }
    return std::make_shared<const workload::Plan>(std::move(plan));
}

WrittenReport files_in(const std::filesystem::path& folder) {
    WrittenReport files;
    files.folder = folder;
    for (const char* name : {"report.html", kReportFile, "junit.xml", "plan.yaml", "events.jsonl", "intervals.csv"}) {
        std::error_code none;
        if (std::filesystem::exists(folder / name, none)) files.files.emplace_back(name);
    }
    return files;
}

}  // namespace

Result<ReadReport> read_report(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / kReportFile;
    std::error_code unreadable;
    const std::uintmax_t size = std::filesystem::file_size(file, unreadable);
    if (unreadable) return fail(Code::InvalidInput, "reading " + file.string() + ": " + unreadable.message());
    if (size > kLargestReport) return fail(Code::InvalidInput, file.string() + " is larger than 1 GiB");
    std::ifstream in(file, std::ios::binary);
    try {
        const Json report = Json::parse(in);
        if (report.at("version") != kReportVersion)
            return fail(Code::InvalidInput, file.string() + " has version " + report.at("version").dump() +
                                                "; this culvert reads " + std::to_string(kReportVersion));
        ReadReport read{result_of(report), files_in(folder)};
        read.result.plan = plan_of(folder, report);
        return read;
    } catch (const Damaged& damage) {
        return fail(Code::InvalidInput, file.string() + " is damaged: " + damage.what);
    } catch (const std::exception& damage) {  // of nlohmann-json, and of std::stoul
        return fail(Code::InvalidInput, file.string() + " is damaged: " + damage.what());
    }
}

ExitCode exit_code_of(const results::RunResult& result) {
    ExitCode code = ExitCode::Ok;
    if (result.verdict == results::Verdict::Fail) code = worse_of(code, ExitCode::ThresholdsFailed);
    const bool doubtful = std::any_of(result.trust.begin(), result.trust.end(),
                                      [](const results::TrustReason& reason) { return reason.touches_threshold; });
    if (doubtful) code = worse_of(code, ExitCode::NotTrustworthy);
    if (code == ExitCode::Ok && result.state == results::RunState::Failed) code = ExitCode::Internal;
    return code;
}

}  // namespace culvert::report
