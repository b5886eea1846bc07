#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

#include "controller/cli/live_screen.h"
#include "controller/cli/progress.h"
#include "controller/cli/render/live_view.h"
#include "tests/support/golden.h"
#include "tests/unit/controller/cli/mock_ups.h"

using namespace culvert;
using cli::render::TextStyle;

namespace {

constexpr const char* kKeys = "Ctrl-C stops the load and reports; a second one stops at once";

std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, cli::render::width_of(line));
    return widest;
}

}  // namespace

TEST_CASE("the live view is the one of the mock-up", "[cli]") {
    test::check_golden("cli/live_view.txt",
                       cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{105, false, true}));
}

TEST_CASE("at 80 columns the live view drops max, then labels, then the spark line, and never wraps", "[cli]") {
    const std::string text = cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{80, false, true});
    test::check_golden("cli/live_view_80.txt", text);
    CHECK(widest_line(text) <= 80);
    CHECK(text.find(" max") == std::string::npos);
    CHECK(text.find("LABELS") == std::string::npos);
    for (const std::size_t width : {40U, 60U, 100U, 160U})
        CHECK(widest_line(cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{width, true, true})) <= width);
}

TEST_CASE("colours only add: without them the text is the same", "[cli]") {
    const std::string colored = cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{105, true, true});
    std::string plain;
    for (std::size_t at = 0; at < colored.size(); ++at) {
        if (colored[at] == '\x1b') {
            at = colored.find('m', at);
        } else {
            plain += colored[at];
        }
    }
    CHECK(plain == cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{105, false, true}));
}

TEST_CASE("where the locale is not UTF-8 every sign has an ASCII one of the same width", "[cli]") {
    const std::string text = cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{105, false, false});
    for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
    CHECK(widest_line(text) ==
          widest_line(cli::render::live_view(test::mock_view(), {kKeys}, TextStyle{105, false, true})));
}

TEST_CASE("a view without any data shows dashes, not zeros", "[cli]") {
    run::RunView view;
    view.id = "1";
    view.name = "Empty";
    view.steps.resize(1);
    const std::string text = cli::render::live_view(view, {}, TextStyle{100, false, true});
    CHECK(text.find("offered –") != std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
}

TEST_CASE("control characters of a stranger's name do not reach the terminal", "[cli]") {
    run::RunView view = test::mock_view();
    view.agents[0].name = "evil\x1b[2J\n";
    view.events[0].text = "\x1b]0;title\x07";
    const std::string text = cli::render::live_view(view, {}, TextStyle{105, false, true});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("a plain line says phase, load, latency, errors, agents and trust", "[cli]") {
    CHECK(cli::render::plain_line(test::mock_view(), TextStyle{80, false, true}) ==
          "03:32 hold 200/s  199.8/s of 200.0  worst p95 171 ms  errors 0.5 %  agents 2/3  SUSPECT: ams-3 lost (VALID "
          "again if it returns with its spool)\n");
}

TEST_CASE("plain progress speaks each 10 s, and after ten minutes each minute", "[cli]") {
    cli::PlainPace pace;
    int spoken = 0;
    for (int second = 0; second < 600; ++second) spoken += pace.due(second) ? 1 : 0;
    CHECK(spoken == 59);
    for (int second = 600; second < 1200; ++second) spoken += pace.due(second) ? 1 : 0;
    CHECK(spoken == 59 + 10);
}

TEST_CASE("a redraw goes up over what stands, clears it, and leaves out what does not fit", "[cli]") {
    CHECK(cli::redraw("a\nb\n", 0, 24) == "\r\x1b[Ja\nb\n");
    CHECK(cli::redraw("a\nb\n", 2, 24) == "\x1b[2A\r\x1b[Ja\nb\n");
    CHECK(cli::redraw("a\nb\nc\nd\n", 1, 3) == "\x1b[1A\r\x1b[Ja\nb\n");
}

TEST_CASE("a threshold shows its value before the operator, whatever its scope is called", "[cli]") {
    CHECK(cli::render::threshold_with_value(
              {"p95(a <b>/c) < 300ms over 10s", 112.0, "112 ms", results::ThresholdState::Pass, {}}) ==
          "p95(a <b>/c) 112 ms < 300ms over 10s");
}

TEST_CASE("an event is told with the agent it is about, once", "[cli]") {
    CHECK(cli::render::event_line({182'000, "agent_lost", "ams-3", "ams-3 lost: link silent"}) ==
          "03:02  ams-3 lost: link silent");
    CHECK(cli::render::event_line({182'000, "link_resumed", "ams-3", "link is back"}) == "03:02  ams-3: link is back");
    CHECK(cli::render::event_line({0, "started", "", "1 agent starts"}) == "00:00  1 agent starts");
}

TEST_CASE("a run that is over is in no phase of its load", "[cli]") {
    run::RunView view = test::mock_view();
    view.phase = "finishing";
    view.state = results::RunState::Finished;
    const std::string text = cli::render::live_view(view, {}, TextStyle{105, false, true});
    CHECK(text.find(" · finished  ") != std::string::npos);
    CHECK(text.find("finishing") == std::string::npos);
}

TEST_CASE("the keys are named where keys are heard, and each can be asked about", "[cli]") {
    const TextStyle style{100, false, true};
    cli::render::LiveLayout layout{"stop and report", true};
    CHECK_THAT(cli::render::live_view(test::mock_view(), layout, style),
               Catch::EndsWith("q stop and report   d steps off   ? help\n"));
    layout.details = false;
    const std::string without = cli::render::live_view(test::mock_view(), layout, style);
    CHECK_THAT(without, Catch::Contains("steps    3 steps   419.7 req/s   worst p95 171 ms") &&
                            !Catch::Contains("STEP ") && Catch::Contains("d steps on"));
    layout.help = true;
    CHECK_THAT(cli::render::live_view(test::mock_view(), layout, style), Catch::Contains("q, Ctrl-C  stop and report"));
    for (const std::size_t width : {40U, 60U, 80U})
        CHECK(widest_line(cli::render::live_view(test::mock_view(), layout, TextStyle{width, true, true})) <= width);
}

TEST_CASE("on a low terminal events and rows of tables go, verdict, trust and keys stay", "[cli]") {
    run::RunView view = test::mock_view();
    for (int i = 0; i < 40; ++i) view.steps.push_back(view.steps[0]);
    for (const std::size_t rows : {16U, 20U, 24U, 40U}) {
        const std::string text =
            cli::render::live_view(view, {"stop and report", true, true, false, rows}, TextStyle{100, false, true});
        INFO(text);
        CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < rows);
        CHECK_THAT(text, Catch::Contains("✓ error_rate") && Catch::Contains("SUSPECT") && Catch::Contains("ams-3") &&
                             Catch::EndsWith("? help\n"));
        if (rows >= 24) CHECK_THAT(text, Catch::Contains("more, in the report"));
    }
}

TEST_CASE("the live view at 60 columns, without colours, in ASCII", "[cli]") {
    const std::string text =
        cli::render::live_view(test::mock_view(), {"stop and report", true}, TextStyle{60, false, false});
    test::check_golden("cli/live_view_60_ascii.txt", text);
    CHECK(widest_line(text) <= 60);
}

TEST_CASE("a threshold that fired and aborts the run says so everywhere", "[cli]") {
    run::RunView view = test::mock_view();
    view.thresholds[1].state = results::ThresholdState::Fail;
    view.thresholds[1].actual_text = "4.2 %";
    view.thresholds[1].check = "error_rate < 1% after 30s else abort";
    view.state = results::RunState::Finishing;
    view.state_reason = "error_rate < 1% after 30s else abort: 4.2 % at 00:31";
    view.events = {{31'000, "threshold_crossed", "", view.state_reason + ": the plan says abort"}};
    const std::string text = cli::render::live_view(view, {kKeys}, TextStyle{105, false, true});
    CHECK_THAT(text, Catch::Contains("✗ error_rate 4.2 % < 1% after 30s else abort") &&
                         Catch::Contains("\nerror_rate < 1% after 30s else abort: 4.2 % at 00:31\n") &&
                         Catch::Contains("00:31  error_rate < 1% after 30s else abort: 4.2 % at 00:31: the plan says"));
    CHECK(cli::render::event_line(view.events[0]).rfind("00:31  error_rate", 0) == 0);
}

TEST_CASE("East Asian characters and emoji take two columns, marks none", "[cli]") {
    CHECK(cli::render::width_of("計画") == 4);
    CHECK(cli::render::width_of("e\u0301") == 1);
    CHECK(cli::render::width_of("🚀") == 2);
    CHECK(cli::render::clipped("計画計画", 5) == "計画…");
    CHECK(cli::render::ascii_only("計") == "??");
    run::RunView view = test::mock_view();
    view.name = "負荷試験のための長い計画の名前";
    for (const std::size_t width : {40U, 60U, 80U})
        CHECK(widest_line(cli::render::live_view(view, {kKeys}, TextStyle{width, false, true})) <= width);
}

TEST_CASE("a picture covers more rows once the terminal is narrower", "[cli]") {
    CHECK(cli::rows_of("", 80) == 0);
    CHECK(cli::rows_of("abc\n\nabcdef\n", 80) == 3);
    CHECK(cli::rows_of("abc\n\nabcdef\n", 3) == 4);
    CHECK(cli::rows_of("✓✓✓✓\n", 3) == 2);
}
