#include <catch2/catch.hpp>

#include "controller/cli/render/summary.h"
#include "controller/report/report_files.h"
#include "controller/report/report_reader.h"
#include "tests/support/golden.h"
#include "tests/support/sample_result.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/controller/cli/mock_ups.h"

using namespace culvert;
using cli::render::TextStyle;

TEST_CASE("the summary is the one of the mock-up", "[cli]") {
    test::check_golden("cli/summary.txt",
                       cli::render::summary(test::mock_result(), test::mock_files(), ExitCode::ThresholdsFailed,
                                            TextStyle{105, false, true}));
}

TEST_CASE("at 80 columns the summary drops max first", "[cli]") {
    test::check_golden("cli/summary_80.txt",
                       cli::render::summary(test::mock_result(), test::mock_files(), ExitCode::ThresholdsFailed,
                                            TextStyle{80, false, true}));
}

TEST_CASE("the verdict stands in the first line, the exit code in the last", "[cli]") {
    results::RunResult result = test::mock_result();
    result.verdict = results::Verdict::Pass;
    result.trust.clear();
    const std::string text =
        cli::render::summary(result, test::mock_files(), ExitCode::Ok, TextStyle{105, false, true});
    CHECK(text.rfind("✓ PASS", 0) == 0);
    CHECK(text.find("trust VALID") < text.find('\n'));
    CHECK(text.find("exit 0: ") > text.rfind("\n", text.size() - 2));
}

TEST_CASE("files that could not be written are said with their cause", "[cli]") {
    report::WrittenReport written = test::mock_files();
    written.files = {"junit.xml"};
    written.problems = {{Code::Internal, "writing runs/7f3a/report.json: cannot be written: No space left on device"}};
    const std::string text =
        cli::render::summary(test::mock_result(), written, ExitCode::Internal, TextStyle{105, false, true});
    CHECK(text.find("No space left on device") != std::string::npos);
    CHECK(text.find("runs/7f3a/junit.xml") != std::string::npos);
    CHECK(text.find("exit 1") != std::string::npos);
}

TEST_CASE("a report that is read back gives the summary that was shown when it was written", "[cli]") {
    const test::TemporaryFolder folder;
    results::RunResult result = test::sample_result();
    auto plan = workload::parse_plan("plan.yaml", result.plan->text);
    REQUIRE(plan);
    result.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    const report::WrittenReport written = report::write_report(result, folder.file("run"));
    REQUIRE(written.complete());
    const auto read = report::read_report(folder.file("run"));
    if (!read) FAIL(read.error().message);
    const TextStyle style{105, false, true};
    CHECK(cli::render::summary(read->result, read->files, ExitCode::ThresholdsFailed, style) ==
          cli::render::summary(result, read->files, ExitCode::ThresholdsFailed, style));
    CHECK(report::exit_code_of(read->result) == ExitCode::ThresholdsFailed);
}

TEST_CASE("a run that never started says why and how it ends, and shows no empty tables", "[cli]") {
    results::RunResult result = test::mock_result();
    result.state = results::RunState::Failed;
    result.state_reason =
        "fra-1: shop.acme.test:8443 is not in charter.targets; allowed are shop.acme.test:443, 10.1.0.0/16";
    result.timeline.clear();
    result.ledger = {};
    const std::string text =
        cli::render::summary(result, test::mock_files(), ExitCode::AgentsMissing, TextStyle{80, false, true});
    CHECK(text ==
          "✗ NOT STARTED   Checkout · run 7f3a · 3 agents, 1 lost · failed\n"
          "BECAUSE  fra-1: shop.acme.test:8443 is not in charter.targets; allowed are\n"
          "         shop.acme.test:443, 10.1.0.0/16\n"
          "FILES    runs/7f3a/report.html · report.json · junit.xml · intervals.csv\n"
          "\nexit 4: agents were missing, or lost against the policy.\n");
}

TEST_CASE("where the exit code and the next command do not fit into a line, they stand in two", "[cli]") {
    const std::string text = cli::render::summary(test::mock_result(), test::mock_files(), ExitCode::AgentsMissing,
                                                  TextStyle{80, false, true});
    CHECK(text.find("policy.\nNext: open runs/7f3a/report.html\n") != std::string::npos);
}

TEST_CASE("a run that its threshold aborted says so in the summary, and exits with 3", "[cli]") {
    results::RunResult result = test::mock_result();
    result.state = results::RunState::Aborted;
    result.state_reason = "error_rate < 1% after 30s else abort: 4.2 % at 00:31";
    result.thresholds[1] = {"error_rate < 1% after 30s else abort", 4.2, "4.2 %", results::ThresholdState::Fail, 31};
    const std::string text =
        cli::render::summary(result, test::mock_files(), ExitCode::ThresholdsFailed, TextStyle{105, false, true});
    test::check_golden("cli/summary_aborted.txt", text);
    CHECK(text.rfind("✗ FAIL", 0) == 0);
}
