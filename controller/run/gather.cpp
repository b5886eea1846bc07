#include "controller/run/gather.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::run {
namespace {

using roster::EntryState;

constexpr Duration kLookEvery = std::chrono::milliseconds(50);
constexpr Duration kLineEvery = std::chrono::seconds(1);
// How many round trips to the relay: TLS, the upgrade or two requests, admission; a session is four when the agent is
// as far from the relay as we are, its first message and the clock two more, and each may have to be tried again.
constexpr int kTripsToRelay = 6, kTripsToAgents = 8, kTripsToAllAgents = 16;

std::string seconds_text(Duration duration) {
    return fmt::format("{} s", std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

std::string names_of(const std::vector<roster::RosterEntry>& entries) {
    constexpr std::size_t kMostNames = 20;
    std::string names;
    for (std::size_t i = 0; i < entries.size() && i < kMostNames; ++i) {
        std::string about = roster::to_string(entries[i].state);
        for (const auto& [label, value] : entries[i].labels) about += fmt::format(" {}={}", label, value);
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", entries[i].name, about);
    }
    return names.empty() ? "nobody is there" : "there are " + names;
}

std::string text_of(const workload::Selector& selector) {
    std::string text;
    for (const workload::Selector::Term& term : selector.terms) {
        text += fmt::format("{}{}{}{}", text.empty() ? " that match " : ",", term.label, term.negated ? "!=" : "=",
                            term.value);
    }
    return text;
}

}  // namespace

Gathering::Gathering(net::Loop& loop, Mesh& mesh, GatherGoal goal, Done done)
    : loop_(loop),
      mesh_(mesh),
      goal_(std::move(goal)),
      done_(std::move(done)),
      begun_(loop.clock().steady_now()),
      next_line_(begun_ + kLineEvery) {
    timer_ = loop_.every(kLookEvery, [this] { look(); });
}

void Gathering::link_down(const Error& why, std::optional<Duration> retry_in) {
    last_error_ = why;
    next_try_.reset();
    if (retry_in) next_try_ = loop_.clock().steady_now() + *retry_in;
    // A refusal stays one until somebody changes something: a person who waits is told at once.
    const bool refused = why.code == Code::Unauthorized || why.code == Code::InvalidInput;
    if (!retry_in || (refused && !mesh_.listed())) finish(tl::unexpected(why));
}

std::size_t Gathering::matching(const std::vector<roster::RosterEntry>& entries) const {
    return static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [this](const roster::RosterEntry& entry) {
            return entry.state == EntryState::Ready &&
                   goal_.selector.matches(roster::labels_with_name(entry.name, entry.labels));
        }));
}

std::string Gathering::waited_for(SteadyTime now) const {
    if (!mesh_.listed()) {
        if (mesh_.linked()) return "the relay is reached; it has not said yet who is there";
        if (!last_error_) return "connecting to the relay " + goal_.relay;
        const bool later = next_try_ && *next_try_ > now;
        return fmt::format("connecting to the relay {}: {}, {}", goal_.relay, last_error_->message,
                           later ? "next try in " + seconds_text(*next_try_ - now) : "trying again");
    }
    const std::vector<roster::RosterEntry> entries = mesh_.entries();
    std::string silent;
    for (const roster::RosterEntry& entry : entries) {
        if (entry.state != EntryState::Connecting) continue;
        silent += (silent.empty() ? "" : ", ") + entry.name;
        if (!entry.note.empty()) silent += " (" + entry.note + ")";
    }
    constexpr std::size_t kLongest = 300;
    if (const std::size_t here = matching(entries); here < goal_.at_least)
        return fmt::format("waiting for {} agents{}: {} ready{}", goal_.at_least, text_of(goal_.selector), here,
                           silent.empty() ? "" : excerpt("; no answer yet from " + silent, kLongest));
    return excerpt(silent.empty() ? "measuring the clocks of the agents" : "waiting for an answer of " + silent,
                   kLongest);
}

Duration Gathering::patience(Duration usual, int trips) const {
    return std::max(usual, mesh_.round_trip() * trips);
}

void Gathering::look() {
    const SteadyTime now = loop_.clock().steady_now();
    if (goal_.on_waiting && now >= next_line_) {
        next_line_ = now + kLineEvery;
        goal_.on_waiting(waited_for(now));
    }
    if (!mesh_.listed()) {
        const Duration reach_relay = patience(goal_.reach_relay, kTripsToRelay);
        if (now - begun_ < reach_relay) return;
        finish(fail(Code::Disconnected,
                    last_error_ ? last_error_->message : "the relay did not answer within " + to_string(reach_relay)));
        return;
    }
    if (!listed_at_) listed_at_ = now;
    std::vector<roster::RosterEntry> entries = mesh_.entries();
    const bool introduced =
        mesh_.all_introduced() || now - *listed_at_ >= patience(goal_.introductions, kTripsToAgents);
    const std::size_t here = matching(entries);
    if (here >= goal_.at_least && introduced) {
        for (roster::RosterEntry& entry : entries) {
            if (entry.state != EntryState::Connecting) continue;
            entry.state = EntryState::Unreachable;
            if (entry.note.empty()) entry.note = "it does not answer";
        }
        finish(std::move(entries));
        return;
    }
    const Duration for_agents = patience(goal_.for_agents, kTripsToAllAgents);
    if (here >= goal_.at_least || now - *listed_at_ < for_agents) return;
    finish(fail(Code::Timeout, fmt::format("waited {} for {} agents{}, {} came; {}", to_string(for_agents),
                                           goal_.at_least, text_of(goal_.selector), here, names_of(entries))));
}

void Gathering::finish(Result<std::vector<roster::RosterEntry>> result) {
    if (!timer_) return;
    timer_.reset();
    // Not from here: the owner may destroy this in `done`.
    loop_.post([done = std::move(done_), result = std::move(result)]() mutable { done(std::move(result)); });
}

std::string relay_of(const config::ControllerConfig& config) {
    const auto& relays = config.tunnel.relays;
    if (relays.empty()) return "";
    return relays.size() == 1 ? relays.front() : fmt::format("{} (or {} others)", relays.front(), relays.size() - 1);
}

ExitCode exit_code_of(const Error& error, const Mesh& mesh) {
    if (!mesh.listed()) return ExitCode::RelayNotReached;
    switch (error.code) {
        case Code::Disconnected:
        case Code::Unauthorized:
            return ExitCode::RelayNotReached;
        case Code::Timeout:
        case Code::Overloaded:
            return ExitCode::AgentsMissing;
        case Code::InvalidInput:
            return ExitCode::Usage;
        case Code::Internal:
            return ExitCode::Internal;
    }
    return ExitCode::Internal;
}

}  // namespace culvert::run
