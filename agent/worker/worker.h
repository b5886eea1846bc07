// One worker thread: an event loop that starts what the schedule says when it is due, and moves users and their
// requests along.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/http/poller.h"
#include "agent/recorder/reporter.h"
#include "agent/recorder/worker_recorder.h"
#include "agent/schedule/slot_cursor.h"
#include "agent/schedule/user_cursor.h"
#include "agent/worker/command.h"
#include "agent/worker/iteration_runner.h"
#include "agent/worker/origin_table.h"
#include "agent/worker/rate_gate.h"
#include "agent/worker/requester.h"
#include "agent/worker/run_parts.h"
#include "agent/worker/second_clock.h"
#include "agent/worker/trial_recorder.h"
#include "agent/worker/user_pool.h"
#include "agent/worker/wake_signal.h"
#include "common/base/mailbox.h"

namespace culvert::agent::worker {

class Worker {
  public:
    static constexpr std::size_t kMostCommands = 16 << 10;
    static constexpr int kMostStartsAtOnce = 64;  // iterations begun before answers are looked at again
    static constexpr int kRoundsAtBoundary = 16;  // so many times that, where a second ends

    static Result<std::unique_ptr<Worker>> make(RunParts& parts, schedule::ThreadPlace place,
                                                recorder::Reporter& reporter);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Any thread. False: full.
    [[nodiscard]] bool try_send(Command&& command) { return commands_.try_send(std::move(command)); }
    // The thread's body: returns when this worker's part of the run is over, or it was stopped. The reporter has
    // everything by then.
    void run();

  private:
    // One scenario on this thread.
    struct Lane {
        schedule::SlotCursor slots;
        schedule::UserCursor users;
        schedule::SeatRule rule;  // numbers the users of the open model
        Duration ends{};          // of the load
        Duration cut{};           // what is under way then is interrupted
        Duration hold{};          // the run is not over before, whatever is done
    };

    Worker(RunParts& parts, schedule::ThreadPlace place, recorder::Reporter& reporter, CompiledPlan plan,
           http::TlsContext tls, http::Poller poller, WakeSignal wake);

    void handle_commands();
    void handle(StartAt&& command);
    void handle(StopNow&& command);
    void handle(AmendAt&& command);
    void handle(Resolved&& command);
    void handle(Dialled&& command);
    std::function<Status(std::uint64_t, const http::Origin&, Duration)> dial_function();

    // Does what is due and says when to come back.
    SteadyTime work();
    // Slots and turns that are due by then, as many as may start at once.
    void start_due(SteadyTime now);
    void start_due_of(std::uint32_t scenario, SteadyTime now, int& left);
    SteadyTime next_start() const;
    // In the middle of a batch of answers: what has become due meanwhile does not wait for its end.
    void keep_time(SteadyTime now);
    // A new user; null: the limit is reached, and nobody of this thread waits for work who could go instead.
    User* make_user(std::uint32_t scenario, std::uint64_t number);
    void start_slot(std::uint32_t scenario, const schedule::OwnedSlot& slot);
    void start_turn(std::uint32_t scenario, const schedule::UserTurn& turn);
    // In a trial a scenario waits until those before it are done.
    bool waits_its_turn(std::uint32_t scenario) const;
    void tell(metrics::Exchange exchange);
    void fire_timers(SteadyTime now);
    void cut_overdue(SteadyTime now);
    bool over(SteadyTime now) const;
    SteadyTime next_instant() const;
    void interrupt_all();
    void abort(std::string reason);
    SteadyTime at(Duration since_start) const { return *started_ + since_start; }

    // Starts what was due in the second that has ended, then ends it.
    void pass_boundary(SteadyTime now);
    void end_seconds(SteadyTime now);
    void send_second(std::uint32_t second, SteadyTime now);
    // Waits while the reporter is full.
    void send(recorder::Report report);
    void finish();

    RunParts& parts_;
    const schedule::ThreadPlace place_;
    recorder::Reporter& reporter_;
    const CompiledPlan plan_;
    const http::TlsContext tls_;
    http::Poller poller_;
    const WakeSignal wake_;
    Mailbox<Command> commands_;
    workload::SplitMix64 random_;
    const UserSetting user_setting_;
    recorder::WorkerRecorder recorder_;
    SecondClock seconds_;
    TimerQueue<User> timers_;
    OriginTable origins_;
    UserPool users_;
    IterationRunner runner_;
    std::optional<TrialRecorder> trial_;
    Requester requester_;
    RateGate gate_;
    std::vector<Lane> lanes_;                       // by Plan::scenarios
    std::uint32_t first_lane_ = 0;                  // whose turn it is to start first
    SteadyTime next_start_ = SteadyTime::max();     // the first slot or turn that has not begun
    std::optional<recorder::WorkerSecond> unsent_;  // the reporter was full

    std::optional<SteadyTime> started_;
    enum class Mode : std::uint8_t { Waiting, Running, Stopping, Aborted };
    Mode mode_ = Mode::Waiting;
    std::optional<std::string> abort_reason_;  // of this worker's own
};

}  // namespace culvert::agent::worker
