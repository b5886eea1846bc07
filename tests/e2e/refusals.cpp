#include "refusals.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <catch2/catch.hpp>

namespace culvert::e2e {
namespace {

constexpr const char* kEarlier = "the report of an earlier run\n";

// Entries begin with the time: 2026-01-31T12:00:00.000+00:00.
bool is_log_entry(const std::string& line) {
    return line.size() > 29 && line[4] == '-' && line[10] == 'T' && line[13] == ':' && line[29] == ' ';
}

// The store and its journal change by being opened.
bool is_store(const std::string& name) {
    return name.starts_with("runs.sqlite");
}

}  // namespace

std::vector<std::string> said_by(const Outcome& outcome) {
    std::vector<std::string> said;
    std::size_t begin = 0;
    while (begin < outcome.err.size()) {
        const std::size_t end = std::min(outcome.err.find('\n', begin), outcome.err.size());
        const std::string line = outcome.err.substr(begin, end - begin);
        if (!line.empty() && !is_log_entry(line) && !line.starts_with("connecting to the relay ")) said.push_back(line);
        begin = end + 1;
    }
    return said;
}

std::string with_target(const E2eMesh& mesh, std::string plan) {
    for (std::size_t at = 0; (at = plan.find("{target}")) != std::string::npos;) plan.replace(at, 8, mesh.target());
    return plan;
}

Refusals::Refusals(E2eMesh& mesh) : mesh_(mesh), out_(mesh.mesh().file("earlier")) {
    std::filesystem::create_directories(out_);
    for (const char* name : {"report.json", "report.html", "plan.yaml"}) std::ofstream(out_ / name) << kEarlier;
    before_ = files();
}

Refusals::Files Refusals::files() const {
    Files found;
    for (const std::filesystem::path& folder : {out_, mesh_.mesh().file("mesh")}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file() && !is_store(entry.path().filename()))
                found[entry.path()] = read_text(entry.path());
        }
    }
    return found;
}

void Refusals::run(const std::string& plan, demo::Exit exit, const std::vector<std::string>& says,
                   const std::vector<std::string>& more) {
    const std::string text = with_target(mesh_, plan);
    std::vector<std::string> arguments{"run",        mesh_.write_plan(text).string(), "--progress", "plain", "--out",
                                       out_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    INFO(text);
    check(mesh_.culvert(std::move(arguments)), exit, says);
}

void Refusals::check(const Outcome& outcome, demo::Exit exit, const std::vector<std::string>& says) {
    INFO(outcome.err << "stdout: " << outcome.out);
    CHECK(outcome.exit == exit);
    const std::vector<std::string> said = said_by(outcome);
    CHECK(said.size() == 1);
    for (const std::string& text : says) {
        INFO(text);
        CHECK(fmt::format("{}", fmt::join(said, "\n")).find(text) != std::string::npos);
    }
    CHECK(read_lines(mesh_.nginx().access_log).empty());
    const Files now = files();
    for (const auto& [file, content] : before_) {
        INFO(file);
        CHECK((now.contains(file) && now.at(file) == content));
    }
    for (const auto& [file, content] : now) {
        INFO(file);
        CHECK((before_.contains(file) || !file.starts_with(out_.string())));  // no new report
    }
}

}  // namespace culvert::e2e
