// netlab: every way a middlebox can misbehave, as a case that can be brought up, looked at and run. docs/netlab.md.
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "check.h"
#include "interrupt.h"
#include "run_case.h"
#include "table.h"

using namespace culvert;
using namespace culvert::netlab;

namespace {

constexpr int kFailed = 1, kUsage = 2, kSkipped = 77, kInterrupted = 130;

struct Options {
    std::filesystem::path folder = CULVERT_NETLAB_DIR;
    std::vector<std::string> cases;
    std::string up;
    bool all = false, quick = false;
    std::string table;
    unsigned jobs = 1;
};

int refuse(const Error& error, int code) {
    fmt::print(stderr, "netlab: {}\n", error.message);
    return code;
}

int list_cases(const Options& options) {
    for (const std::string& name : case_names(options.folder)) {
        const auto loaded = load_case(options.folder, name);
        if (!loaded) return refuse(loaded.error(), kUsage);
        fmt::print("{:<28} {:>6}  {}\n", name, fmt::join(loaded->modes, ","), loaded->title);
    }
    return 0;
}

void print(const Case& netlab_case, const Outcome& outcome) {
    const char* sign = outcome.state == Outcome::State::Passed    ? "✓"
                       : outcome.state == Outcome::State::Skipped ? "-"
                                                                  : "✗";
    fmt::print("{} {:<28} {:>8}  {}\n", sign, netlab_case.name, outcome.online ? rounded(*outcome.online) : "",
               netlab_case.title);
    if (!outcome.note.empty()) fmt::print("    {}\n", outcome.note);
    for (const std::string& reason : outcome.reasons)
        fmt::print("    {}{}\n", outcome.state == Outcome::State::Skipped ? "skipped: " : "", reason);
    if (!outcome.folder.empty()) fmt::print("    logs and configurations: {}\n", outcome.folder);
    std::fflush(stdout);
}

// `jobs` at a time, each in networks of its own; told as they end. A herd takes the whole machine: it comes last,
// alone.
std::vector<Outcome> run_all(const std::vector<Case>& cases, Length length, unsigned jobs) {
    std::vector<Outcome> outcomes(cases.size());
    std::vector<std::size_t> herds, others;
    for (std::size_t i = 0; i < cases.size(); ++i) (cases[i].full_herd > 0 ? herds : others).push_back(i);
    std::mutex printing;
    const auto run_one = [&](std::size_t i) {
        outcomes[i] = run_case(cases[i], length);
        const std::lock_guard alone(printing);
        if (!interrupted()) print(cases[i], outcomes[i]);
    };
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < others.size() && !interrupted(); i = next++) run_one(others[i]);
    };
    std::vector<std::jthread> helpers;
    for (unsigned job = 1; job < jobs; ++job) helpers.emplace_back(work);
    work();
    helpers.clear();
    for (const std::size_t i : herds) {
        if (!interrupted()) run_one(i);
    }
    return outcomes;
}

int run_cases(Options& options) {
    if (options.all) options.cases = case_names(options.folder);
    std::vector<Case> cases;
    for (const std::string& name : options.cases) {
        auto loaded = load_case(options.folder, name);
        if (!loaded) return refuse(loaded.error(), kUsage);
        cases.push_back(std::move(*loaded));
    }
    if (cases.empty()) return refuse({Code::InvalidInput, "run: name cases, or write --all"}, kUsage);
    const std::vector<Outcome> outcomes = run_all(cases, options.quick ? Length::Quick : Length::Full, options.jobs);
    if (interrupted()) return kInterrupted;
    std::vector<Row> rows;
    int passed = 0, failed = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        passed += outcomes[i].state == Outcome::State::Passed ? 1 : 0;
        failed += outcomes[i].state == Outcome::State::Failed ? 1 : 0;
        rows.emplace_back(cases[i], outcomes[i]);
    }
    if (rows.size() > 1)
        fmt::print("{} passed, {} failed, {} skipped\n", passed, failed,
                   rows.size() - static_cast<std::size_t>(passed + failed));
    if (!options.table.empty()) {
        if (const Status written = write_table(options.table, rows); !written) return refuse(written.error(), kUsage);
    }
    return failed > 0 ? kFailed : passed > 0 ? 0 : kSkipped;
}

int bring_up_case(const Options& options) {
    const auto loaded = load_case(options.folder, options.up);
    if (!loaded) return refuse(loaded.error(), kUsage);
    const Status up = bring_up(*loaded);
    if (up) return 0;
    return refuse(up.error(), up.error().code == Code::Unauthorized ? kSkipped : kFailed);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Every way a middlebox can misbehave, as a case", "netlab");
    app.require_subcommand(1);
    app.add_option("--folder", options.folder, "with cases/ and servers/")->capture_default_str();
    CLI::App* list = app.add_subcommand("list", "name, mode and title of every case");
    CLI::App* up = app.add_subcommand("up", "bring a case up and leave it so until Ctrl-C");
    up->add_option("CASE", options.up)->required();
    CLI::App* run = app.add_subcommand("run", "run cases; exit code 0: passed, 1: failed, 77: skipped");
    run->add_option("CASE", options.cases);
    run->add_flag("--all", options.all, "every case");
    run->add_flag("--quick", options.quick, "a load of about 4 s instead of 30 s");
    run->add_option("--jobs", options.jobs, "so many cases at a time")->check(CLI::Range(1, 16))->capture_default_str();
    run->add_option("--table", options.table, "write the results as a table into this file");
    CLI11_PARSE(app, argc, argv);
    catch_interrupts();
    if (list->parsed()) return list_cases(options);
    return up->parsed() ? bring_up_case(options) : run_cases(options);
}
