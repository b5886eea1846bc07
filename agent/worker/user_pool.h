// The users of one thread: made when needed, used again, the last used first. Worker thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/recorder/worker_recorder.h"
#include "agent/worker/user.h"
#include "agent/worker/user_limit.h"

namespace culvert::agent::worker {

class UserPool {
  public:
    UserPool(const UserSetting& setting, UserLimit& limit, recorder::WorkerRecorder& recorder, std::size_t scenarios)
        : setting_(setting), limit_(limit), recorder_(recorder), idle_(scenarios) {}

    // Open model: a user that waits for work; null: none does.
    User* take_idle(std::uint32_t scenario);
    // The same, of any scenario.
    User* take_any_idle();
    void put_idle(User& user) { idle_[user.scenario].push_back(&user); }
    // A new user; null: the limit is reached.
    User* add(std::uint32_t scenario, std::uint64_t number);
    // The user is gone for good. Its connections are closed by then.
    void retire(User& user);

    // Calls visit(user) for every user that is neither idle nor gone.
    template <class Visit>
    void each_active(Visit visit) {
        for (const auto& user : users_) {
            if (user->state != User::State::Idle && user->state != User::State::Gone) visit(*user);
        }
    }

  private:
    const UserSetting& setting_;
    UserLimit& limit_;
    recorder::WorkerRecorder& recorder_;
    std::vector<std::unique_ptr<User>> users_;  // timers point to them: they stay until the end
    std::vector<User*> spare_;
    std::vector<std::vector<User*>> idle_;  // by scenario
};

}  // namespace culvert::agent::worker
