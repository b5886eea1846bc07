// Messages of the agent.
#include <cmath>

#include <culvert.pb.h>

#include "common/base/check.h"
#include "common/protocol/codec.h"
#include "common/protocol/convert_exchange.h"
#include "common/protocol/convert_metrics.h"
#include "common/protocol/pieces.h"
#include "common/protocol/wire_text.h"

namespace culvert::protocol {
namespace {

constexpr int kMostLabels = 100;
constexpr int kMostTargets = 1'000;

void put(const CharterSummary& charter, wire::CharterSummary& out) {
    for (const std::string& target : charter.targets) out.add_targets(cut(target));
    if (charter.max_rate) out.set_max_rate_milli_per_hour(charter.max_rate->milli_per_hour);
    if (charter.max_users) out.set_max_users(*charter.max_users);
    for (const std::string& engine : charter.engines) out.add_engines(cut(engine));
}

void put(const AgentHello& hello, wire::AgentMessage& message) {
    wire::AgentHello& out = *message.mutable_hello();
    out.set_protocol_version(hello.protocol_version);
    out.set_name(cut(hello.name));
    for (const auto& [key, value] : hello.labels) {
        wire::Label& label = *out.add_labels();
        label.set_key(cut(key));
        label.set_value(cut(value));
    }
    out.set_weight(hello.weight);
    out.set_program_version(cut(hello.program_version));
    put(hello.charter, *out.mutable_charter());
    out.set_cores(hello.cores);
    out.set_run(hello.run);
    out.set_run_state(static_cast<std::uint32_t>(hello.run_state));
    out.set_cpu_percent(hello.cpu_percent);
    out.set_proxy(cut(hello.proxy));
}

void put(const AgentStatus& status, wire::AgentMessage& message) {
    wire::AgentStatus& out = *message.mutable_status();
    out.set_run(status.run);
    out.set_run_state(static_cast<std::uint32_t>(status.run_state));
    out.set_cpu_percent(status.cpu_percent);
    out.set_spooled_bytes(status.spooled_bytes);
    out.set_proxy(cut(status.proxy));
}

void put(const Prepared& prepared, wire::AgentMessage& message) {
    wire::Prepared& out = *message.mutable_prepared();
    out.set_run(prepared.run);
    for (std::size_t i = 0; i < prepared.problems.size() && i < kMostProblems; ++i)
        out.add_problems(cut(prepared.problems[i]));
    out.set_busy_with(prepared.busy_with);
}

void put(const FileNeeded& needed, wire::AgentMessage& message) {
    wire::FileNeeded& out = *message.mutable_file_needed();
    out.set_run(needed.run);
    out.set_sha256(sha256_to_wire(needed.sha256));
    out.set_offset(needed.offset);
}

void put(const Started& started, wire::AgentMessage& message) {
    message.mutable_started()->set_run(started.run);
    message.mutable_started()->set_skew_micros(started.skew.count());
}

void put(const IntervalReport& report, wire::AgentMessage& message) {
    message.mutable_interval()->set_run(report.run);
    to_wire(report.interval, *message.mutable_interval()->mutable_interval());
}

void put(const ErrorExampleReport& report, wire::AgentMessage& message) {
    message.mutable_error_example()->set_run(report.run);
    to_wire(report.example, *message.mutable_error_example()->mutable_example());
}

void put(const ExchangeReport& report, wire::AgentMessage& message) {
    message.mutable_exchange()->set_run(report.run);
    to_wire(report.exchange, *message.mutable_exchange()->mutable_exchange());
}

void put(const RunAborted& aborted, wire::AgentMessage& message) {
    message.mutable_aborted()->set_run(aborted.run);
    message.mutable_aborted()->set_reason(cut(aborted.reason));
}

void put(const RunFinished& finished, wire::AgentMessage& message) {
    wire::RunFinished& out = *message.mutable_finished();
    out.set_run(finished.run);
    out.set_outcome(static_cast<std::uint32_t>(finished.outcome));
    out.set_reason(cut(finished.reason));
    out.set_intervals_sent(finished.intervals_sent);
    out.set_intervals_folded(finished.intervals_folded);
    for (const auto& scenario : finished.totals.scenarios) to_wire(scenario, *out.add_totals());
    out.set_lateness(histogram_to_wire(finished.totals.lateness));
}

void put(const RunLeft& left, wire::AgentMessage& message) {
    message.mutable_left()->set_run(left.run);
    message.mutable_left()->set_reason(cut(left.reason));
    message.mutable_left()->set_intervals_sent(left.intervals_sent);
}

Result<AgentRunState> state_from_wire(std::uint32_t state) {
    if (state > static_cast<std::uint32_t>(AgentRunState::Finished))
        return fail(Code::InvalidInput, "unknown state of a run " + std::to_string(state));
    return static_cast<AgentRunState>(state);
}

Status check_optional_run(const std::string& run) {
    return run.empty() ? Status{} : check_run_id(run);
}

Result<AgentMessage> take(const wire::AgentHello& hello) {
    const wire::CharterSummary& charter = hello.charter();
    if (hello.labels_size() > kMostLabels || charter.targets_size() > kMostTargets ||
        charter.engines_size() > kMostLabels) {
        return fail(Code::InvalidInput, "agent hello: too many labels, targets or engines");
    }
    if (!std::isfinite(hello.cpu_percent()) || !std::isfinite(hello.weight()) || hello.weight() <= 0 ||
        hello.weight() > 1'000) {
        return fail(Code::InvalidInput, "agent hello: weight or cpu_percent is out of range");
    }
    const auto state = state_from_wire(hello.run_state());
    if (!state) return tl::unexpected(state.error());
    if (const auto ok = check_optional_run(hello.run()); !ok) return tl::unexpected(ok.error());
    for (const std::string* text : {&hello.name(), &hello.program_version(), &hello.proxy()}) {
        if (const auto ok = check_text(*text, "agent hello"); !ok) return tl::unexpected(ok.error());
    }
    AgentHello out;
    out.protocol_version = hello.protocol_version();
    out.name = hello.name();
    for (const wire::Label& label : hello.labels()) {
        if (label.key().size() + label.value().size() > kLongestText)
            return fail(Code::InvalidInput, "agent hello: a label is too long");
        out.labels[label.key()] = label.value();
    }
    out.weight = hello.weight();
    out.program_version = hello.program_version();
    for (const std::string& target : charter.targets()) out.charter.targets.push_back(cut(target));
    for (const std::string& engine : charter.engines()) out.charter.engines.push_back(cut(engine));
    if (charter.has_max_rate_milli_per_hour()) out.charter.max_rate = Rate{charter.max_rate_milli_per_hour()};
    if (charter.has_max_users()) out.charter.max_users = charter.max_users();
    out.cores = hello.cores();
    out.run = hello.run();
    out.run_state = *state;
    out.cpu_percent = hello.cpu_percent();
    out.proxy = hello.proxy();
    return out;
}

Result<AgentMessage> take(const wire::AgentStatus& status) {
    const auto state = state_from_wire(status.run_state());
    if (!state) return tl::unexpected(state.error());
    if (const auto ok = check_optional_run(status.run()); !ok) return tl::unexpected(ok.error());
    if (!std::isfinite(status.cpu_percent()))
        return fail(Code::InvalidInput, "agent status: cpu_percent is not a number");
    if (const auto ok = check_text(status.proxy(), "agent status"); !ok) return tl::unexpected(ok.error());
    return AgentStatus{status.run(), *state, status.cpu_percent(), status.spooled_bytes(), status.proxy()};
}

Result<AgentMessage> take(const wire::Prepared& prepared) {
    if (const auto ok = check_run_id(prepared.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_optional_run(prepared.busy_with()); !ok) return tl::unexpected(ok.error());
    if (prepared.problems_size() > static_cast<int>(kMostProblems))
        return fail(Code::InvalidInput, "prepared: too many problems");
    Prepared out;
    out.run = prepared.run();
    for (const std::string& problem : prepared.problems()) out.problems.push_back(cut(problem));
    out.busy_with = prepared.busy_with();
    return out;
}

Result<AgentMessage> take(const wire::FileNeeded& needed) {
    if (const auto ok = check_run_id(needed.run()); !ok) return tl::unexpected(ok.error());
    const auto hash = sha256_from_wire(needed.sha256());
    if (!hash) return tl::unexpected(hash.error());
    return FileNeeded{needed.run(), *hash, needed.offset()};
}

Result<AgentMessage> take(const wire::Started& started) {
    if (const auto ok = check_run_id(started.run()); !ok) return tl::unexpected(ok.error());
    return Started{started.run(), std::chrono::microseconds(started.skew_micros())};
}

Result<AgentMessage> take(const wire::IntervalReport& report) {
    if (const auto ok = check_run_id(report.run()); !ok) return tl::unexpected(ok.error());
    auto interval = from_wire(report.interval());
    if (!interval) return tl::unexpected(interval.error());
    return IntervalReport{report.run(), std::move(*interval)};
}

Result<AgentMessage> take(const wire::ErrorExampleReport& report) {
    if (const auto ok = check_run_id(report.run()); !ok) return tl::unexpected(ok.error());
    auto example = from_wire(report.example());
    if (!example) return tl::unexpected(example.error());
    return ErrorExampleReport{report.run(), std::move(*example)};
}

Result<AgentMessage> take(const wire::ExchangeReport& report) {
    if (const auto ok = check_run_id(report.run()); !ok) return tl::unexpected(ok.error());
    auto exchange = from_wire(report.exchange());
    if (!exchange) return tl::unexpected(exchange.error());
    return ExchangeReport{report.run(), std::move(*exchange)};
}

Result<AgentMessage> take(const wire::RunAborted& aborted) {
    if (const auto ok = check_run_id(aborted.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_text(aborted.reason(), "run aborted: reason"); !ok) return tl::unexpected(ok.error());
    return RunAborted{aborted.run(), aborted.reason()};
}

Result<AgentMessage> take(const wire::RunLeft& left) {
    if (const auto ok = check_run_id(left.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_text(left.reason(), "run left: reason"); !ok) return tl::unexpected(ok.error());
    return RunLeft{left.run(), left.reason(), left.intervals_sent()};
}

Result<AgentMessage> take(const wire::RunFinished& finished) {
    if (const auto ok = check_run_id(finished.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_text(finished.reason(), "run finished: reason"); !ok) return tl::unexpected(ok.error());
    if (finished.outcome() > static_cast<std::uint32_t>(Outcome::Failed))
        return fail(Code::InvalidInput, "run finished: unknown outcome");
    auto scenarios = scenarios_from_wire(finished.totals());
    if (!scenarios) return fail(scenarios.error(), "run finished");
    auto lateness = histogram_from_wire(finished.lateness());
    if (!lateness) return fail(lateness.error(), "run finished: lateness");
    RunFinished out;
    out.run = finished.run();
    out.outcome = static_cast<Outcome>(finished.outcome());
    out.reason = finished.reason();
    out.intervals_sent = finished.intervals_sent();
    out.intervals_folded = finished.intervals_folded();
    out.totals.scenarios = std::move(*scenarios);
    out.totals.lateness = std::move(*lateness);
    return out;
}

}  // namespace

Result<std::vector<std::string>> encode(const AgentMessage& message) {
    wire::AgentMessage out;
    std::visit([&out](const auto& alternative) { put(alternative, out); }, message);
    return to_pieces(out);
}

Result<AgentMessage> decode_agent_message(std::string_view whole) {
    google::protobuf::Arena arena;  // an interval is some thousand small pieces
    wire::AgentMessage& message = *google::protobuf::Arena::CreateMessage<wire::AgentMessage>(&arena);
    if (!parse_wire(whole, message)) return fail(Code::InvalidInput, "a message of an agent that cannot be read");
    switch (message.message_case()) {
        case wire::AgentMessage::kHello:
            return take(message.hello());
        case wire::AgentMessage::kStatus:
            return take(message.status());
        case wire::AgentMessage::kPrepared:
            return take(message.prepared());
        case wire::AgentMessage::kFileNeeded:
            return take(message.file_needed());
        case wire::AgentMessage::kStarted:
            return take(message.started());
        case wire::AgentMessage::kInterval:
            return take(message.interval());
        case wire::AgentMessage::kErrorExample:
            return take(message.error_example());
        case wire::AgentMessage::kExchange:
            return take(message.exchange());
        case wire::AgentMessage::kAborted:
            return take(message.aborted());
        case wire::AgentMessage::kFinished:
            return take(message.finished());
        case wire::AgentMessage::kLeft:
            return take(message.left());
        case wire::AgentMessage::MESSAGE_NOT_SET:
            break;
    }
    return fail(Code::InvalidInput, "a message of an agent of an unknown kind");
}

}  // namespace culvert::protocol
