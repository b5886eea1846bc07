// Due times of many timers, most of which are moved further away before they fire: a timer that moves later costs
// nothing. Worker thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/base/clock.h"

namespace culvert::agent::worker {

// Lives as long as the queue, or is disarmed and never armed again.
class LazyTimer {
  public:
    static constexpr SteadyTime kNever = SteadyTime::max();

    void disarm() { due_ = kNever; }
    bool armed() const { return due_ != kNever; }
    SteadyTime due() const { return due_; }

  private:
    template <class Owner>
    friend class TimerQueue;
    SteadyTime due_ = kNever;
    SteadyTime queued_ = kNever;  // of its entry that counts; others are stale
};

template <class Owner>
class TimerQueue {
  public:
    void arm(LazyTimer& timer, Owner& owner, SteadyTime due) {
        timer.due_ = due;
        if (timer.queued_ <= due) return;
        timer.queued_ = due;
        heap_.push_back(Entry{due, &timer, &owner});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    // Not before this instant does anything fire.
    SteadyTime next() const { return heap_.empty() ? LazyTimer::kNever : heap_.front().at; }

    // Calls fire(owner, timer) for one timer that is due at `now`; it is disarmed by then. False: none is.
    template <class Fire>
    bool fire_one(SteadyTime now, Fire fire) {
        while (!heap_.empty() && heap_.front().at <= now) {
            std::pop_heap(heap_.begin(), heap_.end(), later);
            const Entry entry = heap_.back();
            heap_.pop_back();
            if (entry.timer->queued_ != entry.at) continue;  // stale
            entry.timer->queued_ = LazyTimer::kNever;
            const SteadyTime due = entry.timer->due_;
            if (due == LazyTimer::kNever) continue;
            if (due > now) {
                arm(*entry.timer, *entry.owner, due);
                continue;
            }
            entry.timer->due_ = LazyTimer::kNever;
            fire(*entry.owner, *entry.timer);
            return true;
        }
        return false;
    }

    std::size_t size() const { return heap_.size(); }

  private:
    struct Entry {
        SteadyTime at;
        LazyTimer* timer;
        Owner* owner;
    };
    static bool later(const Entry& a, const Entry& b) { return a.at > b.at; }

    std::vector<Entry> heap_;
};

}  // namespace culvert::agent::worker
