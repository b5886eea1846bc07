// The report page: reads its data, lays out the sections, and ties the charts together.
import { agentCards, agentTable } from "./agents";
import { Heat, readData } from "./data";
import { errorTable, events, ledger, plan } from "./details";
import { h, section } from "./dom";
import * as format from "./format";
import { Frame } from "./frame";
import { HeatMap } from "./heatmap";
import { errorPlot, latencyPlot, loadPlot } from "./lines";
import { firstScreen, header } from "./summary";
import { stepNames, stepTable } from "./steps";
import { startTheme, toggleTheme, whenTheme } from "./theme";
import { Data, StepKey } from "./types";
import { curveOf, Scatter, Spectrum } from "./xyplot";

const SECTIONS = [["summary", "Summary"], ["latency", "Latency"], ["errors", "Errors"], ["steps", "Steps"], ["agents", "Agents"], ["ledger", "Ledger"], ["events", "Events"], ["plan", "Plan"]];
const CURVE_COLORS = ["var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--s5)", "var(--s6)"];

function bar(data: Data, frame: Frame): HTMLElement {
  const zoom = h("button", { class: "zoom", type: "button", hidden: true });
  zoom.addEventListener("click", () => frame.reset());
  frame.whenWindow(() => {
    zoom.hidden = !frame.zoomed;
    zoom.textContent = `${format.clock(frame.window.from)} – ${format.clock(frame.window.to)}  ✕`;
    zoom.setAttribute("aria-label", "Show the whole run again");
  });
  const theme = h("button", { class: "theme", type: "button", "aria-label": "Light or dark" }, "◐");
  theme.addEventListener("click", toggleTheme);
  const { verdict, trust } = data.report.run;
  return h("header", { class: "bar" }, h("a", { class: "brand", href: "#summary" }, "Culvert"),
    h("nav", { "aria-label": "Sections" }, ...SECTIONS.map(([id, name]) => h("a", { href: "#" + id }, name))),
    zoom, h("span", { class: "mini " + verdict.toLowerCase() }, verdict), h("span", { class: "mini " + trust.stamp.toLowerCase() }, trust.stamp), theme);
}

function chooser(data: Data, choose: (key: StepKey | null) => void): HTMLElement {
  const names = stepNames(data.report);
  const select = h("select", { "aria-label": "Step" }, h("option", { value: "" }, "all steps"), ...names.map((name, i) => h("option", { value: i }, name.text)));
  select.addEventListener("change", () => choose(select.value === "" ? null : names[Number(select.value)]));
  return h("label", { class: "chooser" }, "Step ", select);
}

function build(): void {
  startTheme();
  const data = readData();
  const frame = new Frame(data.page.seconds);
  const heat = new Heat(data.page);
  const names = stepNames(data.report);
  const load = loadPlot(data, frame, 220);
  const p95 = latencyPlot(data, frame, heat, ["p50", "p95"], "Latency", 220);
  const percentiles = latencyPlot(data, frame, heat, ["p50", "p95", "p99", "max"], "Latency percentiles", 300);
  const heatMap = new HeatMap(data, heat, frame);
  const spectrum = new Spectrum(data.page.spectra.points_per_decade);
  const scatter = new Scatter(data, frame);
  const errors = Object.keys(data.page.errors).length > 0 ? errorPlot(data, frame, 220) : null;

  const showSpectrum = (key: StepKey | null): void => {
    const shown = key === null && names.length > 1 && names.length <= CURVE_COLORS.length ? names : [];
    spectrum.choose(shown.length > 0
      ? shown.map((name, i) => ({ name: name.text, color: CURVE_COLORS[i], curve: curveOf(data, name) }))
      : [{ name: key === null ? "all steps" : names.find((name) => name.scenario === key.scenario && name.step === key.step)?.text ?? "", color: "var(--p95)", curve: curveOf(data, key) }]);
  };
  showSpectrum(null);
  whenTheme(() => { heatMap.paint(); scatter.legend(); scatter.draw(); });

  const content = h("main", { id: "content" }, header(data.report),
    firstScreen(data, h("div", { class: "card" }, load.element), h("div", { class: "card" }, p95.element)),
    section("latency", "Latency", "From the intended start of each iteration to the last byte, so that waiting for a slow target counts. Drag to zoom all charts, double click to come back.",
      h("div", { class: "card" }, percentiles.element),
      h("div", { class: "card" }, chooser(data, (key) => { heatMap.choose(key); showSpectrum(key); }), heatMap.plot.element),
      h("div", { class: "two" }, h("div", { class: "card" }, spectrum.element), h("div", { class: "card" }, scatter.element))),
    section("errors", "Errors", "", errors && h("div", { class: "card" }, errors.element), errorTable(data.report)),
    section("steps", "Scenarios and steps", "", stepTable(data, heat, frame)),
    section("agents", "Agents", "", agentCards(data), agentTable(data)),
    ledger(data.report), events(data.report), plan(data),
    h("footer", {}, `${data.page.made_by} · run ${data.report.run.id} · this file needs no network`));
  document.body.replaceChildren(h("a", { class: "skip", href: "#content" }, "To the content"), bar(data, frame), content);
  for (const chart of [load, p95, percentiles, heatMap.plot, spectrum, scatter, errors]) chart?.draw();
}

build();
