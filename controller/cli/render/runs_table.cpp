#include "controller/cli/render/runs_table.h"

#include <chrono>

#include <nlohmann/json.hpp>

#include "common/base/wall_time.h"
#include "controller/cli/render/table.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"

namespace culvert::cli::render {

std::string runs_table(const std::vector<store::RunRecord>& runs, const TextStyle& style) {
    if (runs.empty()) return "No runs yet. Start one: culvert run PLAN\n";
    using Side = Column::Side;
    Table table({{"RUN", Side::Left},
                 {"NAME", Side::Left},
                 {"STARTED", Side::Left, 1},
                 {"LENGTH", Side::Right, 2},
                 {"STATE", Side::Left},
                 {"VERDICT", Side::Left},
                 {"TRUST", Side::Left},
                 {"AGENTS", Side::Right, 3},
                 {"REPORT", Side::Left, 4}});
    for (const store::RunRecord& run : runs) {
        const bool ended = run.ended.has_value();
        const Cell verdict = run.verdict == "PASS"   ? Cell("✓ PASS", Tone::Good)
                             : run.verdict == "FAIL" ? Cell("✗ FAIL", Tone::Bad)
                                                     : Cell(std::string(report::kUnknown));
        const Cell trust = !ended                 ? Cell(std::string(report::kUnknown))
                           : run.trust == "VALID" ? Cell("VALID", Tone::Good)
                                                  : Cell("! " + run.trust, Tone::Warning);
        table.add({run.id,
                   run.name,
                   utc_text(run.started),
                   ended ? report::clock_text(std::chrono::duration<double>(*run.ended - run.started).count())
                         : std::string(report::kUnknown),
                   {run.state,
                    run.state == "died" || run.state == "failed" || run.state == "aborted" ? Tone::Bad : Tone::Plain},
                   ended ? verdict : Cell(std::string(report::kUnknown)),
                   trust,
                   report::count_text(run.agents),
                   run.out_dir});
    }
    return finish(table.render(style), style);
}

std::string runs_json(const std::vector<store::RunRecord>& runs) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const store::RunRecord& run : runs) {
        list.push_back({{"id", run.id},
                        {"name", run.name},
                        {"plan", run.plan_file},
                        {"state", run.state},
                        {"state_reason", run.state_reason},
                        {"started_at", report::utc_text(run.started)},
                        {"ended_at", run.ended ? Json(report::utc_text(*run.ended)) : Json()},
                        {"verdict", run.verdict},
                        {"trust", run.trust},
                        {"agents", run.agents},
                        {"out", run.out_dir},
                        {"exit_code", run.exit_code ? Json(*run.exit_code) : Json()}});
    }
    return Json{{"version", 1}, {"runs", list}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::cli::render
