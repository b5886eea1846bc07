#include "tunnel/relay/counters.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace culvert::tunnel::relay {
namespace {

void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            std::uint64_t value) {
    describe(out, name, type, help);
    out += fmt::format("{} {}\n", name, value);
}

void by_reason(std::string& out, std::string_view name, std::string_view help,
               const std::map<std::string, std::uint64_t>& counts) {
    describe(out, name, "counter", help);
    for (const auto& [reason, count] : counts) out += fmt::format("{}{{reason=\"{}\"}} {}\n", name, reason, count);
}

void links(std::string& out, const Counters& counters) {
    describe(out, "culvert_relay_links", "gauge", "Open links by what is at their other end.");
    const auto line = [&out](std::string_view role, std::uint64_t count) {
        out += fmt::format("culvert_relay_links{{role=\"{}\"}} {}\n", role, count);
    };
    line("agent", counters.agents);
    line("controller", counters.controllers);
    line("pending", counters.pending);
    line("unadmitted", counters.unadmitted);
}

void handshakes(std::string& out, const Counters& counters) {
    single(out, "culvert_relay_handshakes_total", "counter", "Connections whose handshake was begun.",
           counters.handshakes);
    describe(out, "culvert_relay_handshakes_per_second_limit", "gauge",
             "How many handshakes may begin in a second (limits.handshakes).");
    out += fmt::format("culvert_relay_handshakes_per_second_limit {}\n", counters.handshakes_per_second);
    single(out, "culvert_relay_handshakes_waiting", "gauge", "Connections that wait for their handshake.",
           counters.waiting);
    single(out, "culvert_relay_handshakes_turned_away_total", "counter",
           "Connections closed at once because too many waited for their handshake.", counters.turned_away);
    single(out, "culvert_relay_handshakes_left_total", "counter", "Connections that ended while they waited for it.",
           counters.left_waiting);
}

void forward_times(std::string& out, const ForwardTimes& times) {
    describe(out, "culvert_relay_forward_seconds", "histogram",
             "Time from an envelope's arrival to its hand-over to the socket.");
    for (std::size_t i = 0; i < ForwardTimes::kUpperBounds_s.size(); ++i) {
        out += fmt::format("culvert_relay_forward_seconds_bucket{{le=\"{}\"}} {}\n", ForwardTimes::kUpperBounds_s[i],
                           times.at_or_below(i));
    }
    out += fmt::format("culvert_relay_forward_seconds_bucket{{le=\"+Inf\"}} {}\n", times.count());
    out += fmt::format("culvert_relay_forward_seconds_sum {}\nculvert_relay_forward_seconds_count {}\n", times.sum_s(),
                       times.count());
}

}  // namespace

void ForwardTimes::record(Duration took, std::uint64_t envelopes) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bound = std::lower_bound(kUpperBounds_s.begin(), kUpperBounds_s.end(), seconds);
    buckets_[static_cast<std::size_t>(bound - kUpperBounds_s.begin())] += envelopes;
    count_ += envelopes;
    sum_s_ += seconds * static_cast<double>(envelopes);
}

std::uint64_t ForwardTimes::at_or_below(std::size_t bound) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= bound; ++i) sum += buckets_[i];
    return sum;
}

std::string prometheus_text(const Counters& counters) {
    std::string out;
    describe(out, "culvert_build_info", "gauge", "Version of this program.");
    out += "culvert_build_info{program=\"culvert-relay\",version=\"" CULVERT_VERSION "\"} 1\n";
    links(out, counters);
    describe(out, "culvert_relay_envelopes_total", "counter", "Envelopes received from nodes and handed to them.");
    out += fmt::format("culvert_relay_envelopes_total{{direction=\"in\"}} {}\n", counters.envelopes_in);
    out += fmt::format("culvert_relay_envelopes_total{{direction=\"out\"}} {}\n", counters.envelopes_out);
    describe(out, "culvert_relay_bytes_total", "counter", "Bytes of those envelopes, without WebSocket and TLS.");
    out += fmt::format("culvert_relay_bytes_total{{direction=\"in\"}} {}\n", counters.bytes_in);
    out += fmt::format("culvert_relay_bytes_total{{direction=\"out\"}} {}\n", counters.bytes_out);
    single(out, "culvert_relay_long_poll_links", "gauge", "Open links that no WebSocket carries.", counters.long_poll);
    single(out, "culvert_relay_queue_bytes", "gauge", "Bytes that wait in the queues of all nodes.",
           counters.queue_bytes);
    single(out, "culvert_relay_unreachable_total", "counter", "Envelopes whose addressee was not connected here.",
           counters.unreachable);
    single(out, "culvert_relay_connections_refused_total", "counter",
           "Connections closed at once because of limits.links.", counters.connections_refused);
    handshakes(out, counters);
    by_reason(out, "culvert_relay_links_closed_total", "Links that ended, by reason.", counters.links_closed);
    by_reason(out, "culvert_relay_admission_failures_total", "Nodes that were not admitted, by reason.",
              counters.admission_failures);
    forward_times(out, counters.forward);
    single(out, "culvert_relay_web_certificate_not_after_seconds", "gauge",
           "When the web certificate expires (Unix time).",
           static_cast<std::uint64_t>(std::max<std::int64_t>(
               0, std::chrono::duration_cast<std::chrono::seconds>(counters.certificate_not_after.time_since_epoch())
                      .count())));
    return out;
}

}  // namespace culvert::tunnel::relay
