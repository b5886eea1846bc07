#include "common/net/loop.h"

#include <uv.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace culvert::net {
namespace {

using std::chrono::milliseconds;

// libuv counts in milliseconds; rounded up, so that nothing fires early.
std::uint64_t to_uv_ms(Duration delay) {
    if (delay <= Duration::zero()) return 0;
    return static_cast<std::uint64_t>(std::chrono::ceil<milliseconds>(delay).count());
}

// What libuv points to. It outlives its Timer or Watch until libuv has let go of the handle.
template <class Handle, class Callback>
struct Holder {
    Handle handle{};
    Callback callback;
    std::size_t* live = nullptr;

    void release() {
        --*live;
        uv_close(reinterpret_cast<uv_handle_t*>(&handle),
                 [](uv_handle_t* closed) noexcept { delete static_cast<Holder*>(closed->data); });
    }
};

using TimerHolder = Holder<uv_timer_t, std::function<void()>>;
using PollHolder = Holder<uv_poll_t, std::function<void(bool, bool)>>;
using SignalHolder = Holder<uv_signal_t, std::function<void()>>;

class UvTimer final : public Loop::Timer {
  public:
    UvTimer(uv_loop_t* loop, std::size_t* live, Duration delay, Duration period, std::function<void()> fire)
        : holder_(new TimerHolder{{}, std::move(fire), live}) {
        ++*live;
        CULVERT_CHECK(uv_timer_init(loop, &holder_->handle) == 0);
        holder_->handle.data = holder_;
        uv_update_time(loop);
        CULVERT_CHECK(uv_timer_start(&holder_->handle, &UvTimer::fired, to_uv_ms(delay), to_uv_ms(period)) == 0);
    }
    ~UvTimer() override { holder_->release(); }

  private:
    static void fired(uv_timer_t* timer) noexcept { static_cast<TimerHolder*>(timer->data)->callback(); }

    TimerHolder* holder_;
};

class UvWatch final : public Loop::Watch {
  public:
    UvWatch(uv_loop_t* loop, std::size_t* live, int fd, std::function<void(bool, bool)> ready)
        : holder_(new PollHolder{{}, std::move(ready), live}) {
        ++*live;
        CULVERT_CHECK(uv_poll_init(loop, &holder_->handle, fd) == 0);
        holder_->handle.data = holder_;
    }
    ~UvWatch() override {
        uv_poll_stop(&holder_->handle);  // at once, so that the descriptor may be closed next
        holder_->release();
    }

    void set(bool readable, bool writable) override {
        const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
        // libuv would take the descriptor out of the kernel's list and put it in again. After an error it has let go of
        // it, so that the same must be asked for anew.
        const bool watching = uv_is_active(reinterpret_cast<uv_handle_t*>(&holder_->handle)) != 0;
        if (events == std::exchange(events_, events) && watching) return;
        if (events == 0) {
            uv_poll_stop(&holder_->handle);
        } else {
            CULVERT_CHECK(uv_poll_start(&holder_->handle, events, &UvWatch::ready) == 0);
        }
    }

  private:
    // On an error both are reported: the owner's next read or write finds it.
    static void ready(uv_poll_t* poll, int status, int events) noexcept {
        static_cast<PollHolder*>(poll->data)
            ->callback(status < 0 || (events & UV_READABLE) != 0, status < 0 || (events & UV_WRITABLE) != 0);
    }

    PollHolder* holder_;
    int events_ = 0;
};

class UvSignal final : public Loop::Watch {
  public:
    UvSignal(uv_loop_t* loop, std::size_t* live, int number, std::function<void()> arrived)
        : holder_(new SignalHolder{{}, std::move(arrived), live}), number_(number) {
        ++*live;
        CULVERT_CHECK(uv_signal_init(loop, &holder_->handle) == 0);
        holder_->handle.data = holder_;
        set(true, false);
    }
    ~UvSignal() override { holder_->release(); }

    void set(bool readable, bool /*writable*/) override {
        if (readable) {
            CULVERT_CHECK(uv_signal_start(&holder_->handle, &UvSignal::arrived, number_) == 0);
        } else {
            uv_signal_stop(&holder_->handle);
        }
    }

  private:
    static void arrived(uv_signal_t* signal, int) noexcept { static_cast<SignalHolder*>(signal->data)->callback(); }

    SignalHolder* holder_;
    int number_;
};

}  // namespace

struct Loop::State {
    uv_loop_t loop{};
    uv_async_t wake{};
    SystemClock clock;
    std::size_t live = 0;  // Timers and Watches

    // Any thread.
    std::atomic<bool> stop_wanted{false};
    std::atomic<std::thread::id> runs_on{};
    std::mutex mutex;
    std::vector<std::function<void()>> posted;

    void woken() {
        std::vector<std::function<void()>> tasks;
        {
            const std::lock_guard lock(mutex);
            tasks.swap(posted);
        }
        for (auto& task : tasks) {
            task();
            task = nullptr;  // captures go before the next task runs
        }
        if (stop_wanted.load()) uv_stop(&loop);
    }
};

Loop::Loop() : state_(std::make_unique<State>()) {
    CULVERT_CHECK(uv_loop_init(&state_->loop) == 0);
    const auto on_wake = [](uv_async_t* wake) noexcept { static_cast<State*>(wake->data)->woken(); };
    CULVERT_CHECK(uv_async_init(&state_->loop, &state_->wake, on_wake) == 0);
    state_->wake.data = state_.get();
}

Loop::~Loop() {
    CULVERT_CHECK(state_->live == 0);
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->wake), nullptr);
    while (uv_run(&state_->loop, UV_RUN_NOWAIT) != 0) {
    }
    CULVERT_CHECK(uv_loop_close(&state_->loop) == 0);
}

void Loop::run() {
    CULVERT_CHECK(state_->runs_on.load() == std::thread::id());
    state_->runs_on = std::this_thread::get_id();
    while (!state_->stop_wanted.load()) uv_run(&state_->loop, UV_RUN_DEFAULT);
    state_->stop_wanted = false;
    state_->runs_on = std::thread::id();
}

void Loop::stop() {
    state_->stop_wanted = true;
    uv_async_send(&state_->wake);
}

void Loop::post(std::function<void()> task) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->posted.push_back(std::move(task));
    }
    uv_async_send(&state_->wake);
}

std::unique_ptr<Loop::Timer> Loop::after(Duration delay, std::function<void()> fire) {
    check_on_thread();
    return std::make_unique<UvTimer>(&state_->loop, &state_->live, delay, Duration::zero(), std::move(fire));
}

std::unique_ptr<Loop::Timer> Loop::every(Duration period, std::function<void()> fire) {
    check_on_thread();
    CULVERT_CHECK(period > Duration::zero());
    return std::make_unique<UvTimer>(&state_->loop, &state_->live, period, period, std::move(fire));
}

std::unique_ptr<Loop::Watch> Loop::watch(int fd, std::function<void(bool readable, bool writable)> ready) {
    check_on_thread();
    return std::make_unique<UvWatch>(&state_->loop, &state_->live, fd, std::move(ready));
}

std::unique_ptr<Loop::Watch> Loop::on_signal(int signal_number, std::function<void()> arrived) {
    check_on_thread();
    return std::make_unique<UvSignal>(&state_->loop, &state_->live, signal_number, std::move(arrived));
}

void Loop::check_on_thread() const {
    const std::thread::id runs_on = state_->runs_on.load();
    CULVERT_CHECK(runs_on == std::thread::id() || runs_on == std::this_thread::get_id());
}

const Clock& Loop::clock() const {
    return state_->clock;
}

uv_loop_s* Loop::native() {
    return &state_->loop;
}

}  // namespace culvert::net
