// A RunController with agents that are made of wood: what is sent to them is kept, what they say is said by the test;
// time is moved by hand.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "controller/run/run_controller.h"

namespace culvert::run {

class FakeClock final : public Clock {
  public:
    SteadyTime steady_now() const override { return now_; }
    WallTime wall_now() const override { return WallTime(now_.time_since_epoch() + std::chrono::hours(24)); }
    void move(Duration by) { now_ += by; }

  private:
    SteadyTime now_{std::chrono::seconds(1000)};
};

class FakePort final : public AgentPort {
  public:
    FakePort(std::string name, workload::Labels labels, double weight, Duration offset) {
        entry_.name = std::move(name);
        entry_.labels = std::move(labels);
        entry_.weight = weight;
        entry_.state = roster::EntryState::Ready;
        entry_.transport = "websocket";
        entry_.clock = roster::ClockOffset{offset, std::chrono::milliseconds(1), std::chrono::milliseconds(4)};
    }
    const roster::RosterEntry& entry() const override { return entry_; }
    roster::RosterEntry& entry() { return entry_; }
    void send(const protocol::ControllerMessage& message) override { sent.push_back(message); }
    bool has_room() const override { return sent_chunks() < room; }
    bool connected() const override { return is_connected; }
    bool drained() const override { return is_drained; }

    template <class T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const auto& message : sent) {
            if (const T* one = std::get_if<T>(&message)) found.push_back(*one);
        }
        return found;
    }
    std::size_t sent_chunks() const { return all<protocol::FileChunk>().size(); }

    std::vector<protocol::ControllerMessage> sent;
    std::size_t room = 1000;
    bool is_connected = true, is_drained = true;

  private:
    roster::RosterEntry entry_;
};

class Listener final : public RunObserver {
  public:
    void on_view(const RunView& view) override { views.push_back(view); }
    void on_event(const results::Event& event) override { events.push_back(event); }
    void on_over(const RunEnd& run_end) override {
        if (end) throw std::logic_error("a run is over once");
        end = run_end;
    }
    bool heard(const std::string& kind, const std::string& agent = "") const {
        for (const results::Event& event : events) {
            if (event.kind == kind && (agent.empty() || event.agent == agent)) return true;
        }
        return false;
    }

    std::vector<RunView> views;
    std::vector<results::Event> events;
    std::optional<RunEnd> end;
};

inline constexpr const char* kOpenPlan =
    "culvert: 1\nname: Bench\nscenarios:\n  one:\n    load: [ constant_rate: { rate: 70/s, for: 20s } ]\n    "
    "finish_within: 5s\n    steps: [ get: \"http://t.test/\" ]\n";

inline std::shared_ptr<const workload::Plan> plan_from(const std::string& text, const std::string& file = "plan.yaml") {
    auto plan = workload::parse_plan(file, text);
    if (!plan) throw std::runtime_error(config::to_string(plan.error().front()));
    return std::make_shared<const workload::Plan>(std::move(*plan));
}

// Agents a1, a2, a4 of weights 1, 2, 4, whose clocks are 100, 200 and 400 s ahead.
class RunBench {
  public:
    explicit RunBench(const std::string& plan_text = kOpenPlan,
                      config::OnLostAgent policy = config::OnLostAgent::Redistribute) {
        setup.id = "7f3a0001";
        setup.plan = plan_from(plan_text);
        setup.seed = 42;
        setup.policy.on_lost_agent = policy;
        for (const int weight : {1, 2, 4}) {
            ports.push_back(std::make_unique<FakePort>("a" + std::to_string(weight),
                                                       workload::Labels{{"size", weight == 4 ? "large" : "small"}},
                                                       weight, std::chrono::seconds(100 * weight)));
        }
    }

    RunController& make() {
        std::vector<AgentPort*> agents;
        for (const auto& port : ports) agents.push_back(port.get());
        controller = std::make_unique<RunController>(setup, agents, clock, listener, journal.get());
        return *controller;
    }
    RunController& run() { return *controller; }

    void say(std::size_t agent, protocol::AgentMessage message) { controller->on_message(agent, std::move(message)); }
    void prepare_all() {
        make().begin();
        for (std::size_t i = 0; i < ports.size(); ++i) say(i, protocol::Prepared{setup.id, {}, {}});
        controller->tick();
    }
    // To second 0.
    void start_all() {
        prepare_all();
        move(setup.policy.start_delay);
        for (std::size_t i = 0; i < ports.size(); ++i)
            say(i, protocol::Started{setup.id, std::chrono::microseconds(300)});
    }
    // In steps of 100 ms, ticking.
    void move(Duration by) {
        for (Duration moved{}; moved < by; moved += std::chrono::milliseconds(100)) {
            clock.move(std::chrono::milliseconds(100));
            controller->tick();
        }
    }
    metrics::Interval next_interval(std::size_t agent, std::uint64_t requests = 10, std::uint64_t failures = 0) {
        metrics::Interval one;
        one.number = ++made[agent];
        one.second = static_cast<std::uint32_t>(one.number - 1);
        one.scenarios.resize(setup.plan->scenarios.size());
        metrics::ScenarioStats& scenario = one.scenarios[0];
        scenario.planned = scenario.offered = scenario.delivered = requests;
        scenario.steps.resize(1);
        scenario.steps[0].requests = requests;
        scenario.steps[0].failures = failures;
        scenario.steps[0].errors[static_cast<std::size_t>(metrics::ErrorKind::Timeout)] = failures;
        scenario.steps[0].latency.record_micros(20'000, requests);
        one.lateness.record_micros(50, requests);
        one.cpu_percent = 12;
        totals[agent].add(one);
        return one;
    }
    void report(std::size_t agent, std::uint64_t requests = 10, std::uint64_t failures = 0) {
        say(agent, protocol::IntervalReport{setup.id, next_interval(agent, requests, failures)});
    }
    // Every agent in `agents` reports each second.
    void run_for(int seconds, const std::vector<std::size_t>& agents) {
        for (int second = 0; second < seconds && !controller->over(); ++second) {
            move(std::chrono::seconds(1));
            for (const std::size_t agent : agents) {
                if (!controller->over()) report(agent);
            }
        }
    }
    void finish(std::size_t agent, protocol::Outcome outcome = protocol::Outcome::Completed) {
        say(agent, protocol::RunFinished{setup.id, outcome, outcome == protocol::Outcome::Completed ? "" : "why",
                                         made[agent], 0, totals[agent]});
    }
    std::int64_t count(const results::RunResult& result) const {
        return static_cast<std::int64_t>(result.totals.at(0).steps.at(0).requests);
    }

    RunSetup setup;
    FakeClock clock;
    Listener listener;
    std::vector<std::unique_ptr<FakePort>> ports;
    std::unique_ptr<RunJournal> journal;  // none unless a test makes it
    std::unique_ptr<RunController> controller;
    std::map<std::size_t, std::uint64_t> made;
    std::map<std::size_t, protocol::RunTotals> totals;
};

}  // namespace culvert::run
