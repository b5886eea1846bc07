#include "common/metrics/interval.h"

namespace culvert::metrics {
namespace {

void merge_phase(PhaseSums::Phase& into, const PhaseSums::Phase& from) {
    into.sum_micros += from.sum_micros;
    into.count += from.count;
}

}  // namespace

const char* to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::Timeout:
            return "timeout";
        case ErrorKind::ConnectTimeout:
            return "connect_timeout";
        case ErrorKind::Refused:
            return "refused";
        case ErrorKind::Reset:
            return "reset";
        case ErrorKind::Dns:
            return "dns";
        case ErrorKind::Tls:
            return "tls";
        case ErrorKind::Proxy:
            return "proxy";
        case ErrorKind::Protocol:
            return "protocol";
        case ErrorKind::Status:
            return "status";
        case ErrorKind::Check:
            return "check";
        case ErrorKind::Save:
            return "save";
        case ErrorKind::Resources:
            return "resources";
        case ErrorKind::Charter:
            return "charter";
    }
    return "unknown";
}

void PhaseSums::merge(const PhaseSums& other) {
    merge_phase(dns, other.dns);
    merge_phase(connect, other.connect);
    merge_phase(tls, other.tls);
    merge_phase(first_byte, other.first_byte);
    merge_phase(rest, other.rest);
}

void StepStats::merge(const StepStats& other) {
    merge_counters(other);
    latency.merge(other.latency);
    send_latency.merge(other.send_latency);
}

void StepStats::merge_counters(const StepStats& other) {
    requests += other.requests;
    failures += other.failures;
    interrupted += other.interrupted;
    bytes_sent += other.bytes_sent;
    bytes_received += other.bytes_received;
    for (const auto& [code, count] : other.status) status[code] += count;
    for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += other.errors[i];
    phases.merge(other.phases);
}

void ScenarioStats::merge(const ScenarioStats& other) {
    merge_counters(other);
    users += other.users;
    in_flight += other.in_flight;
    for (std::size_t i = 0; i < other.steps.size(); ++i) {
        steps[i].latency.merge(other.steps[i].latency);
        steps[i].send_latency.merge(other.steps[i].send_latency);
    }
}

void ScenarioStats::merge_counters(const ScenarioStats& other) {
    planned += other.planned;
    offered += other.offered;
    delivered += other.delivered;
    interrupted += other.interrupted;
    missed += other.missed;
    carried += other.carried;
    if (steps.size() < other.steps.size()) steps.resize(other.steps.size());
    for (std::size_t i = 0; i < other.steps.size(); ++i) steps[i].merge_counters(other.steps[i]);
}

}  // namespace culvert::metrics
