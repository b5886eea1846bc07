#include "controller/results/merger.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace culvert::results {
namespace {

std::vector<JudgedAgent> judged(const std::vector<MergerSeat>& agents) {
    std::vector<JudgedAgent> list;
    for (const MergerSeat& agent : agents) list.push_back({agent.name, agent.labels});
    return list;
}

}  // namespace

Merger::Merger(std::string id, std::shared_ptr<const workload::Plan> plan, std::uint64_t seed,
               std::vector<MergerSeat> agents, TimelineLimits limits)
    : planned_(plan, seed), judge_(plan, judged(agents), planned_.length()), seconds_(limits) {
    head_.id = std::move(id);
    head_.plan = std::move(plan);
    head_.seed = seed;
    head_.planned_length = planned_.length();
    std::size_t steps = 0;
    for (const workload::Scenario& scenario : head_.plan->scenarios) steps += scenario.request_names.size();
    const bool detailed = agents.size() * steps <= kMostDetailed;
    accounts_.reserve(agents.size());
    for (MergerSeat& agent : agents) {
        accounts_.emplace_back(*head_.plan,
                               detailed ? AgentAccount::Detail::BySteps : AgentAccount::Detail::ByScenarios);
        index_.emplace(agent.name, static_cast<std::uint32_t>(head_.agents.size()));
        AgentResult& result = head_.agents.emplace_back();
        result.name = std::move(agent.name);
        result.labels = std::move(agent.labels);
        result.weight = agent.weight;
    }
}

AgentResult* Merger::find_agent(std::string_view name) {
    const auto at = index_.find(name);
    return at == index_.end() ? nullptr : &head_.agents[at->second];
}

Status Merger::check(const metrics::Interval& interval) const {
    const auto& scenarios = head_.plan->scenarios;
    const auto refuse = [&interval](const char* why) {
        return fail(Code::InvalidInput, fmt::format("interval {}: {}", interval.number, why));
    };
    if (interval.scenarios.size() != scenarios.size()) return refuse("another number of scenarios than the plan has");
    if (interval.second > std::chrono::ceil<std::chrono::seconds>(planned_.length()).count() + kSecondsPastTheEnd)
        return refuse("its second is long after the end of the plan");
    if (!std::isfinite(interval.cpu_percent) || interval.cpu_percent < 0) return refuse("its CPU is no number");
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
        const auto& steps = interval.scenarios[i].steps;
        if (steps.size() > scenarios[i].request_names.size()) return refuse("more steps than the plan has");
        for (const metrics::StepStats& step : steps) {
            const bool known =
                step.status.empty() || (step.status.begin()->first >= 100 && step.status.rbegin()->first <= 999);
            if (!known) return refuse("a status that HTTP does not have");
        }
    }
    return {};
}

Result<Merger::Merged> Merger::merge(std::string_view agent, const metrics::Interval& interval) {
    const auto at = index_.find(agent);
    if (at == index_.end()) return fail(Code::InvalidInput, fmt::format("agent {} is not in this run", agent));
    AgentAccount& account = accounts_[at->second];
    if (account.has(interval.number)) {
        account.count_duplicate();
        return Merged::Duplicate;
    }
    if (const Status ok = check(interval); !ok) return tl::unexpected(ok.error());
    std::vector<metrics::Histogram> latency(interval.scenarios.size());
    for (std::size_t i = 0; i < interval.scenarios.size(); ++i) {
        for (const metrics::StepStats& step : interval.scenarios[i].steps) sum_.add(step.latency);
        latency[i] = sum_.take();
    }
    if (!account.add(interval, latency))
        return fail(Code::InvalidInput, fmt::format("interval {}: no such number", interval.number));
    for (std::size_t i = 1; i < latency.size(); ++i) latency.front().merge(latency[i]);
    seconds_.add(at->second, interval, std::move(latency.front()));
    judge_.observe(at->second, interval);
    return Merged::Counted;
}

Status Merger::finish_agent(std::string_view agent, const FinalAccount& claimed) {
    const auto at = index_.find(agent);
    if (at == index_.end()) return fail(Code::InvalidInput, fmt::format("agent {} is not in this run", agent));
    accounts_[at->second].claim(claimed);
    return {};
}

Status Merger::leave_agent(std::string_view agent, std::uint64_t intervals_sent) {
    const auto at = index_.find(agent);
    if (at == index_.end()) return fail(Code::InvalidInput, fmt::format("agent {} is not in this run", agent));
    accounts_[at->second].leave(intervals_sent);
    return {};
}

void Merger::add_example(std::string_view agent, metrics::ErrorExample example) {
    if (head_.examples.size() >= kMostExamples || !index_.contains(agent)) return;
    if (example.scenario >= head_.plan->scenarios.size()) return;
    if (example.step >= head_.plan->scenarios[example.scenario].request_names.size()) return;
    // An example has no number; one that was on its way when a process died comes again.
    const auto known = [&example, agent](const RunResult::Example& other) {
        const metrics::ErrorExample& known_one = other.example;
        return other.agent == agent && known_one.second == example.second && known_one.kind == example.kind &&
               known_one.step == example.step && known_one.scenario == example.scenario &&
               known_one.latency_micros == example.latency_micros && known_one.local_address == example.local_address;
    };
    if (std::any_of(head_.examples.begin(), head_.examples.end(), known)) return;
    head_.examples.push_back({std::move(example), std::string(agent)});
}

void Merger::add_event(Event event) {
    constexpr std::size_t kFirstKept = 100;
    head_.events.push_back(std::move(event));
    if (head_.events.size() <= kMostEvents) return;
    ++dropped_events_;
    head_.events.erase(head_.events.begin() + kFirstKept);
    head_.events[kFirstKept] = Event{head_.events[kFirstKept].at_millis, "events_dropped", "",
                                     fmt::format("{} events left out here", dropped_events_ + 1)};
}

void Merger::cut_plan_at(Duration since_start) {
    cut_at_ = std::min(cut_at_.value_or(since_start), since_start);
    judge_.load_ends_at(static_cast<std::uint32_t>(
        std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(since_start).count())));
}

void Merger::settle() const {
    seconds_.settle([this](std::uint32_t second, const SecondRow& row) { judge_.observe_all(second, row.scenarios); });
}

void Merger::close_until(std::uint32_t end) {
    settle();
    judge_.close_until(end);
}

std::optional<std::string> Merger::abort_reason() const {
    settle();
    return judge_.abort_reason();
}

void Merger::finish() {
    if (finished_) return;
    finished_ = true;
    settle();
    judge_.finish(last_second() ? *last_second() + 1 : 0);
}

SecondResult Merger::window(std::uint32_t first, std::uint32_t last) const {
    settle();
    return seconds_.window(first, last).result(first, last - first + 1, head_.agents);
}

std::optional<std::uint32_t> Merger::complete_second() const {
    std::optional<std::uint32_t> complete;
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        if (head_.agents[i].state != AgentState::Running) continue;
        const auto last = accounts_[i].last_second();
        if (!last) return std::nullopt;
        complete = std::min(complete.value_or(UINT32_MAX), *last);
    }
    return complete ? complete : last_second();
}

std::optional<std::uint64_t> Merger::planned(std::uint32_t first, std::uint32_t last) const {
    const SecondResult reported = window(first, last);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < head_.plan->scenarios.size(); ++i) {
        const auto part =
            planned_of(i, first, last + 1, i < reported.scenarios.size() ? reported.scenarios[i].planned : 0);
        if (!part) return std::nullopt;
        sum += *part;
    }
    return sum;
}

std::optional<std::uint64_t> Merger::planned_of(std::size_t scenario, std::uint32_t first, std::uint32_t end_second,
                                                std::uint64_t reported) const {
    const Duration end = std::chrono::seconds(end_second);
    const auto planned = planned_.planned(scenario, std::chrono::seconds(first), std::min(end, cut_at_.value_or(end)));
    const bool cut = cut_at_ && *cut_at_ < end;
    return planned && cut ? std::max(*planned, reported) : planned;
}

std::optional<std::uint64_t> Merger::planned_in_all(std::size_t scenario, std::uint32_t end) const {
    const auto measured_from =
        static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(head_.plan->warmup).count());
    std::uint32_t cut = end;
    if (cut_at_) cut = static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(*cut_at_).count());
    cut = std::clamp(cut, measured_from, std::max(end, measured_from));
    const auto before = planned_of(scenario, measured_from, cut, 0);
    const auto after = planned_of(scenario, cut, end, cut_at_ ? seconds_.planned_from(scenario, cut) : 0);
    return before && after ? std::optional(*before + *after) : std::nullopt;
}

}  // namespace culvert::results
