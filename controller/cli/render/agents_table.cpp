#include "controller/cli/render/agents_table.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/crypto/renewal.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"

namespace culvert::cli::render {
namespace {

using report::kUnknown;
using roster::EntryState;
using roster::RosterEntry;

std::optional<double> offline_for(const RosterEntry& agent, WallTime now) {
    // Seen in the future: one of the clocks was set meanwhile, and nobody knows how long ago it was.
    if (!agent.last_seen || *agent.last_seen > now) return std::nullopt;
    return std::chrono::duration<double>(now - *agent.last_seen).count();
}

Cell state_cell(const RosterEntry& agent, WallTime now) {
    switch (agent.state) {
        case EntryState::Ready:
            return {"ready", Tone::Good};
        case EntryState::Busy:
            return {"busy: run " + agent.busy_with, Tone::Plain};
        case EntryState::Offline: {
            const auto seconds = offline_for(agent, now);
            return {"offline" + (seconds ? " " + report::age_text(*seconds) : std::string()), Tone::Bad};
        }
        default:
            return {roster::to_string(agent.state), Tone::Warning};
    }
}

std::string labels_text(const workload::Labels& labels) {
    std::string out;
    for (const auto& [label, value] : labels) {
        if (label != "os" && label != "arch") out += (out.empty() ? "" : " ") + label + "=" + value;
    }
    return out.empty() ? std::string(kUnknown) : out;
}

std::string path_text(const RosterEntry& agent) {
    if (agent.transport.empty()) return std::string(kUnknown);
    std::string proxy = agent.proxy;
    if (const std::size_t scheme = proxy.find("://"); scheme != std::string::npos) proxy.erase(0, scheme + 3);
    const std::string carrier = agent.transport == "websocket"   ? "wss"
                                : agent.transport == "long_poll" ? "long-poll"
                                                                 : agent.transport;
    const std::string path = carrier + (proxy.empty() ? ", direct" : " via " + proxy);
    return agent.state == EntryState::Offline ? "last: " + path : path;
}

// The offset itself compares two monotonic clocks and says nothing to people; how well it is known does.
std::string clock_cell(const RosterEntry& agent) {
    if (!agent.clock) return std::string(kUnknown);
    return "±" + report::latency_text(std::chrono::duration<double, std::micro>(agent.clock->error).count());
}

std::string rtt_cell(const RosterEntry& agent) {
    if (!agent.clock) return std::string(kUnknown);
    return report::latency_text(std::chrono::duration<double, std::micro>(agent.clock->rtt).count());
}

bool refuses_everything(const RosterEntry& agent) {
    return (agent.state == EntryState::Ready || agent.state == EntryState::Busy) && agent.charter.targets.empty();
}

// From two thirds of its life on a certificate should have been renewed.
bool certificate_is_old(const RosterEntry& agent, WallTime now) {
    return agent.certificate && agent.state != EntryState::Offline && now >= agent.certificate->renewal_due;
}

std::string certificate_text(const RosterEntry& agent, WallTime now) {
    return "its certificate " + crypto::expiry_text(agent.certificate->not_after, now) +
           ", and was not renewed yet.   Do: culvert agents, where the key of the mesh CA is";
}

bool has_note(const RosterEntry& agent, WallTime now) {
    return certificate_is_old(agent, now) || !agent.note.empty() || agent.state == EntryState::Offline ||
           agent.state == EntryState::Incompatible || refuses_everything(agent);
}

std::string note_of(const RosterEntry& agent, WallTime now) {
    std::string text =
        !agent.note.empty()                  ? one_line(agent.note)
        : agent.state == EntryState::Offline ? "not connected"
        : certificate_is_old(agent, now)     ? certificate_text(agent, now)
        : refuses_everything(agent)
            ? "its charter allows nothing, so it refuses every run.   Do: charter.targets in agent.yaml (on " +
                  one_line(agent.name) + ")"
            : "speaks another version of the protocol";
    if (agent.state == EntryState::Offline) {
        const auto seconds = offline_for(agent, now);
        text = (seconds ? "last seen " + report::age_text(*seconds) + " ago: " : std::string()) + text +
               ".   Do: culvert-agent run (on " + one_line(agent.name) + ")";
    } else if (agent.state == EntryState::Unreachable) {
        text += ".   Why: the log of culvert-agent (on " + one_line(agent.name) + ")";
    }
    if (agent.spooled_bytes > 0)
        text +=
            "   It holds " + report::bytes_text(agent.spooled_bytes) + " of results that wait for their controller.";
    return text;
}

std::string age_of(Duration span) {
    return report::age_text(std::chrono::duration<double>(span).count());
}

// Of a node that is no member of the mesh.
std::vector<Cell> row_without_data(const std::string& name, Cell state, const char* sign) {
    std::vector<Cell> row{name, std::move(state), {sign, Tone::Warning}};
    row.resize(10, std::string(kUnknown));
    return row;
}

std::string pending_note(const PendingRow& row) {
    std::string text = "waits for a signature";
    if (!row.peer.empty()) text += ", from " + one_line(row.peer);
    if (row.invite.empty()) return text + "; its request cannot be read, perhaps it is of another version";
    if (!row.invite_is_here) {
        return text + "; invite " + one_line(row.invite) +
               " is not of this controller.   Do: culvert invites wait (on the one that made it)";
    }
    return text + ".   Do: culvert invites wait " + one_line(row.invite);
}

std::string head(const MeshView& view, const TextStyle& style) {
    std::vector<std::pair<std::string, std::size_t>> counts{{"ready", 0},       {"busy", 0},
                                                            {"connecting", 0},  {"incompatible", 0},
                                                            {"unreachable", 0}, {"pending", view.pending.size()},
                                                            {"offline", 0},     {"revoked", view.revoked.size()}};
    for (const RosterEntry& agent : view.agents) {
        for (auto& [name, count] : counts) count += name == roster::to_string(agent.state) ? 1 : 0;
    }
    const std::size_t all = view.agents.size() + view.pending.size();
    std::string line = "mesh " + one_line(view.mesh) + " · relay " + one_line(view.relay) +
                       fmt::format(" · {} agent{}", all, all == 1 ? "" : "s");
    std::string states;
    for (const auto& [name, count] : counts) {
        if (count > 0) states += (states.empty() ? ": " : ", ") + fmt::format("{} {}", count, name);
    }
    return paint(line, Tone::Strong, style) + states + "\n";
}

}  // namespace

std::string agents_table(const MeshView& view, const TextStyle& style) {
    std::string out = head(view, style) + "\n";
    if (view.agents.empty() && view.pending.empty() && view.revoked.empty())
        return finish(out + "No agents yet. Invite one: culvert invite\n", style);

    using Side = Column::Side;
    Table table({{"NAME", Side::Left},
                 {"STATE", Side::Left},
                 {"", Side::Left, 0, 1},
                 {"LABELS", Side::Left, 3, 1},
                 {"WEIGHT", Side::Right, 2},
                 {"PATH", Side::Left},
                 {"RTT", Side::Right},
                 {"CLOCK", Side::Right, 1},
                 {"CPU", Side::Right},
                 {"VERSION", Side::Left}});
    std::vector<std::pair<std::string, std::string>> notes;
    for (const RosterEntry& agent : view.agents) {
        const bool gone = agent.state == EntryState::Offline;
        const bool old =
            !view.own_version.empty() && !agent.program_version.empty() && agent.program_version != view.own_version;
        table.add({agent.name,
                   state_cell(agent, view.now),
                   {has_note(agent, view.now) ? "!" : "", Tone::Warning},
                   labels_text(agent.labels),
                   fmt::format("{:.1f}", agent.weight),
                   path_text(agent),
                   rtt_cell(agent),
                   clock_cell(agent),
                   gone || !agent.clock ? std::string(kUnknown) : fmt::format("{:.0f} %", agent.cpu_percent),
                   agent.program_version.empty() ? std::string(kUnknown) : agent.program_version + (old ? " !" : "")});
        if (has_note(agent, view.now)) notes.emplace_back(agent.name, note_of(agent, view.now));
    }
    for (const PendingRow& row : view.pending) {
        const std::string name = row.name.empty() ? "(unnamed)" : row.name;
        table.add(row_without_data(name, {"pending " + age_of(row.waits), Tone::Warning}, "!"));
        notes.emplace_back(name, pending_note(row));
    }
    for (const RevokedRow& row : view.revoked) {
        const std::string name = row.name + (row.role == Role::Controller ? " (controller)" : "");
        const std::string age = row.at > view.now ? "" : " " + age_of(view.now - row.at);
        table.add(row_without_data(name, {"revoked" + age, Tone::Bad}, ""));
    }
    out += table.render(style);
    if (!notes.empty()) {
        std::size_t widest = 0;
        for (const auto& [name, text] : notes) widest = std::max(widest, width_of(one_line(name)));
        out += "\nNOTES\n";
        for (const auto& [name, text] : notes)
            out += paint("!", Tone::Warning, style) + " " + one_line(name) +
                   std::string(widest - width_of(one_line(name)) + 2, ' ') + text + "\n";
    }
    return finish(out, style);
}

std::string agents_json(const MeshView& view) {
    using Json = nlohmann::ordered_json;
    Json agents = Json::array();
    for (const RosterEntry& agent : view.agents) {
        const auto ms = [&](Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); };
        const auto offline = offline_for(agent, view.now);
        agents.push_back({{"name", agent.name},
                          {"id", to_string(agent.address.node)},
                          {"state", roster::to_string(agent.state)},
                          {"busy_with", agent.busy_with},
                          {"labels", Json(agent.labels)},
                          {"weight", agent.weight},
                          {"transport", agent.transport},
                          {"proxy", agent.proxy},
                          {"rtt_ms", agent.clock ? Json(ms(agent.clock->rtt)) : Json()},
                          {"clock_error_ms", agent.clock ? Json(ms(agent.clock->error)) : Json()},
                          {"cpu_percent", agent.clock ? Json(agent.cpu_percent) : Json()},
                          {"cores", agent.cores},
                          {"version", agent.program_version},
                          {"spooled_bytes", agent.spooled_bytes},
                          {"offline_s", agent.state == EntryState::Offline && offline ? Json(*offline) : Json()},
                          {"certificate_expires_at",
                           agent.certificate ? Json(report::utc_text(agent.certificate->not_after)) : Json()},
                          {"note", agent.note}});
    }
    Json pending = Json::array(), revoked = Json::array();
    for (const PendingRow& row : view.pending) {
        pending.push_back({{"name", row.name},
                           {"invite", row.invite},
                           {"invite_is_here", row.invite_is_here},
                           {"from", row.peer},
                           {"waits_s", std::chrono::duration<double>(row.waits).count()}});
    }
    for (const RevokedRow& row : view.revoked) {
        revoked.push_back({{"name", row.name},
                           {"role", row.role == Role::Agent ? "agent" : "controller"},
                           {"id", to_string(row.id)},
                           {"revoked_at", report::utc_text(row.at)}});
    }
    return Json{{"version", 1},     {"mesh", view.mesh},  {"relay", view.relay},
                {"agents", agents}, {"pending", pending}, {"revoked", revoked}}
               .dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

}  // namespace culvert::cli::render
