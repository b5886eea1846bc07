#include "tests/support/sample_result.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <random>

namespace culvert::test {
namespace {

using namespace std::chrono_literals;
using metrics::ErrorKind;

constexpr std::uint32_t kSeconds = 334;
constexpr std::uint32_t kLoadSeconds = 330;
constexpr std::uint32_t kWarmup = 10;
constexpr std::uint32_t kLostAt = 182;
constexpr std::uint32_t kRedistributedAt = 184;
constexpr std::uint32_t kStallAt = 140;

struct AgentShape {
    const char *name, *region, *transport, *proxy;
    double weight, rtt_ms, clock_ms, clock_error_ms, slowness;
};
constexpr std::array kAgents{
    AgentShape{"fra-1", "eu", "websocket", "http://proxy.corp:3128", 4, 18.2, 0.31, 0.8, 1.0},
    AgentShape{"fra-2", "eu", "long_poll", "http://proxy2.corp:443", 2, 41.4, -1.12, 2.0, 1.05},
    AgentShape{"ams-3", "nl", "websocket", "", 2, 92.7, 0.12, 0.5, 1.55}};

struct StepShape {
    double median_ms, spread, connect_share;
};
constexpr std::array kBrowse{StepShape{41, 0.55, 0.01}, StepShape{58, 0.6, 0.004}};
constexpr StepShape kHealth{6, 0.22, 0.002};

constexpr const char* kPlanText = R"(# yaml-language-server: $schema=plan.schema.json
culvert: 1
name: Checkout
variables:
  base: "https://shop.example.com"
  api_key: { env: SHOP_API_KEY, secret: true }
http: { timeout: 30s, headers: { X-Api-Key: "${api_key}" } }
scenarios:
  browse:
    load:                                       # open model
      - ramp_rate:     { from: 0/s, to: 200/s, over: 30s }
      - constant_rate: { rate: 200/s, for: 5m }
    finish_within: 30s
    steps:
      - get: "${base}/products"
        name: list products
      - post: "${base}/cart"
        name: add to cart
        json: { sku: lamp-7 }
  trickle:
    load: [ constant_users: { users: 20, for: 5m30s } ]
    pace: 1s
    steps: [ get: "${base}/health" ]
thresholds:
  - p95(browse/list products) < 300ms
  - p99(browse) < 800ms
  - error_rate < 1%
warmup: 10s
)";

class Maker {
  public:
    Maker() : random_(20260101) {}

    results::RunResult make();

  private:
    double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    double normal() { return std::normal_distribution<double>(0, 1)(random_); }
    std::uint64_t slots(std::uint32_t second, double part);
    void request(metrics::StepStats& stats, const StepShape& shape, const AgentShape& agent, std::uint32_t second,
                 bool cart);
    metrics::ScenarioStats browse(const AgentShape& agent, std::uint32_t second, double part);
    metrics::ScenarioStats trickle(const AgentShape& agent, std::uint32_t second, double part);

    std::mt19937_64 random_;
    double carried_ = 0;
};

// Slots due in a second for a part of the load, with the fractions carried on.
std::uint64_t Maker::slots(std::uint32_t second, double part) {
    const double rate = second >= kLoadSeconds ? 0 : second < 30 ? 200.0 * (second + 0.5) / 30.0 : 200.0;
    carried_ += rate * part;
    const double whole = std::floor(carried_);
    carried_ -= whole;
    return static_cast<std::uint64_t>(whole);
}

void Maker::request(metrics::StepStats& stats, const StepShape& shape, const AgentShape& agent, std::uint32_t second,
                    bool cart) {
    const bool cold = second < 4;
    const bool failing = cart && second >= 300 && second < 325;
    double ms = shape.median_ms * agent.slowness *
                (cold      ? 4.0
                 : failing ? 2.4
                           : 1.0) *
                std::exp(shape.spread * normal());
    if (uniform() < 0.003) ms += 400 + 900 * uniform();
    if (uniform() < 0.12) ms += 30;  // a second mode: cache misses
    double waited = 0;
    if (second == kStallAt || second == kStallAt + 1) waited = (second == kStallAt ? 1000 : 500) * uniform();
    const bool timeout = cart && uniform() < 0.0007;
    if (timeout) ms = 30'000;

    ++stats.requests;
    stats.bytes_sent += cart ? 612 : 388;
    const auto send_micros = static_cast<std::uint64_t>(ms * 1000);
    stats.send_latency.record_micros(send_micros);
    stats.latency.record_micros(send_micros + static_cast<std::uint64_t>(waited * 1000) + 40);
    if (timeout) {
        ++stats.failures;
        ++stats.errors[static_cast<std::size_t>(ErrorKind::Timeout)];
        return;
    }
    double left = ms * 1000;
    const auto phase = [&](metrics::PhaseSums::Phase& to, double micros) {
        const double spent = std::min(micros, left);
        left -= spent;
        to.sum_micros += static_cast<std::uint64_t>(spent);
        ++to.count;
    };
    if (cold || uniform() < shape.connect_share) {
        phase(stats.phases.dns, 900 + 4000 * uniform());
        phase(stats.phases.connect, agent.rtt_ms * 180);
        phase(stats.phases.tls, agent.rtt_ms * 350);
    }
    phase(stats.phases.first_byte, left * 0.86);
    phase(stats.phases.rest, left);
    stats.bytes_received += cart ? 430 : 5'800;
    const bool broken = cart && uniform() < (failing ? 0.33 : 0.0005);
    const bool unavailable = !cart && shape.median_ms > 10 && uniform() < (second == kStallAt + 1 ? 0.5 : 0.0002);
    const bool unexpected = !cart && shape.median_ms > 10 && uniform() < 0.0002;
    ++stats.status[broken ? 500 : unavailable ? 503 : 200];
    if (broken || unavailable) ++stats.errors[static_cast<std::size_t>(ErrorKind::Status)];
    if (unexpected && !unavailable) ++stats.errors[static_cast<std::size_t>(ErrorKind::Check)];
    if (broken || unavailable || unexpected) ++stats.failures;
}

metrics::ScenarioStats Maker::browse(const AgentShape& agent, std::uint32_t second, double part) {
    metrics::ScenarioStats stats;
    stats.steps.resize(2);
    stats.planned = slots(second, part);
    stats.missed = second == kStallAt + 1 ? stats.planned / 12 : 0;
    stats.offered = stats.planned - stats.missed;
    stats.delivered = second == kStallAt ? stats.offered / 8 : stats.offered;
    stats.users = static_cast<std::uint64_t>(298.0 * part * std::min(1.0, (second + 1) / 30.0)) +
                  (second == kStallAt + 1 ? 60 : 0);
    stats.in_flight = static_cast<std::uint64_t>(20 * part + 6 * uniform()) + (second == kStallAt ? 90 : 0);
    for (std::uint64_t i = 0; i < stats.delivered; ++i) {
        request(stats.steps[0], kBrowse[0], agent, second, false);
        request(stats.steps[1], kBrowse[1], agent, second, true);
    }
    return stats;
}

metrics::ScenarioStats Maker::trickle(const AgentShape& agent, std::uint32_t second, double part) {
    metrics::ScenarioStats stats;
    stats.steps.resize(1);
    const auto users = static_cast<std::uint64_t>(std::llround(20 * part));
    if (second >= kLoadSeconds) return stats;
    stats.planned = stats.offered = stats.delivered = stats.users = users;
    for (std::uint64_t i = 0; i < users; ++i) request(stats.steps[0], kHealth, agent, second, false);
    return stats;
}

results::RunResult::Example example_of(ErrorKind kind, std::uint32_t step, std::uint32_t second, std::string what,
                                       std::string head, std::string body, std::uint64_t micros, std::string agent) {
    results::RunResult::Example found;
    found.agent = std::move(agent);
    found.example.kind = kind;
    found.example.step = step;
    found.example.second = second;
    found.example.what = std::move(what);
    found.example.request_head = step == 1 ? "POST /cart HTTP/1.1\nhost: shop.example.com\nx-api-key: "
                                             "***\ncontent-type: application/json\ncontent-length: 16"
                                           : "GET /products HTTP/1.1\nhost: shop.example.com\nx-api-key: ***";
    found.example.response_head = std::move(head);
    found.example.body = std::move(body);
    found.example.local_address = "10.0.3.17:51544";
    found.example.remote_address = "203.0.113.10:443";
    found.example.latency_micros = micros;
    found.example.phase = kind == ErrorKind::Timeout ? "first_byte" : kind == ErrorKind::Check ? "check" : "body";
    return found;
}

void add_people_facts(results::RunResult& result) {
    result.events = {{-3000, "started", "", "3 agents ready; second 0 is at one instant for all"},
                     {0, "started", "", "load begins"},
                     {static_cast<std::int64_t>(kStallAt) * 1000 + 500, "comment", "", "deploy 412"},
                     {kLostAt * 1000, "agent_lost", "ams-3", "ams-3 lost: link silent for 10 s"},
                     {kRedistributedAt * 1000, "amended", "", "the share of ams-3 (50/s) went to fra-1 and fra-2"},
                     {312'000, "threshold_crossed", "", "error_rate < 1% crossed: 1.04 %"},
                     {334'000, "finished", "", "every agent reported its totals"}};
    result.trust = {{"lost_agent", "0 agents", "1 agent", "totals",
                     "ams-3 never came back; its last second is unknown (at most 105 requests)", true}};
    result.verdict = results::Verdict::Fail;
    result.thresholds = {
        {"p95(browse/list products) < 300ms", 118.0, "118 ms", results::ThresholdState::Pass, std::nullopt},
        {"p99(browse) < 800ms", 402.0, "402 ms", results::ThresholdState::Pass, std::nullopt},
        {"error_rate < 1%", 0.0133, "1.33 %", results::ThresholdState::Fail, 312}};
    result.examples = {
        example_of(ErrorKind::Status, 1, 302, "HTTP 500",
                   "HTTP/1.1 500 Internal Server Error\nserver: nginx\ncontent-type: application/json",
                   "{\"error\":\"cart <b>store</b> </script> unavailable\",\"trace\":\"8f14e45f\"}", 143'200, "fra-1"),
        example_of(ErrorKind::Timeout, 1, 88, "timeout after 30s", "", "", 30'000'000, "fra-2"),
        example_of(ErrorKind::Status, 0, 141, "HTTP 503",
                   "HTTP/1.1 503 Service Unavailable\nserver: nginx\nretry-after: 1", "upstream is restarting", 12'100,
                   "fra-1"),
        example_of(ErrorKind::Check, 0, 77, "check json /items/0/sku exists: absent",
                   "HTTP/1.1 200 OK\ncontent-type: application/json", "{\"items\":[]}", 38'400, "fra-1")};
}

results::RunResult Maker::make() {
    results::RunResult result;
    result.id = "7f3a";
    result.plan = sample_plan();
    result.state = results::RunState::Finished;
    result.started_at = WallTime(1'790'000'000s);
    result.ended_at = result.started_at + 334s;
    result.seed = 42;
    result.planned_length = 330s;
    result.totals.resize(2);
    for (std::size_t i = 0; i < 2; ++i) result.totals[i].steps.resize(i == 0 ? 2 : 1);
    for (const AgentShape& shape : kAgents) {
        results::AgentResult agent;
        agent.name = shape.name;
        agent.labels = {{"region", shape.region}, {"size", shape.weight > 2 ? "large" : "small"}};
        agent.weight = shape.weight;
        agent.state = results::AgentState::Finished;
        agent.transport = shape.transport;
        agent.proxy = shape.proxy;
        agent.rtt_ms = shape.rtt_ms;
        agent.clock_offset_ms = shape.clock_ms;
        agent.clock_error_ms = shape.clock_error_ms;
        agent.start_skew_ms = 0.4 + shape.clock_error_ms / 10;
        agent.cpu_percent_max = 31 * shape.weight / 4 + 8;
        agent.cpu_percent_last = agent.cpu_percent_max - 5;
        agent.totals = result.totals;
        for (int i = 0; i < 4000; ++i)
            agent.lateness.record_micros(static_cast<std::uint64_t>(28 * std::exp(0.32 * normal())));
        agent.intervals_sent = agent.intervals_merged = kSeconds;
        agent.finished = agent.totals_equal = true;
        result.agents.push_back(std::move(agent));
    }
    results::AgentResult& lost = result.agents[2];
    lost.state = results::AgentState::Lost;
    lost.lost_at_millis = kLostAt * 1000;
    lost.intervals_sent = kLostAt - 8;
    lost.intervals_merged = kLostAt - 9;
    lost.finished = lost.totals_equal = false;
    result.agents[0].intervals_duplicated = 3;

    for (std::uint32_t second = 0; second < kSeconds; ++second) {
        results::SecondResult row;
        row.second = second;
        row.warmup = second < kWarmup;
        row.scenarios.resize(2);
        for (std::size_t a = 0; a < kAgents.size(); ++a) {
            const bool gone = a == 2 && second >= kLostAt - 9;
            if (gone) continue;
            const bool moved = second >= kRedistributedAt;
            const double part = kAgents[a].weight / (moved ? 6.0 : 8.0);
            const std::array scenarios{browse(kAgents[a], second, part), trickle(kAgents[a], second, part)};
            for (std::size_t i = 0; i < scenarios.size(); ++i) {
                row.scenarios[i].merge(scenarios[i]);
                if (!row.warmup) result.agents[a].totals[i].merge(scenarios[i]);
                for (const metrics::StepStats& step : scenarios[i].steps) {
                    row.agent_requests[kAgents[a].name] += step.requests;
                    if (!step.latency.empty()) row.agent_latency[kAgents[a].name].merge(step.latency);
                }
            }
        }
        const bool unknown = second >= kLostAt - 9 && second < kRedistributedAt;
        if (unknown) row.scenarios[0].planned += 50;  // what ams-3 should have started; nobody can say
        if (!row.warmup) {
            for (std::size_t i = 0; i < 2; ++i) result.totals[i].merge(row.scenarios[i]);
        }
        result.timeline.push_back(std::move(row));
    }
    result.totals[0].interrupted = 110;
    result.totals[0].steps[1].interrupted = 110;
    result.ledger = {842, 841, 1, 3, 0, false};
    add_people_facts(result);
    return result;
}

}  // namespace

std::shared_ptr<const workload::Plan> sample_plan() {
    auto plan = std::make_shared<workload::Plan>();
    plan->name = "Checkout";
    plan->file = "checkout.yaml";
    plan->text = kPlanText;
    plan->warmup = 10s;
    workload::Scenario browse;
    browse.name = "browse";
    browse.load = {workload::RampRate{Rate::per_second(0), Rate::per_second(200), 30s},
                   workload::ConstantRate{Rate::per_second(200), 5min}};
    browse.finish_within = 30s;
    browse.request_names = {"list products", "add to cart"};
    workload::Scenario trickle;
    trickle.name = "trickle";
    trickle.load = {workload::ConstantUsers{20, 330s}};
    trickle.pace = 1s;
    trickle.request_names = {"health"};
    plan->scenarios = {browse, trickle};
    return plan;
}

results::RunResult sample_result() {
    return Maker().make();
}

}  // namespace culvert::test
