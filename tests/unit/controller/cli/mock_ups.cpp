#include "tests/unit/controller/cli/mock_ups.h"

#include <array>
#include <chrono>

#include "tests/support/sample_result.h"

namespace culvert::test {
namespace {

using namespace std::chrono_literals;

run::StepView step_view(std::string scenario, std::string step, double rate, std::array<double, 4> ms, double errors,
                        std::initializer_list<double> spark) {
    run::StepView view;
    view.scenario = std::move(scenario);
    view.step = std::move(step);
    view.requests_per_second = rate;
    view.p50_ms = ms[0];
    view.p95_ms = ms[1];
    view.p99_ms = ms[2];
    view.max_ms = ms[3];
    view.error_ratio = errors;
    for (const double point : spark) view.spark_p95_ms.emplace_back(point);
    return view;
}

run::AgentView agent_view(std::string name, std::string transport, std::string proxy, double rtt, double rate,
                          double p95, double cpu, double late) {
    run::AgentView view;
    view.name = std::move(name);
    view.labels = {{"arch", "x86_64"}, {"os", "linux"}, {"region", "eu"}};
    view.state = results::AgentState::Running;
    view.transport = std::move(transport);
    view.proxy = std::move(proxy);
    view.rtt_ms = rtt;
    view.requests_per_second = rate;
    view.p95_ms = p95;
    view.cpu_percent = cpu;
    view.lateness_p99_us = late;
    return view;
}

// Ranks of a percentile: `count` samples of which the named percentiles and the maximum are exactly these.
metrics::Histogram shaped(std::uint64_t count, std::uint64_t p50, std::uint64_t p95, std::uint64_t p99,
                          std::uint64_t p999, std::uint64_t max) {
    metrics::Histogram histogram;
    const auto up_to = [count](double percent) {
        return static_cast<std::uint64_t>(static_cast<double>(count) * percent / 100.0 + 1);
    };
    histogram.record_micros(p50, up_to(50));
    histogram.record_micros(p95, up_to(95) - up_to(50));
    histogram.record_micros(p99, up_to(99) - up_to(95));
    histogram.record_micros(p999, up_to(99.9) - up_to(99));
    histogram.record_micros(max, count - up_to(99.9));
    return histogram;
}

}  // namespace

run::RunView mock_view() {
    run::RunView view;
    view.id = "7f3a";
    view.name = "Checkout";
    view.state = results::RunState::Running;
    view.phase = "hold 200/s";
    view.elapsed_s = 212;
    view.length_s = 330;
    view.load.planned_per_second = 200.0;
    view.load.offered_per_second = 200.0;
    view.load.delivered_per_second = 199.8;
    view.load.users = 318;
    view.load.in_flight = 41;
    view.error_ratio = 0.005;
    view.errors = {{"HTTP 500", 412}, {"timeout", 12}};
    view.steps = {step_view("browse", "list products", 200.0, {41, 112, 240, 1200}, 0,
                            {30, 31, 30, 42, 30, 31, 30, 55, 112, 42, 31, 30}),
                  step_view("browse", "add to cart", 199.8, {58, 171, 390, 1400}, 0.011,
                            {40, 40, 60, 41, 40, 60, 41, 100, 171, 80, 41, 40}),
                  step_view("trickle", "health", 19.9, {6, 9, 14, 88}, 0, {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9})};
    view.agents = {agent_view("fra-1", "websocket", "http://proxy.corp:3128", 18, 279.8, 139, 31, 62),
                   agent_view("fra-2", "long_poll", "https://proxy2.corp:443", 41, 139.9, 151, 22, 71)};
    run::AgentView lost;
    lost.name = "ams-3";
    lost.labels = {{"region", "eu"}};
    lost.state = results::AgentState::Lost;
    lost.silent_for_s = 30;
    view.agents.push_back(lost);
    view.thresholds = {
        {"p95(browse/list products) < 300 ms", 112.0, "112 ms", results::ThresholdState::Pass, std::nullopt},
        {"error_rate < 1 %", 0.005, "0.5 %", results::ThresholdState::Pass, std::nullopt}};
    view.trust = {{"lost_agent", "0", "1", "totals", "ams-3 lost (VALID again if it returns with its spool)", false}};
    view.worst_clock_error_ms = 0.8;
    view.events = {{182'000, "agent_lost", "ams-3", "ams-3 lost: link silent for 10 s"},
                   {184'000, "amended", "", "its share (50/s) went to fra-1 and fra-2"}};
    return view;
}

results::RunResult mock_result() {
    results::RunResult result;
    result.id = "7f3a";
    auto plan = *sample_plan();
    workload::RequestStep cart;
    cart.name = "add to cart";
    cart.index = 1;
    cart.timeout = 30s;
    plan.scenarios[0].steps.emplace_back(cart);
    result.plan = std::make_shared<const workload::Plan>(plan);
    result.state = results::RunState::Finished;
    result.totals.resize(2);
    metrics::StepStats list;
    list.requests = 63'000;
    list.failures = 126;
    list.status = {{200, 62'874}, {503, 126}};
    list.errors[static_cast<std::size_t>(metrics::ErrorKind::Status)] = 126;
    list.latency = shaped(63'000, 42'000, 118'000, 251'000, 870'000, 1'900'000);
    metrics::StepStats add;
    add.requests = 62'890;
    add.failures = 1'635;
    add.status = {{200, 61'255}, {500, 1'590}};
    add.errors[static_cast<std::size_t>(metrics::ErrorKind::Status)] = 1'590;
    add.errors[static_cast<std::size_t>(metrics::ErrorKind::Timeout)] = 45;
    add.latency = shaped(62'890, 60'000, 182'000, 402'000, 1'300'000, 3'100'000);
    metrics::StepStats health;
    health.requests = 6'580;
    health.status = {{200, 6'580}};
    health.latency = shaped(6'580, 6'000, 9'000, 15'000, 40'000, 88'000);
    result.totals[0].planned = result.totals[0].offered = 63'000;
    result.totals[0].delivered = 62'890;
    result.totals[0].interrupted = 110;
    result.totals[0].steps = {list, add};
    result.totals[1].steps = {health};
    const std::array<std::pair<const char*, std::uint64_t>, 3> agents{
        {{"fra-1", 76'573}, {"fra-2", 38'287}, {"ams-3", 17'610}}};
    for (const auto& [name, requests] : agents) {
        results::AgentResult agent;
        agent.name = name;
        agent.totals.resize(1);
        agent.totals[0].steps.resize(1);
        agent.totals[0].steps[0].requests = requests;
        result.agents.push_back(std::move(agent));
    }
    result.agents[2].lost_at_millis = 182'000;
    for (std::uint32_t second = 0; second < 330; ++second) {
        results::SecondResult row;
        row.second = second;
        result.timeline.push_back(row);
    }
    result.verdict = results::Verdict::Fail;
    result.thresholds = {
        {"p95(browse/list products) < 300ms", 118.0, "118 ms", results::ThresholdState::Pass, std::nullopt},
        {"error_rate < 1%", 0.0133, "1.33 %", results::ThresholdState::Fail, 312}};
    result.trust = {{"lost_agent", "0", "1", "totals",
                     "ams-3 never came back; its last second is unknown (at most 105 requests).", false}};
    result.ledger = {843, 842, 1, 0, 0, false};
    return result;
}

report::WrittenReport mock_files() {
    return {"runs/7f3a", {"report.json", "report.html", "junit.xml", "intervals.csv"}, {}};
}

cli::render::MeshView mock_mesh() {
    using roster::EntryState;
    cli::render::MeshView view;
    view.mesh = "acme";
    view.relay = "wss://relay.example.com/mesh";
    view.own_version = "1.2.0";
    view.now = WallTime(1'790'000'000s);
    const auto agent = [](const char* name, const char* region, double weight, EntryState state, const char* transport,
                          const char* proxy) {
        roster::RosterEntry entry;
        entry.name = name;
        entry.labels = {{"region", region}};
        entry.weight = weight;
        entry.state = state;
        entry.transport = transport;
        entry.proxy = proxy;
        entry.program_version = "1.2.0";
        entry.charter.targets = {"*.acme.test:443"};
        return entry;
    };
    auto fra1 = agent("fra-1", "eu", 4, EntryState::Ready, "websocket", "http://proxy.corp:3128");
    fra1.clock = roster::ClockOffset{300us, 800us, 18ms};
    fra1.cpu_percent = 2;
    auto fra2 = agent("fra-2", "eu", 2, EntryState::Ready, "long_poll", "https://proxy2:443");
    fra2.clock = roster::ClockOffset{-1100us, 2ms, 41ms};
    fra2.cpu_percent = 3;
    fra2.note = "the proxy answers 403 to WebSocket; works over long-poll";
    auto iad1 = agent("iad-1", "us", 4, EntryState::Busy, "websocket", "");
    iad1.busy_with = "81c2";
    iad1.clock = roster::ClockOffset{100us, 500us, 92ms};
    iad1.cpu_percent = 44;
    auto sin1 = agent("sin-1", "ap", 2, EntryState::Offline, "websocket", "http://px:8080");
    sin1.program_version = "1.1.4";
    sin1.last_seen = view.now - 3h;
    sin1.note = "proxy px:8080 closed the link, 502";
    view.agents = {fra1, fra2, iad1, sin1};
    view.pending = {{"tmp-9", "4c1d02f7aa31c6e0", "10.0.3.7", true, 4min}};
    view.revoked = {{"old-7", Role::Agent, {}, view.now - 48h}, {"ci", Role::Controller, {}, view.now - 5min}};
    return view;
}

}  // namespace culvert::test
