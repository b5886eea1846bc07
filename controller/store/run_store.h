// The history of runs: what `culvert runs` lists and by what `watch`, `stop` and `report` find a run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "controller/store/database.h"

namespace culvert::store {

struct RunRecord {
    std::string id, name, plan_file;
    std::string state;  // the word of results::RunState
    std::string state_reason;
    WallTime started{};  // milliseconds
    std::optional<WallTime> ended;
    std::string verdict = "NONE";  // PASS, FAIL, NONE
    std::string trust = "VALID";   // or SUSPECT
    std::string out_dir;
    std::int64_t pid = 0;  // of the process that carries it
    std::string control_socket;
    std::optional<int> exit_code;
    std::uint32_t agents = 0;
    bool baseline = false;

    friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

class RunStore {
  public:
    explicit RunStore(Database& database) : database_(database) {}

    // Adds the run, or replaces what is known of it.
    Status put(const RunRecord& run);
    // By its whole id, or by the beginning of one. InvalidInput: none, or several (named).
    Result<RunRecord> find(const std::string& id_or_beginning) const;
    // Newest first.
    Result<std::vector<RunRecord>> list(std::size_t at_most) const;
    // The newest run of this plan name that is marked as baseline.
    Result<std::optional<RunRecord>> baseline_of(const std::string& name) const;
    // This run becomes the baseline of its name, the only one.
    Status mark_baseline(const std::string& id);

  private:
    Database& database_;
};

// Whether the process that carried the run still lives; a run that says "running" without one has died.
bool process_lives(std::int64_t pid);

}  // namespace culvert::store
