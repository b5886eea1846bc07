#include "controller/run/run_record.h"

#include <unistd.h>

#include <algorithm>

#include "common/base/log.h"

namespace culvert::run {
namespace {

using roster::EntryState;

}  // namespace

void remember_agents(store::Store& store, const std::vector<roster::RosterEntry>& entries, const Clock& clock) {
    for (const roster::RosterEntry& entry : entries) {
        if (entry.state == EntryState::Offline || entry.state == EntryState::Unreachable ||
            entry.state == EntryState::Connecting)
            continue;
        const store::SeenAgent seen{entry.name,   entry.address.node,    entry.labels,
                                    entry.weight, entry.program_version, entry.transport,
                                    entry.proxy,  clock.wall_now(),      entry.note};
        if (const Status ok = store.agents().saw(seen); !ok) {
            log::warning("the agents seen are not kept: " + ok.error().message);
            return;
        }
    }
}

void add_offline_agents(store::Store& store, std::vector<roster::RosterEntry>& entries) {
    const auto known = store.agents().list();
    if (!known) return;
    for (const store::SeenAgent& agent : *known) {
        const auto here = std::find_if(entries.begin(), entries.end(),
                                       [&agent](const roster::RosterEntry& entry) { return entry.name == agent.name; });
        if (here != entries.end()) {
            if (here->state != EntryState::Unreachable || here->address.node != agent.node) continue;
            here->labels = agent.labels;
            here->weight = agent.weight;
            here->program_version = agent.program_version;
            here->proxy = agent.proxy;
            continue;
        }
        roster::RosterEntry& entry = entries.emplace_back();
        entry.address.node = agent.node;
        entry.name = agent.name;
        entry.labels = agent.labels;
        entry.weight = agent.weight;
        entry.state = EntryState::Offline;
        entry.program_version = agent.program_version;
        entry.transport = agent.transport;
        entry.proxy = agent.proxy;
        entry.last_seen = agent.last_seen;
        entry.note = agent.last_words;
    }
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

RecordingObserver::RecordingObserver(RunObserver& next, store::Store* store, const RunSetup& setup,
                                     std::string control_socket, const Clock& clock)
    : next_(next), store_(store), clock_(clock) {
    record_.id = setup.id;
    record_.name = setup.plan->name;
    record_.plan_file = setup.plan->file;
    record_.started = clock.wall_now();
    record_.out_dir = setup.out_dir;
    record_.pid = ::getpid();
    record_.control_socket = std::move(control_socket);
}

void RecordingObserver::on_present(const std::vector<roster::RosterEntry>& present) {
    if (store_ != nullptr) remember_agents(*store_, present, clock_);
}

void RecordingObserver::on_chosen(const std::vector<roster::RosterEntry>& chosen) {
    record_.agents = static_cast<std::uint32_t>(chosen.size());
}

void RecordingObserver::on_view(const RunView& view) {
    const std::string state = results::to_string(view.state);
    const std::string trust = view.trust.empty() ? "VALID" : "SUSPECT";
    if (state != record_.state || trust != record_.trust) {
        record_.state = state;
        record_.trust = trust;
        record_.state_reason = view.state_reason;
        put();
    }
    next_.on_view(view);
}

void RecordingObserver::on_over(const RunEnd& end) {
    record_.state = results::to_string(end.result.state);
    record_.state_reason = end.result.state_reason;
    record_.started = end.result.started_at;
    record_.ended = end.result.ended_at;
    record_.verdict = results::to_string(end.result.verdict);
    record_.trust = end.result.valid() ? "VALID" : "SUSPECT";
    record_.exit_code = static_cast<int>(end.exit_code);
    put();
    next_.on_over(end);
}

void RecordingObserver::put() {
    if (store_ == nullptr) return;
    const Status ok = store_->runs().put(record_);
    if (!ok && !told_) log::warning("the run is not kept in the history: " + ok.error().message, {{"run", record_.id}});
    told_ = told_ || !ok;
}

}  // namespace culvert::run
