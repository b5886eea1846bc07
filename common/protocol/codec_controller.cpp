// Messages of the controller, and the datagrams of both.
#include <algorithm>
#include <cmath>
#include <map>

#include <culvert.pb.h>

#include "common/config/document.h"
#include "common/protocol/codec.h"
#include "common/protocol/convert_metrics.h"
#include "common/protocol/pieces.h"
#include "common/protocol/rows.h"
#include "common/protocol/wire_text.h"

namespace culvert::protocol {
namespace {

constexpr int kMostDataSets = 100;
constexpr int kMostVariables = 10'000;
constexpr std::size_t kLargestVariable = 1 << 20;
constexpr std::size_t kLongestRefusal = 512;  // of a renewal

// Most scenarios share their weights: each list travels once.
void put(const workload::Share& share, wire::Share& out) {
    std::map<std::vector<double>, std::uint32_t> lists;
    for (const workload::Seat& seat : share.scenarios) {
        wire::Seat& seat_out = *out.add_scenarios();
        if (seat.weights.empty()) continue;
        seat_out.set_index(static_cast<std::uint32_t>(seat.index));
        const auto [list, is_new] = lists.emplace(seat.weights, static_cast<std::uint32_t>(lists.size()));
        if (is_new) out.add_weights()->mutable_weights()->Assign(seat.weights.begin(), seat.weights.end());
        seat_out.set_weights(list->second);
    }
}

Result<workload::Share> take(const wire::Share& share) {
    if (share.scenarios_size() > kMostScenarios || share.weights_size() > kMostScenarios)
        return fail(Code::InvalidInput, "share: too many scenarios");
    for (const wire::Weights& list : share.weights()) {
        const auto wrong = [](double weight) { return !std::isfinite(weight) || weight <= 0 || weight > 1'000; };
        if (list.weights().empty() || static_cast<std::size_t>(list.weights_size()) > workload::Ownership::kMostSeats ||
            std::any_of(list.weights().begin(), list.weights().end(), wrong)) {
            return fail(Code::InvalidInput, "share: weights that cannot be");
        }
    }
    workload::Share out;
    for (const wire::Seat& seat : share.scenarios()) {
        workload::Seat& seat_out = out.scenarios.emplace_back();
        if (!seat.has_weights()) continue;
        if (seat.weights() >= static_cast<std::uint32_t>(share.weights_size()))
            return fail(Code::InvalidInput, "share: a seat without weights");
        const auto& list = share.weights(static_cast<int>(seat.weights())).weights();
        if (seat.index() >= static_cast<std::uint32_t>(list.size()))
            return fail(Code::InvalidInput, "share: a seat that does not exist");
        seat_out.index = seat.index();
        seat_out.weights.assign(list.begin(), list.end());
    }
    return out;
}

void put(const Query&, wire::ControllerMessage& message) {
    message.mutable_query();
}

void put(const Prepare& prepare, wire::ControllerMessage& message) {
    wire::Prepare& out = *message.mutable_prepare();
    out.set_run(prepare.run);
    out.set_plan_file(cut(prepare.plan_file));
    out.set_plan_text(prepare.plan_text);
    for (const DataSetFile& set : prepare.data) {
        wire::DataSet& set_out = *out.add_data();
        for (const std::string& column : set.columns) set_out.add_columns(cut(column));
        set_out.mutable_rows()->set_sha256(sha256_to_wire(set.rows.sha256));
        set_out.mutable_rows()->set_size(set.rows.size);
        set_out.set_name(cut(set.name));
    }
    for (const std::string& value : prepare.variable_values) out.add_variable_values(value);
    put(prepare.share, *out.mutable_share());
    out.set_seed(prepare.seed);
    out.set_keep_running_for_micros(
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, prepare.keep_running_for.count())));
    out.set_trial(prepare.trial);
}

void put(const FileChunk& chunk, wire::ControllerMessage& message) {
    wire::FileChunk& out = *message.mutable_file_chunk();
    out.set_sha256(sha256_to_wire(chunk.sha256));
    out.set_offset(chunk.offset);
    out.set_data(chunk.data);
}

void put(const Start& start, wire::ControllerMessage& message) {
    message.mutable_start()->set_run(start.run);
    message.mutable_start()->set_at_agent_micros(start.at.since_epoch.count());
}

void put(const Stop& stop, wire::ControllerMessage& message) {
    message.mutable_stop()->set_run(stop.run);
    message.mutable_stop()->set_at_once(stop.at_once);
    message.mutable_stop()->set_reason(cut(stop.reason));
}

void put(const Amend& amend, wire::ControllerMessage& message) {
    message.mutable_amend()->set_run(amend.run);
    put(amend.share, *message.mutable_amend()->mutable_share());
    message.mutable_amend()->set_at_agent_micros(amend.at.since_epoch.count());
}

void put(const Release& release, wire::ControllerMessage& message) {
    message.mutable_release()->set_run(release.run);
}

void put(const Resume& resume, wire::ControllerMessage& message) {
    message.mutable_resume()->set_run(resume.run);
    message.mutable_resume()->set_intervals(resume.intervals);
}

Result<DataSetFile> take(const wire::DataSet& set) {
    if (set.columns_size() == 0 || static_cast<std::uint64_t>(set.columns_size()) > kMostColumns ||
        set.rows().size() > kLargestFile) {
        return fail(Code::InvalidInput, "prepare: a data set with too many columns, none, or too large");
    }
    const auto hash = sha256_from_wire(set.rows().sha256());
    if (!hash) return tl::unexpected(hash.error());
    DataSetFile out;
    for (const std::string& column : set.columns()) out.columns.push_back(cut(column));
    out.rows = {*hash, set.rows().size()};
    if (const auto ok = check_text(set.name(), "prepare: name of a data set"); !ok) return tl::unexpected(ok.error());
    out.name = set.name();
    return out;
}

Result<ControllerMessage> take(const wire::Prepare& prepare) {
    if (const auto ok = check_run_id(prepare.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_text(prepare.plan_file(), "prepare: plan file"); !ok) return tl::unexpected(ok.error());
    if (prepare.plan_text().size() > config::kLargestDocument)
        return fail(Code::InvalidInput, "prepare: the plan is too large");
    if (prepare.data_size() > kMostDataSets || prepare.variable_values_size() > kMostVariables) {
        return fail(Code::InvalidInput, "prepare: too many data sets or variables");
    }
    constexpr std::uint64_t kLongest = 10ULL * 365 * 24 * 3600 * 1'000'000;
    if (prepare.keep_running_for_micros() > kLongest)
        return fail(Code::InvalidInput, "prepare: keep_running_for is out of range");
    auto share = take(prepare.share());
    if (!share) return fail(share.error(), "prepare");
    Prepare out;
    out.run = prepare.run();
    out.plan_file = prepare.plan_file();
    out.plan_text = prepare.plan_text();
    for (const wire::DataSet& set : prepare.data()) {
        auto one = take(set);
        if (!one) return tl::unexpected(one.error());
        out.data.push_back(std::move(*one));
    }
    for (const std::string& value : prepare.variable_values()) {
        if (value.size() > kLargestVariable)
            return fail(Code::InvalidInput, "prepare: a variable's value is too large");
        out.variable_values.push_back(value);
    }
    out.share = std::move(*share);
    out.seed = prepare.seed();
    out.keep_running_for = std::chrono::microseconds(static_cast<std::int64_t>(prepare.keep_running_for_micros()));
    out.trial = prepare.trial();
    return out;
}

Result<ControllerMessage> take(const wire::FileChunk& chunk) {
    const auto hash = sha256_from_wire(chunk.sha256());
    if (!hash) return tl::unexpected(hash.error());
    if (chunk.data().size() > kLargestChunk || chunk.offset() > kLargestFile)
        return fail(Code::InvalidInput, "file chunk: too large");
    return FileChunk{*hash, chunk.offset(), chunk.data()};
}

Result<ControllerMessage> take(const wire::Start& start) {
    if (const auto ok = check_run_id(start.run()); !ok) return tl::unexpected(ok.error());
    return Start{start.run(), AgentInstant{std::chrono::microseconds(start.at_agent_micros())}};
}

Result<ControllerMessage> take(const wire::Stop& stop) {
    if (const auto ok = check_run_id(stop.run()); !ok) return tl::unexpected(ok.error());
    if (const auto ok = check_text(stop.reason(), "stop: reason"); !ok) return tl::unexpected(ok.error());
    return Stop{stop.run(), stop.at_once(), stop.reason()};
}

Result<ControllerMessage> take(const wire::Amend& amend) {
    if (const auto ok = check_run_id(amend.run()); !ok) return tl::unexpected(ok.error());
    auto share = take(amend.share());
    if (!share) return fail(share.error(), "amend");
    return Amend{amend.run(), std::move(*share), AgentInstant{std::chrono::microseconds(amend.at_agent_micros())}};
}

Result<ControllerMessage> take(const wire::Release& release) {
    if (const auto ok = check_run_id(release.run()); !ok) return tl::unexpected(ok.error());
    return Release{release.run()};
}

Result<ControllerMessage> take(const wire::Resume& resume) {
    if (const auto ok = check_run_id(resume.run()); !ok) return tl::unexpected(ok.error());
    return Resume{resume.run(), resume.intervals()};
}

}  // namespace

Result<std::vector<std::string>> encode(const ControllerMessage& message) {
    wire::ControllerMessage out;
    std::visit([&out](const auto& alternative) { put(alternative, out); }, message);
    return to_pieces(out);
}

Result<ControllerMessage> decode_controller_message(std::string_view whole) {
    wire::ControllerMessage message;
    if (!parse_wire(whole, message)) return fail(Code::InvalidInput, "a message of a controller that cannot be read");
    switch (message.message_case()) {
        case wire::ControllerMessage::kQuery:
            return Query{};
        case wire::ControllerMessage::kPrepare:
            return take(message.prepare());
        case wire::ControllerMessage::kFileChunk:
            return take(message.file_chunk());
        case wire::ControllerMessage::kStart:
            return take(message.start());
        case wire::ControllerMessage::kStop:
            return take(message.stop());
        case wire::ControllerMessage::kAmend:
            return take(message.amend());
        case wire::ControllerMessage::kRelease:
            return take(message.release());
        case wire::ControllerMessage::kResume:
            return take(message.resume());
        case wire::ControllerMessage::MESSAGE_NOT_SET:
            break;
    }
    return fail(Code::InvalidInput, "a message of a controller of an unknown kind");
}

std::string encode(const Datagram& datagram) {
    wire::Datagram out;
    if (const auto* probe = std::get_if<ClockProbe>(&datagram)) {
        out.mutable_clock_probe()->set_sent_micros(probe->sent.count());
    } else if (const auto* reply = std::get_if<ClockReply>(&datagram)) {
        out.mutable_clock_reply()->set_probe_sent_micros(reply->probe_sent.count());
        out.mutable_clock_reply()->set_received_micros(reply->received.since_epoch.count());
        out.mutable_clock_reply()->set_replied_micros(reply->replied.since_epoch.count());
    } else if (const auto* request = std::get_if<RenewalRequest>(&datagram)) {
        out.mutable_renewal_request()->set_signing_request(request->signing_request.substr(0, kLargestRenewal));
    } else {
        const auto& renewal = std::get<RenewalReply>(datagram);
        out.mutable_renewal_reply()->set_certificate(renewal.certificate_der.substr(0, kLargestRenewal));
        out.mutable_renewal_reply()->set_refusal(renewal.refusal.substr(0, kLongestRefusal));
    }
    return out.SerializeAsString();
}

Result<Datagram> decode_datagram(std::string_view datagram) {
    wire::Datagram message;
    if (!parse_wire(datagram, message)) return fail(Code::InvalidInput, "a datagram that cannot be read");
    using std::chrono::microseconds;
    switch (message.datagram_case()) {
        case wire::Datagram::kClockProbe:
            return ClockProbe{microseconds(message.clock_probe().sent_micros())};
        case wire::Datagram::kClockReply: {
            const wire::ClockReply& reply = message.clock_reply();
            return ClockReply{microseconds(reply.probe_sent_micros()),
                              AgentInstant{microseconds(reply.received_micros())},
                              AgentInstant{microseconds(reply.replied_micros())}};
        }
        case wire::Datagram::kRenewalRequest:
            if (message.renewal_request().signing_request().size() > kLargestRenewal)
                return fail(Code::InvalidInput, "a request for a certificate that is too large");
            return RenewalRequest{message.renewal_request().signing_request()};
        case wire::Datagram::kRenewalReply:
            if (message.renewal_reply().certificate().size() > kLargestRenewal ||
                message.renewal_reply().refusal().size() > kLongestRefusal)
                return fail(Code::InvalidInput, "a renewed certificate, or a refusal, that is too large");
            return RenewalReply{message.renewal_reply().certificate(), message.renewal_reply().refusal()};
        case wire::Datagram::DATAGRAM_NOT_SET:
            break;
    }
    return fail(Code::InvalidInput, "a datagram of an unknown kind");
}

}  // namespace culvert::protocol
