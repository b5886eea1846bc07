#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "controller/report/atomic_file.h"
#include "controller/report/intervals_csv.h"
#include "controller/report/report_files.h"
#include "tests/support/golden.h"
#include "tests/support/sample_result.h"
#include "tests/support/temporary_folder.h"

using namespace culvert;

namespace {

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Files of this process cannot grow past `bytes`: what a full disk does, with EFBIG instead of ENOSPC.
class SmallDisk {
  public:
    explicit SmallDisk(rlim_t bytes) {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

results::RunResult short_result() {
    results::RunResult result = test::sample_result();
    result.timeline.erase(result.timeline.begin() + 12, result.timeline.end());
    return result;
}

}  // namespace

TEST_CASE("a run leaves six files, and nothing half written", "[report]") {
    const test::TemporaryFolder folder;
    const auto written = report::write_report(short_result(), folder.file("runs/7f3a"));
    CHECK(written.complete());
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(written.folder)) {
        ++files;
        CHECK(entry.path().extension() != ".partial");
    }
    CHECK(files == 6);
    CHECK(content(written.folder / "plan.yaml") == short_result().plan->text);
}

TEST_CASE("a file that does not fit is named with its cause, and the others are written", "[report]") {
    const test::TemporaryFolder folder;
    const results::RunResult result = short_result();
    const std::size_t json = report::report_json(result).size();
    const std::size_t html = report::report_html(result).size();
    REQUIRE(json != html);
    const std::string too_large = json > html ? "report.json" : "report.html";
    const std::string fits = json > html ? "report.html" : "report.json";
    report::WrittenReport written;
    {
        const SmallDisk disk((json + html) / 2);
        written = report::write_report(result, folder.file("run"));
    }
    REQUIRE(written.problems.size() == 1);
    CHECK(written.problems[0].message.find(too_large) != std::string::npos);
    CHECK(written.problems[0].message.find("File too large") != std::string::npos);
    CHECK(std::filesystem::exists(written.folder / "junit.xml"));
    CHECK(std::filesystem::exists(written.folder / fits));
    CHECK_FALSE(std::filesystem::exists(written.folder / too_large));
    CHECK_FALSE(std::filesystem::exists(written.folder / (too_large + ".partial")));
}

TEST_CASE("an older file survives a write that fails", "[report]") {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder.file("report.json");
    REQUIRE(report::write_file_atomically(file, "old"));
    {
        const SmallDisk disk(1024);
        CHECK_FALSE(report::write_file_atomically(file, std::string(5000, 'x')));
    }
    CHECK(content(file) == "old");
}

TEST_CASE("a folder that cannot be made is one problem that names it", "[report]") {
    const test::TemporaryFolder folder;
    REQUIRE(report::write_file_atomically(folder.file("file"), "x"));
    const auto written = report::write_report(short_result(), folder.file("file/run"));
    REQUIRE(written.problems.size() == 1);
    CHECK(written.problems[0].message.find(folder.file("file")) != std::string::npos);
}

TEST_CASE("junit.xml has a case for each threshold and error kind, and the trust stamp", "[report]") {
    test::check_golden("report/junit.xml", report::junit_xml(short_result()));
}

TEST_CASE("events.jsonl has one line for each event", "[report]") {
    test::check_golden("report/events.jsonl", report::events_jsonl(short_result()));
}

TEST_CASE("intervals.csv has a row for each second, scenario and step", "[report]") {
    results::RunResult result = short_result();
    auto plan = *result.plan;
    plan.scenarios[0].request_names[0] = "list \"all\", please";
    result.plan = std::make_shared<workload::Plan>(plan);
    std::ostringstream out;
    report::write_intervals_csv(result, out);
    test::check_golden("report/intervals.csv", out.str());
    std::istringstream lines(out.str());
    std::string line;
    std::getline(lines, line);
    const auto columns = std::count(line.begin(), line.end(), ',');
    while (std::getline(lines, line)) {
        bool quoted = false;
        const auto commas = std::count_if(line.begin(), line.end(), [&](char c) {
            if (c == '"') quoted = !quoted;
            return c == ',' && !quoted;
        });
        CHECK(commas == columns);
    }
}
