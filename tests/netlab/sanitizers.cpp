#include "sanitizers.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "lab.h"

namespace culvert::netlab {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kSlower = 3;
constexpr const char* kPrefix = "sanitizer-report";  // of files: sanitizer-report.PROGRAM.PID
constexpr std::size_t kLinesShown = 30;

std::string first_lines(const std::filesystem::path& file, std::size_t count) {
    std::ifstream in(file);
    std::string out;
    std::size_t shown = 0;
    for (std::string line; shown < count && std::getline(in, line); ++shown) out += "    " + line + "\n";
    return out;
}

}  // namespace

bool sanitized() {
    return kSanitized;
}

Duration patient(Duration usual) {
    return kSanitized ? usual * kSlower : usual;
}

std::map<std::string, std::string> sanitizer_environment(const std::filesystem::path& folder) {
    if (!kSanitized) return {};
    const std::string log = fmt::format("log_path={}:log_exe_name=1", (folder / kPrefix).string());
    return {
        // A library that is preloaded (faketime) comes before the sanitizer's: that is meant.
        {"ASAN_OPTIONS", log + ":detect_leaks=1:halt_on_error=1:detect_stack_use_after_return=1:"
                               "strict_string_checks=1:verify_asan_link_order=0"},
        {"UBSAN_OPTIONS", log + ":halt_on_error=1:print_stacktrace=1"},
        {"LSAN_OPTIONS", std::string("suppressions=") + CULVERT_SUPPRESSIONS + ":print_suppressions=0"},
    };
}

std::vector<std::string> sanitizer_findings(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> reports;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with(kPrefix)) reports.push_back(entry.path());
    }
    std::sort(reports.begin(), reports.end());
    std::vector<std::string> findings;
    for (const auto& report : reports)
        findings.push_back(
            fmt::format("{} begins with:\n{}", report.filename().string(), first_lines(report, kLinesShown)));
    return findings;
}

}  // namespace culvert::netlab
