#include "controller/report/report_files.h"

#include <functional>
#include <ostream>
#include <system_error>

#include "controller/report/atomic_file.h"
#include "controller/report/intervals_csv.h"

namespace culvert::report {

WrittenReport write_report(const results::RunResult& result, const std::filesystem::path& folder) {
    WrittenReport written;
    written.folder = folder;
    std::error_code cause;
    std::filesystem::create_directories(folder, cause);
    if (cause) {
        written.problems.push_back(
            Error{Code::Internal, "making the folder " + folder.string() + ": " + cause.message()});
        return written;
    }
    const auto add = [&](const std::string& name, const std::function<void(std::ostream&)>& produce) {
        const Status status = write_file_atomically(folder / name, produce);
        if (status) {
            written.files.push_back(name);
        } else {
            written.problems.push_back(status.error());
        }
    };
    add("report.json", [&](std::ostream& out) { out << report_json(result); });
    add("report.html", [&](std::ostream& out) { out << report_html(result); });
    add("junit.xml", [&](std::ostream& out) { out << junit_xml(result); });
    add("plan.yaml", [&](std::ostream& out) { out << (result.plan ? result.plan->text : ""); });
    add("events.jsonl", [&](std::ostream& out) { out << events_jsonl(result); });
    add("intervals.csv", [&](std::ostream& out) { write_intervals_csv(result, out); });
    return written;
}

}  // namespace culvert::report
