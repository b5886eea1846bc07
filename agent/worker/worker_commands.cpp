// What other threads ask of a worker, and what it tells the reporter.
#include <algorithm>
#include <thread>
#include <utility>

#include "agent/worker/worker.h"

namespace culvert::agent::worker {

void Worker::handle_commands() {
    for (Command& command : commands_.drain()) {
        std::visit([this](auto& each) { handle(std::move(each)); }, command);
    }
}

void Worker::handle(StartAt&& command) {
    if (mode_ != Mode::Waiting) return;
    started_ = command.at;
    mode_ = Mode::Running;
    next_start_ = next_start();
    seconds_.start(command.at, parts_.clock.steady_now(), parts_.spec.plan->warmup);
}

void Worker::handle(StopNow&& command) {
    if (command.mode == StopMode::AtOnce || !started_) {
        mode_ = Mode::Aborted;
        return;
    }
    if (mode_ != Mode::Running) return;
    mode_ = Mode::Stopping;
    const Duration since_start = parts_.clock.steady_now() - *started_;
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        Lane& lane = lanes_[scenario];
        lane.cut = std::min(lane.cut, since_start + (lane.cut - lane.ends));
        runner_.stop_scenario(scenario);
    }
}

void Worker::handle(AmendAt&& command) {
    const Duration at_offset = started_ ? std::max(command.at - *started_, Duration::zero()) : Duration::zero();
    for (std::uint32_t scenario = 0; scenario < lanes_.size(); ++scenario) {
        Lane& lane = lanes_[scenario];
        lane.slots.amend(command.rules[scenario], at_offset);
        lane.users.amend(command.rules[scenario], at_offset);
    }
    if (started_) next_start_ = next_start();
    users_.each_active([this](User& user) {
        if (user.closed_model && !user.counted)
            runner_.end_turn_at(user, at(lanes_[user.scenario].users.end_of(user.turn)));
    });
}

void Worker::handle(Resolved&& command) {
    requester_.on_resolved(command.place, std::move(command.answer));
}

void Worker::handle(Dialled&& command) {
    requester_.on_dialled(command.dial, std::move(command.answer));
}

std::function<Status(std::uint64_t, const http::Origin&, Duration)> Worker::dial_function() {
    if (!parts_.dialer) return nullptr;
    return [this](std::uint64_t dial, const http::Origin& origin, Duration timeout) {
        return parts_.dialer->dial(origin, timeout, [this, dial](http::DialAnswer answer) {
            // Full only when thousands of dials end at once; the requests that wait then time out.
            [[maybe_unused]] const bool sent = commands_.try_send(Dialled{dial, std::move(answer)});
        });
    };
}

void Worker::end_seconds(SteadyTime now) {
    while (seconds_.ended(now)) send_second(seconds_.end_second(), now);
}

void Worker::send_second(std::uint32_t second, SteadyTime now) {
    // Nothing of the warm-up is folded into what is measured, nor the other way round: that one waits.
    if (unsent_ && std::chrono::seconds(unsent_->second) < parts_.spec.plan->warmup &&
        std::chrono::seconds(second) >= parts_.spec.plan->warmup)
        send({place_.index, std::move(*std::exchange(unsent_, std::nullopt))});
    recorder::WorkerSecond taken = recorder_.take(second);
    taken.cpu_percent = seconds_.take_cpu_percent(now);
    taken.open_sockets = requester_.open_sockets();
    if (unsent_) {
        unsent_->fold(std::move(taken));
    } else {
        unsent_ = std::move(taken);
    }
    recorder::Report report{place_.index, std::move(*unsent_)};
    if (reporter_.try_send(std::move(report))) {
        unsent_.reset();
    } else {
        unsent_ = std::move(std::get<recorder::WorkerSecond>(report.content));
    }
}

void Worker::send(recorder::Report report) {
    while (!reporter_.try_send(std::move(report))) std::this_thread::yield();
}

void Worker::finish() {
    const SteadyTime now = parts_.clock.steady_now();
    if (started_ && now >= *started_) {
        end_seconds(now);
        recorder::WorkerSecond rest = recorder_.take(seconds_.current());
        if (!rest.idle()) {
            rest.cpu_percent = seconds_.take_cpu_percent(now);
            rest.open_sockets = requester_.open_sockets();
            if (unsent_) {
                unsent_->fold(std::move(rest));
            } else {
                unsent_ = std::move(rest);
            }
        }
    }
    if (abort_reason_) send({place_.index, recorder::AbortAsked{*abort_reason_}});  // the other workers end by it
    if (unsent_) send({place_.index, std::move(*unsent_)});
    unsent_.reset();
    send({place_.index, recorder::WorkerFinished{}});
}

}  // namespace culvert::agent::worker
