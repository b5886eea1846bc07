// One user of one scenario: where it is in its steps, what it has saved, its cookies and its connections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/http/cookie_jar.h"
#include "agent/schedule/user_cursor.h"
#include "agent/worker/compiled_plan.h"
#include "agent/worker/data_source.h"
#include "agent/worker/exchange.h"
#include "agent/worker/timer_queue.h"
#include "common/workload/split_mix.h"

namespace culvert::agent::worker {

// What all users of one thread share.
struct UserSetting {
    const CompiledPlan& plan;
    const std::vector<std::unique_ptr<DataSource>>& data;
    const Clock& clock;
    workload::SplitMix64& random;  // never for secrets
};

class User final : public http::VariableStore {
  public:
    enum class State : std::uint8_t { Idle, Thinking, Requesting, Pausing, Gone };
    static constexpr std::size_t kMostConnections = 16;  // kept; the oldest makes room

    explicit User(const UserSetting& setting) : setting_(setting) {}

    // A new person in this place: nothing of an earlier one is left. Its connections must be closed.
    void become(std::uint32_t scenario, std::uint64_t number);

    std::string_view value(std::uint32_t variable) const override;
    void store(std::uint32_t variable, std::string_view value) override;
    // Takes the rows that the next iteration needs. The set that has none left, or null.
    const DataSource* take_rows();

    State state = State::Idle;
    std::uint32_t scenario = 0;
    std::uint64_t number = 0;     // ${user}
    std::uint64_t iteration = 0;  // ${iteration}
    bool stops = false;           // after this iteration
    bool once_done = false;
    bool in_once = false;                     // walking once_per_user
    std::uint32_t step = 0;                   // in once_per_user or steps
    SteadyTime iteration_due{};               // of the iteration under way, and of the one it pauses for
    SteadyTime step_due{};                    // of the next request
    std::uint32_t requests = 0, answers = 0;  // of the iteration under way
    bool of_warmup = false;                   // so is the iteration under way: after the warm-up it counts nowhere

    bool closed_model = false;
    schedule::UserTurn turn;  // closed model
    SteadyTime turn_ends{};
    std::uint64_t iterations_left = 0;  // closed model with counted iterations
    bool counted = false;

    LazyTimer wake;      // end of a think time or a pause
    LazyTimer watchdog;  // deadline of the request under way
    Exchange exchange;
    http::CookieJar cookies;
    struct Kept {
        OriginState* origin;
        http::Connection* connection;
    };
    std::vector<Kept> connections;  // oldest first

  private:
    const UserSetting& setting_;
    std::vector<std::string> saved_;
    std::vector<std::uint32_t> rows_;  // by Plan::data
    bool has_rows_ = false;
    mutable std::string scratch_;  // of a builtin
};

}  // namespace culvert::agent::worker
