// What another process needs to take a run up when this one dies: the run as it was set up, and in order whatever
// changed it. Results are in it before they are acknowledged to the agent, so each interval is either here or still
// with its agent. Loop thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/protocol/messages.h"
#include "controller/results/run_result.h"
#include "controller/roster/roster.h"
#include "controller/run/run_setup.h"
#include "controller/store/journal.h"

namespace culvert::run {

// The barrier was passed.
struct StartAgreed {
    WallTime at{};  // of second 0
    Duration delay{};
    std::int64_t shift_millis = 0;              // from the run's creation to second 0
    std::vector<roster::ClockOffset> clocks{};  // by agent: what the start was agreed by
};
struct AgentSaid {
    std::size_t agent = 0;
    protocol::AgentMessage message;  // a result: see RunJournal::keeps
};
struct AgentLost {
    std::size_t agent = 0;
    std::int64_t at_millis = 0;
    std::string reason;
    bool share_moved = false;
};
struct AgentReturned {
    std::size_t agent = 0;
};
struct StopAsked {
    StopMode mode = StopMode::Gracefully;
    Duration since_start{};
    std::string reason;
    bool by_user = false, aborted = false, against_policy = false;
};
using JournalEntry = std::variant<StartAgreed, AgentSaid, AgentLost, AgentReturned, StopAsked, results::Event>;

class RunJournal {
  public:
    static constexpr const char* kFile = "run.journal";  // in the run's folder, until its report is written

    // `roster`: the agents of the run, in its order.
    static Result<std::unique_ptr<RunJournal>> create(const std::filesystem::path& file, const RunSetup& setup,
                                                      const std::vector<roster::RosterEntry>& roster);

    struct TakenUp;
    // Of a run whose process has died. Overloaded: it lives. InvalidInput: there is no such journal, or it cannot be
    // understood.
    static Result<TakenUp> reopen(const std::filesystem::path& file);

    // Whether a message of an agent changes what the run's result is.
    static bool keeps(const protocol::AgentMessage& message);
    // What cannot be written is said once in the log: a run goes on without its journal.
    void append(const JournalEntry& entry);
    void append(std::size_t agent, const protocol::AgentMessage& message);
    // InvalidInput: an entry that cannot be; it and what follows is not replayed.
    Status replay(const std::function<void(JournalEntry)>& each);

  private:
    RunJournal(std::unique_ptr<store::Journal> file, std::string id, std::size_t agents)
        : file_(std::move(file)), id_(std::move(id)), agents_(agents) {}

    void write(std::uint8_t kind, std::size_t about, std::string_view body);

    const std::unique_ptr<store::Journal> file_;
    const std::string id_;
    const std::size_t agents_;
    bool told_ = false;
};

struct RunJournal::TakenUp {
    RunSetup setup;  // without variables and rows: the agents have them
    std::vector<roster::RosterEntry> roster;
    std::unique_ptr<RunJournal> journal;
};

}  // namespace culvert::run
