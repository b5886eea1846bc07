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
                       cli::render::live_view(test::mock_view(), kKeys, TextStyle{105, false, true}));
}

TEST_CASE("at 80 columns the live view drops max, then labels, then the spark line, and never wraps", "[cli]") {
    const std::string text = cli::render::live_view(test::mock_view(), kKeys, TextStyle{80, false, true});
    test::check_golden("cli/live_view_80.txt", text);
    CHECK(widest_line(text) <= 80);
    CHECK(text.find(" max") == std::string::npos);
    CHECK(text.find("LABELS") == std::string::npos);
    for (const std::size_t width : {40U, 60U, 100U, 160U})
        CHECK(widest_line(cli::render::live_view(test::mock_view(), kKeys, TextStyle{width, true, true})) <= width);
}

TEST_CASE("colours only add: without them the text is the same", "[cli]") {
    const std::string colored = cli::render::live_view(test::mock_view(), kKeys, TextStyle{105, true, true});
    std::string plain;
    for (std::size_t at = 0; at < colored.size(); ++at) {
        if (colored[at] == '\x1b') {
            at = colored.find('m', at);
        } else {
            plain += colored[at];
        }
    }
    CHECK(plain == cli::render::live_view(test::mock_view(), kKeys, TextStyle{105, false, true}));
}

TEST_CASE("where the locale is not UTF-8 every sign has an ASCII one of the same width", "[cli]") {
    const std::string text = cli::render::live_view(test::mock_view(), kKeys, TextStyle{105, false, false});
    for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
    CHECK(widest_line(text) ==
          widest_line(cli::render::live_view(test::mock_view(), kKeys, TextStyle{105, false, true})));
}

TEST_CASE("a view without any data shows dashes, not zeros", "[cli]") {
    run::RunView view;
    view.id = "1";
    view.name = "Empty";
    view.steps.resize(1);
    const std::string text = cli::render::live_view(view, "", TextStyle{100, false, true});
    CHECK(text.find("offered –") != std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
}

TEST_CASE("control characters of a stranger's name do not reach the terminal", "[cli]") {
    run::RunView view = test::mock_view();
    view.agents[0].name = "evil\x1b[2J\n";
    view.events[0].text = "\x1b]0;title\x07";
    const std::string text = cli::render::live_view(view, "", TextStyle{105, false, true});
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
    const std::string text = cli::render::live_view(view, "", TextStyle{105, false, true});
    CHECK(text.find(" · finished  ") != std::string::npos);
    CHECK(text.find("finishing") == std::string::npos);
}
