#include "controller/cli/render/controllers_table.h"

#include <nlohmann/json.hpp>

#include "common/base/wall_time.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"

namespace culvert::cli::render {
namespace {

using controller::enrol::IssuedController;

const char* state_of(const IssuedController& controller, WallTime now) {
    if (controller.revoked) return "revoked";
    return controller.expires <= now ? "expired" : "valid";
}

}  // namespace

std::string controllers_table(const ControllersView& view, const TextStyle& style) {
    if (view.controllers.empty()) return "No controllers are known here. Make one: culvert controllers add NAME\n";
    using Side = Column::Side;
    Table table({{"NAME", Side::Left},
                 {"STATE", Side::Left},
                 {"FINGERPRINT", Side::Left},
                 {"CERTIFICATE UNTIL", Side::Left, 1},
                 {"", Side::Left, 2, 2}});
    for (const IssuedController& one : view.controllers) {
        const std::string state = state_of(one, view.now);
        table.add({one.name,
                   {state, state == "valid" ? Tone::Good : Tone::Bad},
                   to_string(one.id),
                   utc_text(one.expires),
                   view.self == one.id ? "this one" : ""});
    }
    return finish(table.render(style), style);
}

std::string controllers_json(const ControllersView& view) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const IssuedController& one : view.controllers) {
        list.push_back({{"name", one.name},
                        {"id", to_string(one.id)},
                        {"state", state_of(one, view.now)},
                        {"self", view.self == one.id},
                        {"issued_at", report::utc_text(one.issued)},
                        {"expires_at", report::utc_text(one.expires)},
                        {"revoked_at", one.revoked ? Json(report::utc_text(*one.revoked)) : Json()}});
    }
    return Json{{"version", 1}, {"controllers", list}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::cli::render
