#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "controller/report/page_bytes.h"
#include "controller/report/page_data.h"
#include "controller/report/report_files.h"
#include "tests/support/sample_result.h"

using namespace culvert;
using Json = nlohmann::ordered_json;

namespace {

Json data_of(const std::string& html) {
    const std::string begin = "id=\"culvert-data\">";
    const std::size_t from = html.find(begin) + begin.size();
    return Json::parse(html.substr(from, html.find("</script>", from) - from));
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

metrics::StepStats answers(std::uint64_t count, std::uint64_t micros) {
    metrics::StepStats step;
    step.requests = count;
    for (std::uint64_t i = 0; i < count; ++i) step.latency.record_micros(micros + i * micros / 8);
    step.send_latency = step.latency;
    return step;
}

results::RunResult wide_result(std::size_t scenarios, std::size_t steps, std::size_t agents) {
    results::RunResult result;
    result.id = "wide";
    auto plan = std::make_shared<workload::Plan>();
    plan->name = "Wide";
    plan->scenarios.resize(scenarios);
    for (std::size_t i = 0; i < scenarios; ++i) {
        plan->scenarios[i].name = "scenario " + std::to_string(i);
        for (std::size_t k = 0; k < steps; ++k) plan->scenarios[i].request_names.push_back("step " + std::to_string(k));
    }
    result.plan = plan;
    result.totals.resize(scenarios);
    for (auto& scenario : result.totals) scenario.steps.assign(steps, answers(20, 20'000));
    for (std::size_t a = 0; a < agents; ++a) {
        results::AgentResult agent;
        agent.name = "agent-" + std::to_string(a);
        agent.labels = {{"region", "eu"}};
        agent.totals = result.totals;
        result.agents.push_back(std::move(agent));
    }
    return result;
}

}  // namespace

TEST_CASE("the page carries its data where no markup of a stranger can end it", "[report]") {
    const std::string html = report::report_html(test::sample_result());
    CHECK(count_of(html, "</script>") == 2);
    const Json data = data_of(html);
    bool found = false;
    for (const Json& error : data["report"]["errors"]) {
        found = found || (error["example"].is_object() &&
                          error["example"]["body"].get<std::string>().find("</script>") != std::string::npos);
    }
    CHECK(found);
}

TEST_CASE("the page refers to nothing outside of itself", "[report]") {
    const std::string page(report::page_bytes());
    CHECK(page.find("default-src 'none'") != std::string::npos);
    for (const char* reference : {"src=\"", "@import", "url(http", "href=\"http"})
        CHECK(page.find(reference) == std::string::npos);
}

TEST_CASE("a point keeps the lowest and the highest of its seconds, and the true maximum", "[report]") {
    results::RunResult result = wide_result(1, 1, 1);
    report::PageTimeline timeline(result, 3000);
    for (std::uint32_t second = 0; second < 3000; ++second) {
        results::SecondResult row;
        row.second = second;
        row.scenarios.resize(1);
        row.scenarios[0].delivered = second == 1001 ? 0 : 100;
        row.scenarios[0].steps = {answers(1, second == 1000 ? 5'000'000 : 20'000)};
        timeline.add(row);
    }
    const Json page = timeline.finish();
    CHECK(page["point_seconds"] == 2);
    CHECK(page["series"]["delivered"].size() == 1500);
    CHECK(page["series"]["delivered"][500] == 50);
    CHECK(page["series"]["delivered_low"][500] == 0);
    CHECK(page["series"]["delivered_high"][500] == 100);
    CHECK(page["series"]["max"][500] == 5000);
    CHECK(page["series"]["max"][501] == 20);
}

TEST_CASE("seconds that nobody reported stay gaps", "[report]") {
    results::RunResult result = wide_result(1, 1, 1);
    report::PageTimeline timeline(result, 10);
    for (const std::uint32_t second : {0U, 1U, 7U}) {
        results::SecondResult row;
        row.second = second;
        row.scenarios.resize(1);
        row.scenarios[0].steps = {answers(4, 1000)};
        timeline.add(row);
    }
    const Json page = timeline.finish();
    REQUIRE(page["series"]["p95"].size() == 10);
    CHECK(page["series"]["p95"][1].is_number());
    CHECK(page["series"]["p95"][4].is_null());
    CHECK(page["series"]["delivered"][4].is_null());
    CHECK(page["series"]["p95"][7].is_number());
}

TEST_CASE("rows of several seconds count per second", "[report]") {
    results::RunResult result = wide_result(1, 1, 1);
    result.timeline_step = 4;
    report::PageTimeline timeline(result, 8);
    for (const std::uint32_t second : {0U, 4U}) {
        results::SecondResult row;
        row.second = second;
        row.seconds = 4;
        row.scenarios.resize(1);
        row.scenarios[0].delivered = 400;
        row.scenarios[0].steps = {answers(4, 1000)};
        timeline.add(row);
    }
    const Json page = timeline.finish();
    CHECK(page["point_seconds"] == 4);
    CHECK(page["series"]["delivered"] == Json::array({100, 100}));
    CHECK(page["series"]["delivered_high"] == Json::array({100, 100}));
}

TEST_CASE("12 hours with 50 steps and 100 agents stay below 3 MB", "[report]") {
    constexpr std::uint32_t kSeconds = 12 * 3600;
    constexpr std::uint32_t kRow = 16;  // what the merger folds a run of this length to
    results::RunResult result = wide_result(10, 5, 100);
    result.timeline_step = kRow;
    report::PageTimeline timeline(result, kSeconds);
    for (std::uint32_t second = 0; second < kSeconds; second += kRow) {
        results::SecondResult row;
        row.second = second;
        row.seconds = kRow;
        row.scenarios.resize(10);
        const std::uint64_t micros = 10'000 + second % 977 * 50;
        for (auto& scenario : row.scenarios) {
            scenario.planned = scenario.offered = scenario.delivered = 3000 + second % 71;
            scenario.steps.assign(5, answers(12, micros));
        }
        const metrics::Histogram latency = answers(3, micros).latency;
        for (const auto& agent : result.agents) {
            row.agent_requests[agent.name] = 500 + second % 13;
            row.agent_latency[agent.name] = latency;
        }
        timeline.add(row);
    }
    const std::size_t size = timeline.finish().dump().size() + report::report_html(result).size();
    CHECK(size < 3'000'000);
}

TEST_CASE("a run that never started still has a page", "[report]") {
    results::RunResult result;
    result.id = "0";
    const Json data = data_of(report::report_html(result));
    CHECK(data["page"]["seconds"] == 0);
    CHECK(data["report"]["run"]["verdict"] == "NONE");
}
