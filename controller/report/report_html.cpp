// report.html: the page that was bundled at build time, with this run's data inside.
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/base/check.h"
#include "controller/report/markup.h"
#include "controller/report/page_bytes.h"
#include "controller/report/page_data.h"
#include "controller/report/report_files.h"

namespace culvert::report {
namespace {

constexpr std::string_view kDataMarker = "<!--culvert:data-->";
constexpr std::string_view kTitleMarker = "<!--culvert:title-->";

// Inside a script element only "</script" and "<!--" are dangerous; in JSON every '<' stands in a string, where \u003c
// is the same.
std::string script_safe(const std::string& json) {
    std::string out;
    out.reserve(json.size() + json.size() / 64);
    for (const char c : json) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string report_html(const results::RunResult& result) {
    const std::string_view page = page_bytes();
    const std::size_t title = page.find(kTitleMarker);
    const std::size_t data = page.find(kDataMarker);
    CULVERT_CHECK(title != std::string_view::npos && data != std::string_view::npos && title < data);
    const std::string name = (result.plan ? result.plan->name : std::string("run")) + " · " + result.id;
    const std::string json = page_json(result).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);

    std::string html(page.substr(0, title));
    html += escape_markup(name);
    html += page.substr(title + kTitleMarker.size(), data - title - kTitleMarker.size());
    html += script_safe(json);
    html += page.substr(data + kDataMarker.size());
    return html;
}

}  // namespace culvert::report
