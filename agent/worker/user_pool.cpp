#include "agent/worker/user_pool.h"

#include <utility>

namespace culvert::agent::worker {

User* UserPool::take_idle(std::uint32_t scenario) {
    auto& idle = idle_[scenario];
    if (idle.empty()) return nullptr;
    User* const user = idle.back();
    idle.pop_back();
    return user;
}

User* UserPool::take_any_idle() {
    for (std::uint32_t scenario = 0; scenario < idle_.size(); ++scenario) {
        if (User* const user = take_idle(scenario)) return user;
    }
    return nullptr;
}

User* UserPool::add(std::uint32_t scenario, std::uint64_t number) {
    if (!limit_.try_add()) return nullptr;
    if (spare_.empty()) {
        users_.push_back(std::make_unique<User>(setting_));
        spare_.push_back(users_.back().get());
    }
    User* const user = spare_.back();
    spare_.pop_back();
    user->become(scenario, number);
    ++recorder_.scenario(scenario).users;
    return user;
}

void UserPool::retire(User& user) {
    user.state = User::State::Gone;
    user.wake.disarm();
    user.watchdog.disarm();
    --recorder_.scenario(user.scenario).users;
    limit_.remove();
    spare_.push_back(&user);
}

}  // namespace culvert::agent::worker
