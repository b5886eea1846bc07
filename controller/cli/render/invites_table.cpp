#include "controller/cli/render/invites_table.h"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"

namespace culvert::cli::render {
namespace {

namespace enrol = controller::enrol;

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string out;
    for (const auto& [label, value] : labels) out += (out.empty() ? "" : " ") + label + "=" + value;
    return out.empty() ? std::string(report::kUnknown) : out;
}

}  // namespace

std::string invites_table(const std::vector<enrol::InviteSummary>& invites, WallTime now, const TextStyle& style) {
    if (invites.empty()) return "No invites yet. Make one: culvert invite\n";
    using Side = Column::Side;
    Table table({{"INVITE", Side::Left},
                 {"STATE", Side::Left},
                 {"USED", Side::Right},
                 {"LEFT", Side::Right},
                 {"LABELS", Side::Left, 1},
                 {"JOINED", Side::Left, 2}});
    for (const enrol::InviteSummary& one : invites) {
        const bool open = one.state == enrol::InviteState::Open;
        table.add({to_string(one.invite.id),
                   {enrol::to_string(one.state), open ? Tone::Good : Tone::Dim},
                   fmt::format("{} of {}", one.used_by.size(), one.invite.uses),
                   open ? span_text(one.invite.expires - now) : std::string(report::kUnknown),
                   labels_text(one.invite.labels),
                   one.used_by.empty() ? std::string(report::kUnknown) : excerpt(join(one.used_by, ", "), 60)});
    }
    return finish(table.render(style), style);
}

std::string invites_json(const std::vector<enrol::InviteSummary>& invites) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const enrol::InviteSummary& one : invites) {
        list.push_back({{"id", to_string(one.invite.id)},
                        {"state", enrol::to_string(one.state)},
                        {"uses", one.invite.uses},
                        {"used_by", one.used_by},
                        {"labels", Json(one.invite.labels)},
                        {"ephemeral", one.invite.ephemeral},
                        {"created_at", report::utc_text(one.invite.created)},
                        {"expires_at", report::utc_text(one.invite.expires)}});
    }
    return Json{{"version", 1}, {"invites", list}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::cli::render
