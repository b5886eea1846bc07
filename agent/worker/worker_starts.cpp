// What a worker starts, and when: slots and turns that are due, users for them.
#include <algorithm>

#include "agent/worker/worker.h"

namespace culvert::agent::worker {

void Worker::pass_boundary(SteadyTime now) {
    const SteadyTime last = seconds_.boundary() - Duration(1);
    for (int round = 0; round < kRoundsAtBoundary && mode_ == Mode::Running && next_start_ <= last; ++round)
        start_due(last);
    end_seconds(now);
}

void Worker::keep_time(SteadyTime now) {
    if (seconds_.ended(now)) pass_boundary(now);
    if (mode_ == Mode::Running && now >= next_start_) start_due(now);
}

void Worker::start_due(SteadyTime now) {
    const auto lanes = static_cast<std::uint32_t>(lanes_.size());
    int left = kMostStartsAtOnce;
    for (std::uint32_t i = 0; i < lanes && left > 0; ++i) start_due_of((first_lane_ + i) % lanes, now, left);
    first_lane_ = (first_lane_ + 1) % lanes;
    next_start_ = next_start();
}

void Worker::start_due_of(std::uint32_t scenario, SteadyTime now, int& left) {
    if (trial_ && waits_its_turn(scenario)) return;
    Lane& lane = lanes_[scenario];
    for (; lane.slots.peek() && at(lane.slots.peek()->due) <= now && left > 0; --left) {
        const schedule::OwnedSlot slot = *lane.slots.peek();
        lane.slots.advance();
        start_slot(scenario, slot);
    }
    for (auto turn = lane.users.peek(); turn && at(turn->begin) <= now && left > 0; turn = lane.users.peek(), --left) {
        lane.users.advance();
        start_turn(scenario, *turn);
    }
}

SteadyTime Worker::next_start() const {
    SteadyTime next = SteadyTime::max();
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        const Lane& lane = lanes_[scenario];
        if (lane.slots.peek()) next = std::min(next, at(lane.slots.peek()->due));
        if (const auto turn = lane.users.peek(); turn && !(trial_ && waits_its_turn(scenario)))
            next = std::min(next, at(turn->begin));
    }
    return next;
}

User* Worker::make_user(std::uint32_t scenario, std::uint64_t number) {
    if (User* const user = users_.add(scenario, number)) return user;
    return runner_.dismiss_idle() ? users_.add(scenario, number) : nullptr;
}

void Worker::start_slot(std::uint32_t scenario, const schedule::OwnedSlot& slot) {
    const std::uint64_t counts = seconds_.of_warmup(at(slot.due)) == seconds_.in_warmup() ? 1 : 0;
    recorder::ScenarioCounters& counters = recorder_.scenario(scenario);
    counters.planned += counts;
    if (!gate_.passes(slot.due)) {
        counters.missed += counts;
        return;
    }
    User* user = users_.take_idle(scenario);
    if (user == nullptr) {
        const std::uint64_t made = parts_.users_made[scenario].fetch_add(1, std::memory_order_relaxed);
        user = make_user(scenario, lanes_[scenario].rule.takes_part() ? lanes_[scenario].rule.index_of(made) : made);
    }
    if (user == nullptr || !runner_.begin_slot(*user, at(slot.due))) counters.missed += counts;
}

void Worker::start_turn(std::uint32_t scenario, const schedule::UserTurn& turn) {
    User* const user = make_user(scenario, turn.user);
    if (user == nullptr) {  // the charter's users are all alive
        const std::uint64_t lost = std::max<std::uint64_t>(turn.iterations, 1);
        recorder_.scenario(scenario).planned += lost;
        recorder_.scenario(scenario).missed += lost;
        return;
    }
    user->turn = turn;
    runner_.begin_turn(*user, trial_ ? parts_.clock.steady_now() : at(turn.begin),
                       at(lanes_[scenario].users.end_of(turn)));
}

bool Worker::waits_its_turn(std::uint32_t scenario) const {
    for (std::uint32_t before = 0; before < scenario; ++before) {
        if (runner_.active(before) > 0 || lanes_[before].users.peek()) return true;
    }
    return false;
}

}  // namespace culvert::agent::worker
