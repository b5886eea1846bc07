// junit.xml: one test case for each threshold, one for each kind of error, one for the trust stamp. Only thresholds,
// and a stamp that spoils one, can fail: the file and the exit code of `culvert run` never contradict each other.
#include <fmt/format.h>

#include "controller/report/flatten.h"
#include "controller/report/markup.h"
#include "controller/report/number_format.h"
#include "controller/report/report_document.h"
#include "controller/report/report_files.h"

namespace culvert::report {
namespace {

// XML 1.0 text: control characters cannot be written at all, not even as references.
std::string xml(std::string_view text) {
    std::string out;
    for (const char c : escape_markup(text)) {
        if (c == '\n') {
            out += "&#10;";
        } else {
            out += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
        }
    }
    return out;
}

struct Case {
    std::string group, name;
    std::string failure;  // empty: passed
    std::string note;
};

Case threshold_case(const results::ThresholdResult& threshold) {
    Case one{"thresholds", threshold.check, "", "actual: " + threshold.actual_text};
    if (threshold.state == results::ThresholdState::Pass) return one;
    one.failure = threshold.check + ": " + threshold.actual_text;
    if (threshold.first_crossed) one.failure += ", first crossed at " + clock_text(*threshold.first_crossed);
    return one;
}

Case trust_case(const results::RunResult& result) {
    Case one{"trust", "the measurement can be believed", "", result.valid() ? "VALID" : "SUSPECT"};
    for (const results::TrustReason& reason : result.trust) {
        one.note += "\n" + reason.text;
        if (reason.touches_threshold) one.failure += (one.failure.empty() ? "SUSPECT: " : "; ") + reason.text;
    }
    return one;
}

std::vector<Case> cases_of(const results::RunResult& result) {
    std::vector<Case> cases;
    for (const results::ThresholdResult& threshold : result.thresholds) cases.push_back(threshold_case(threshold));
    const metrics::ScenarioStats flat = flattened(result.totals);
    const metrics::StepStats& all = only_step(flat);
    for (std::size_t kind = 0; kind < all.errors.size(); ++kind) {
        if (all.errors[kind] == 0) continue;
        cases.push_back({"errors", metrics::to_string(static_cast<metrics::ErrorKind>(kind)), "",
                         fmt::format("{} of {} requests", count_text(all.errors[kind]), count_text(all.requests))});
    }
    cases.push_back(trust_case(result));
    return cases;
}

}  // namespace

std::string junit_xml(const results::RunResult& result) {
    const std::vector<Case> cases = cases_of(result);
    std::size_t failures = 0;
    for (const Case& one : cases) failures += one.failure.empty() ? 0 : 1;
    const std::string name = xml(result.plan ? result.plan->name : result.id);
    const double seconds = length_seconds(result);

    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format("<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n", name, cases.size(),
                       failures, seconds);
    out += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.3f}\" "
        "timestamp=\"{}\">\n",
        name, cases.size(), failures, seconds, utc_text(result.started_at).substr(0, 19));
    out += "    <properties>\n";
    const auto property = [&](std::string_view key, std::string_view value) {
        out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", key, xml(value));
    };
    property("run", result.id);
    property("verdict", results::to_string(result.verdict));
    property("trust", result.valid() ? "VALID" : "SUSPECT");
    for (const results::TrustReason& reason : result.trust) property("trust." + reason.id, reason.text);
    out += "    </properties>\n";
    for (const Case& one : cases) {
        out += fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\">\n", name, one.group, xml(one.name));
        if (!one.failure.empty()) out += fmt::format("      <failure message=\"{}\"/>\n", xml(one.failure));
        if (!one.note.empty()) out += fmt::format("      <system-out>{}</system-out>\n", xml(one.note));
        out += "    </testcase>\n";
    }
    return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace culvert::report
