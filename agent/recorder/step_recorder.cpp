#include "agent/recorder/step_recorder.h"

#include <algorithm>
#include <utility>

namespace culvert::agent::recorder {
namespace {

void add_phase(metrics::PhaseSums::Phase& phase, Duration time) {
    if (time < Duration::zero()) return;
    phase.sum_micros += static_cast<std::uint64_t>(time.count()) / 1000;
    ++phase.count;
}

}  // namespace

void StepRecorder::record(const Sample& sample) {
    ++totals_.requests;
    if (sample.error) {
        ++totals_.failures;
        ++totals_.errors[static_cast<std::size_t>(*sample.error)];
    }
    totals_.bytes_sent += sample.bytes_sent;
    totals_.bytes_received += sample.bytes_received;
    if (sample.status != 0) ++statuses_[std::min<std::size_t>(sample.status, kStatuses - 1)];
    latency_.record(sample.latency);
    send_latency_.record(sample.send_latency);
    add_phase(totals_.phases.dns, sample.dns);
    add_phase(totals_.phases.connect, sample.connect);
    add_phase(totals_.phases.tls, sample.tls);
    add_phase(totals_.phases.first_byte, sample.first_byte);
    add_phase(totals_.phases.rest, sample.rest);
}

metrics::StepStats StepRecorder::take() {
    metrics::StepStats taken = std::exchange(totals_, metrics::StepStats());
    if (taken.requests == 0) return taken;
    for (std::size_t status = 0; status < kStatuses; ++status) {
        if (const std::uint32_t count = std::exchange(statuses_[status], 0); count != 0)
            taken.status[static_cast<std::uint16_t>(status)] = count;
    }
    taken.latency = latency_.take();
    taken.send_latency = send_latency_.take();
    return taken;
}

}  // namespace culvert::agent::recorder
