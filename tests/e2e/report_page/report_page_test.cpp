#include <string>

#include <catch2/catch.hpp>

#include "chromium.h"
#include "controller/report/report_files.h"
#include "probe.h"
#include "tests/support/sample_result.h"

using namespace culvert;
using test::probe;
using test::shows;

TEST_CASE("the page shows verdict, trust, thresholds and all that a report promises, and fetches nothing",
          "[report_page]") {
    const test::Rendered page = test::render_page(report::report_html(test::sample_result()), probe(R"(
      say("charts", all("figure.plot svg").length >= 7);
      say("lines", all("path.line").length >= 12);
      say("heat", one("image.heat").getAttribute("href").startsWith("data:image/png"));
      say("dots", all("circle.dot").length > 200);
      say("agents", all(".agent").length);
      say("sections", all("main section").map((section) => section.id).join(","));
      say("plan lines", all(".plan .line").length);
      say("injected", all("main b b, main script").length);
      say("wide", document.documentElement.scrollWidth <= innerWidth);
    )"));
    INFO(page.console);
    CHECK(shows(page,
                "[charts=true][lines=true][heat=true][dots=true][agents=3][sections=summary,latency,errors,steps,"
                "agents,ledger,events,plan]"));
    CHECK(shows(page, "[injected=0][wide=true][problems=none][loaded=0]"));
    CHECK(page.console.empty());
    for (const char* text :
         {"Checkout", "FAIL", "1 of 3 thresholds failed", "SUSPECT", "ams-3 never came back",
          "p95(browse/list products) &lt; 300ms", "first crossed", "05:12", "Answers nearly stopped", "hold 200/s",
          "HTTP 500", "x-api-key: ***", "lost at 03:02", "intervals made", "✗ no", "deploy 412", "constant_rate"}) {
        INFO(text);
        CHECK(shows(page, text));
    }
}

TEST_CASE("one crosshair and one zoom move all charts and the table of steps", "[report_page]") {
    const test::Rendered page = test::render_page(report::report_html(test::sample_result()), probe(R"(
      const canvas = one("figure.plot .canvas");
      const box = canvas.getBoundingClientRect();
      const at = (kind, share) => canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, button: 0, clientX: box.left + box.width * share, clientY: box.top + 60 }));
      canvas.setPointerCapture = () => {};
      at("pointermove", 0.5);
      const labels = all("figure.plot:not(.still) text.time").map((text) => text.textContent);
      say("crosshairs", labels.length >= 5 && new Set(labels).size === 1);
      say("dot", all(".dot.here").length);
      at("pointerleave", 0.5);
      say("gone", all("text.time").length);
      at("pointerdown", 0.5); at("pointermove", 0.6); at("pointerup", 0.6);
      say("zoomed", !one(".zoom").hidden);
      say("approximate", one("#steps").textContent.includes("≈"));
      canvas.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
      say("reset", one(".zoom").hidden && !one("#steps td").textContent.includes("≈"));
      const plot = one("figure.plot");
      const key = (name) => plot.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
      key("ArrowRight"); key("+");
      say("keys", !one(".zoom").hidden && all("text.time").length >= 5);
      key("Escape");
      say("escape", one(".zoom").hidden);
    )"));
    INFO(page.console);
    CHECK(shows(page,
                "[crosshairs=true][dot=1][gone=0][zoomed=true][approximate=true][reset=true][keys=true][escape=true]["
                "problems=none][loaded=0]"));
}

TEST_CASE("a step that is chosen fills the heat map and the spectrum, and the theme changes colours", "[report_page]") {
    const test::Rendered page = test::render_page(report::report_html(test::sample_result()), probe(R"(
      const image = () => one("image.heat").getAttribute("href");
      const everything = image();
      const select = one("select");
      say("choices", [...select.options].map((option) => option.textContent).join(","));
      select.value = "2";
      select.dispatchEvent(new Event("change"));
      say("other heat", image() !== everything);
      say("curve", all("figure.still path.line.thick").length);
      const before = getComputedStyle(document.body).backgroundColor;
      const heat = image();
      one(".theme").click();
      say("theme", getComputedStyle(document.body).backgroundColor !== before && image() !== heat);
    )"));
    INFO(page.console);
    CHECK(shows(page,
                "[choices=all steps,browse/list products,browse/add to cart,trickle/health][other "
                "heat=true][curve=1][theme=true][problems=none]"));
}

TEST_CASE("a run that never started, and one second of a run, still make a page", "[report_page]") {
    results::RunResult empty;
    empty.id = "0";
    empty.state = results::RunState::Failed;
    empty.state_reason = "a1: the charter does not allow 127.0.0.1:1";
    empty.plan = test::sample_plan();
    const test::Rendered nothing = test::render_page(report::report_html(empty), probe(""));
    INFO(nothing.console);
    CHECK(shows(nothing, "[problems=none]"));
    CHECK(shows(nothing, "the charter does not allow"));
    CHECK(shows(nothing, "NO VERDICT"));

    results::RunResult second = test::sample_result();
    second.timeline.resize(1);
    const test::Rendered short_page =
        test::render_page(report::report_html(second), probe(R"(say("NaN", one("main").innerHTML.includes("NaN"));)"));
    INFO(short_page.console);
    CHECK(shows(short_page, "[NaN=false][problems=none]"));
}
