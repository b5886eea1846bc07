// The page in every shape a person may meet it: narrow, dark, printed, of few agents and of many, of hostile names.
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "chromium.h"
#include "controller/report/report_files.h"
#include "probe.h"
#include "tests/support/sample_result.h"

using namespace culvert;
using test::probe;
using test::shows;

namespace {

// Whatever the shape: nothing sticks out sideways, no text of a chart lies on another one, nothing is "NaN".
constexpr const char* kWellFormed = R"(
  say("fits", document.documentElement.scrollWidth <= innerWidth);
  say("out", all("main *").filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".table, .plan, nav")).map((element) => element.tagName + "." + element.className).slice(0, 5).join(" ") || "none");
  const cut = (texts) => texts.filter((text, i) => i > 0 && text.getBoundingClientRect().left < texts[i - 1].getBoundingClientRect().right);
  say("overlap", all(".plot svg").flatMap((svg) => cut([...svg.querySelectorAll("text.tick.x")])).map((text) => text.textContent).join(" ") || "none");
  say("NaN", /NaN|undefined|Infinity/.test(one("main").innerHTML));
)";

results::RunResult with_agents(std::size_t count) {
    results::RunResult result = test::sample_result();
    const results::AgentResult sample = result.agents[0];
    result.agents.clear();
    for (std::size_t i = 0; i < count; ++i) {
        results::AgentResult agent = sample;
        agent.name = fmt::format("agent-{:02}", i);
        result.agents.push_back(std::move(agent));
    }
    for (results::SecondResult& second : result.timeline) {
        const auto requests = second.agent_requests.find(sample.name);
        const auto latency = second.agent_latency.find(sample.name);
        const auto made = requests == second.agent_requests.end() ? 0 : requests->second;
        const auto spent = latency == second.agent_latency.end() ? metrics::Histogram() : latency->second;
        second.agent_requests.clear();
        second.agent_latency.clear();
        for (const results::AgentResult& agent : result.agents) {
            second.agent_requests[agent.name] = made;
            if (!spent.empty()) second.agent_latency[agent.name] = spent;
        }
    }
    return result;
}

void check_well_formed(const test::Rendered& page) {
    INFO(page.console);
    const std::size_t begin = page.dom.find("<pre id=\"probe\">");
    INFO(page.dom.substr(std::min(begin, page.dom.size()), 2000));
    CHECK(shows(page, "[fits=true][out=none][overlap=none][NaN=false]"));
    CHECK(shows(page, "[problems=none][loaded=0]"));
}

}  // namespace

TEST_CASE("the page fits a window of 60 columns, and charts keep their crosshair there", "[report_page]") {
    const auto page = test::render_page(report::report_html(test::sample_result()), probe(std::string(kWellFormed) + R"(
      say("narrow", innerWidth <= 500);
      say("readable", Math.min(...all(".plot .canvas").map((canvas) => canvas.clientWidth)) > 300);
      const canvas = one("figure.plot .canvas");
      const box = canvas.getBoundingClientRect();
      canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerId: 1, clientX: box.left + box.width * 0.98, clientY: box.top + 60 }));
      const label = one("text.time").getBoundingClientRect();
      say("label inside", label.right <= innerWidth && label.left >= 0);
    )"),
                                        {.width = 480, .height = 900, .dark = false});
    check_well_formed(page);
    CHECK(shows(page, "[narrow=true][readable=true][label inside=true]"));
}

TEST_CASE("light and dark follow the system, and every text stands out from what is behind it", "[report_page]") {
    // WCAG's contrast of texts against the card or the page behind them.
    const std::string contrast = R"(
      const canvas2d = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const rgb = (color) => { canvas2d.clearRect(0, 0, 1, 1); canvas2d.fillStyle = color; canvas2d.fillRect(0, 0, 1, 1); return [...canvas2d.getImageData(0, 0, 1, 1).data]; };
      const light = (color) => { const [r, g, b] = color.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const behind = (element) => { for (let at = element; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
      const ink = (element) => getComputedStyle(element)[element instanceof SVGElement ? "fill" : "color"];
      const ratio = (element) => { const [a, b] = [light(rgb(ink(element))), light(behind(element))].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
      const weak = (selector, least) => all(selector).filter((element) => element.textContent.trim() !== "" && ratio(element) < least).map((element) => selector + " " + ratio(element).toFixed(2))[0];
      say("weak", [weak("h1, h2", 4.5), weak("main td", 4.5), weak(".stamp strong", 4.5), weak(".stamp li, .stamp div > span", 4.5), weak(".tile .note", 4.5), weak(".facts", 4.5), weak(".plan .line", 4.5), weak(".plot text.tick, .plot text.phase", 4.5), weak("footer", 4.5)].filter(Boolean).join(", ") || "none");
      say("paper", light(rgb(getComputedStyle(document.body).backgroundColor)) > 0.5 ? "light" : "dark");
    )";
    const std::string html = report::report_html(test::sample_result());
    const auto light = test::render_page(html, probe(contrast));
    INFO(light.dom.substr(light.dom.find("<pre id=\"probe\">"), 300));
    CHECK(shows(light, "[weak=none][paper=light][problems=none]"));
    const auto dark = test::render_page(html, probe(contrast), {.width = 1440, .height = 1200, .dark = true});
    INFO(dark.dom.substr(dark.dom.find("<pre id=\"probe\">"), 300));
    CHECK(shows(dark, "[weak=none][paper=dark][problems=none]"));
}

TEST_CASE("a run of one agent without a single request makes a page that says so", "[report_page]") {
    results::RunResult result = with_agents(1);
    const metrics::ScenarioStats nothing;
    for (auto* totals : {&result.totals, &result.agents[0].totals}) {
        for (metrics::ScenarioStats& scenario : *totals) {
            const std::size_t steps = scenario.steps.size();
            scenario = nothing;
            scenario.steps.resize(steps);
        }
    }
    for (results::SecondResult& second : result.timeline) {
        for (metrics::ScenarioStats& scenario : second.scenarios) {
            const std::size_t steps = scenario.steps.size();
            scenario = nothing;
            scenario.steps.resize(steps);
        }
        second.agent_requests.clear();
        second.agent_latency.clear();
    }
    result.examples.clear();
    const auto page = test::render_page(report::report_html(result), probe(kWellFormed));
    check_well_formed(page);
    CHECK(shows(page, "1 agent"));
    CHECK_FALSE(shows(page, "1 agents"));
    CHECK(shows(page, "no samples"));
}

TEST_CASE("one agent and fifty agents each have their card and their row", "[report_page]") {
    for (const std::size_t count : {1U, 50U}) {
        const auto page =
            test::render_page(report::report_html(with_agents(count)), probe(std::string(kWellFormed) + R"(
          say("cards", all(".agent").length);
          say("rows", all("#agents tbody tr").length);
          say("drawn", all(".agent").every((card) => card.querySelectorAll("path.line").length === 2));
        )"));
        INFO(count);
        check_well_formed(page);
        CHECK(shows(page, fmt::format("[cards={0}][rows={0}][drawn=true]", count)));
    }
}

TEST_CASE("hostile names are texts wherever they stand", "[report_page]") {
    const std::string evil = "</script><img src=x onerror=\"document.title='taken'\"><!--";
    results::RunResult result = test::sample_result();
    auto plan = std::make_shared<workload::Plan>(*result.plan);
    plan->name = evil;
    plan->text += "# " + evil + "\n";
    plan->scenarios[0].name = evil;
    plan->scenarios[0].request_names[0] = evil;
    result.plan = plan;
    for (results::AgentResult& agent : result.agents) agent.labels["region"] = evil;
    result.agents[1].proxy = evil;
    result.agents[1].transport = evil;
    result.events[2].text = evil;
    result.trust[0].text = evil;
    result.thresholds[0].check = evil;
    result.thresholds[0].actual_text = evil;
    result.examples[0].example.what = evil;
    result.examples[0].example.body = evil;
    result.examples[0].example.request_head = evil;
    const auto page = test::render_page(report::report_html(result), probe(std::string(kWellFormed) + R"(
      say("title", document.title === "taken");
      say("injected", all("img, main script, iframe, object").length);
      say("shown", all("main *").filter((element) => element.children.length === 0 && element.textContent.includes("<\/script><img src=x")).length >= 10);
      say("step", [...one("select").options].some((option) => option.textContent.includes("<img src=x")));
    )"),
                                        {.width = 480, .height = 900, .dark = false});
    check_well_formed(page);
    CHECK(shows(page, "[title=false][injected=0][shown=true][step=true]"));
}

TEST_CASE("a printed report is a few pages on white paper with every section", "[report_page]") {
    const std::string pdf = test::print_page(report::report_html(test::sample_result()));
    REQUIRE(pdf.starts_with("%PDF-"));
    std::size_t pages = 0;
    for (std::size_t at = 0; (at = pdf.find("/Type /Page\n", at)) != std::string::npos; ++at) ++pages;
    CHECK(pages >= 3);
    CHECK(pages <= 8);
}
