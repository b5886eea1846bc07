// The table of scenarios and steps. When the charts are zoomed it shows the visible window, from the heat columns, marked with ≈.
import { Heat } from "./data";
import { Child, Column, h, table } from "./dom";
import * as format from "./format";
import { Frame } from "./frame";
import { Data, Latency, Maybe, PhaseName, Report, Step } from "./types";

const PHASES: { name: PhaseName; text: string }[] = [
  { name: "dns", text: "DNS" }, { name: "connect", text: "connect" }, { name: "tls", text: "TLS" }, { name: "first_byte", text: "first byte" }, { name: "rest", text: "rest" },
];

interface Row { scenario: boolean; name: string; requests: number; failures: number; seconds: number; latency: Latency; send95: Maybe; about: boolean; step: Step | null; longest: number }

// The mean time of a request by phases; a phase that few requests had counts as little as it cost.
function phaseShares(step: Step): { text: string; name: PhaseName; ms: number }[] {
  return PHASES.map(({ name, text }) => {
    const phase = step.phases_ms[name];
    return { name, text, ms: phase.mean === null || step.requests === 0 ? 0 : (phase.mean * phase.count) / step.requests };
  });
}

function phaseBar(row: Row): Child {
  if (!row.step) return "";
  const shares = phaseShares(row.step);
  const all = shares.reduce((sum, share) => sum + share.ms, 0);
  if (all === 0) return format.UNKNOWN;
  const words = shares.filter((share) => share.ms > 0).map((share) => `${share.text} ${format.latency(share.ms)}`).join(" · ");
  return h("span", { class: "phases", title: words, role: "img", "aria-label": words, style: `width:${Math.max(8, (100 * all) / row.longest).toFixed(1)}%` },
    ...shares.map((share) => h("i", { class: share.name, style: `flex-grow:${share.ms.toFixed(4)}` })));
}

function statuses(step: Step | null): Child {
  if (!step) return "";
  const codes = Object.entries(step.status);
  return codes.length === 0 ? format.UNKNOWN : h("span", { class: "codes" }, ...codes.map(([code, count]) => h("span", { class: "code c" + code[0] }, code + " ", h("b", {}, format.count(count)))));
}

function rows(data: Data, heat: Heat, frame: Frame): Row[] {
  const { report } = data;
  const about = frame.zoomed;
  const seconds = about ? frame.window.to - frame.window.from : report.run.measured_seconds;
  const longest = report.scenarios.flatMap((scenario) => scenario.steps).reduce((most, step) => Math.max(most, phaseShares(step).reduce((sum, share) => sum + share.ms, 0)), 0);
  const out: Row[] = [];
  const none: Latency = { min: null, mean: null, stddev: null, p50: null, p75: null, p90: null, p95: null, p99: null, p999: null, max: null };
  report.scenarios.forEach((scenario, i) => {
    const missed = scenario.missed_slots > 0 ? ` · missed ${format.count(scenario.missed_slots)}` : "";
    const cut = scenario.interrupted_iterations > 0 ? ` · interrupted ${format.count(scenario.interrupted_iterations)}` : "";
    const name = `${scenario.name}: planned ${format.count(scenario.planned)} · offered ${format.count(scenario.offered)} · delivered ${format.count(scenario.delivered)}${missed}${cut}`;
    out.push({ scenario: true, name, requests: 0, failures: 0, seconds, latency: none, send95: null, about, step: null, longest });
    scenario.steps.forEach((step, k) => {
      const seen = about ? heat.over({ scenario: i, step: k }, frame.window) : { requests: step.requests, failures: step.failures, latency: step.latency_ms };
      out.push({ scenario: false, name: step.name, requests: seen.requests, failures: seen.failures, seconds, latency: seen.latency, send95: about ? null : step.send_latency_ms.p95, about, step, longest });
    });
  });
  return out;
}

function columns(): Column<Row>[] {
  const timed = (title: string, of: (latency: Latency) => Maybe): Column<Row> => ({ title, cell: (row) => (row.about && of(row.latency) !== null ? "≈ " : "") + format.latency(of(row.latency)) });
  return [
    { title: "step", left: true, cell: (row) => row.name },
    { title: "requests", cell: (row) => format.count(row.requests) },
    { title: "req/s", cell: (row) => format.rate(row.seconds > 0 ? row.requests / row.seconds : null) },
    timed("p50", (latency) => latency.p50),
    timed("p95", (latency) => latency.p95),
    timed("p99", (latency) => latency.p99),
    timed("p99.9", (latency) => latency.p999),
    timed("max", (latency) => latency.max),
    { title: "p95 from send", hint: "How long the target took once it had the request. A gap to p95 lies before that: connecting, TLS, waiting for a free user, a late generator", cell: (row) => format.latency(row.send95) },
    { title: "errors", cell: (row) => h("span", { class: row.failures > 0 ? "bad" : "" }, format.share(row.requests > 0 ? row.failures / row.requests : null)) },
    { title: "HTTP status", left: true, cell: (row) => statuses(row.step) },
    { title: "phases, mean", left: true, cell: phaseBar },
  ];
}

export function stepTable(data: Data, heat: Heat, frame: Frame): HTMLElement {
  const place = h("div", {});
  const legend = h("p", { class: "legend" }, ...PHASES.map(({ name, text }) => h("span", { class: "key" }, h("i", { class: "chip " + name }), text)));
  const about = h("p", { class: "note" });
  const draw = (): void => {
    about.textContent = frame.zoomed
      ? `${format.clock(frame.window.from)} to ${format.clock(frame.window.to)}: counts are those of the window; ≈ percentiles are exact to 6 %. Statuses and phases are of the whole run.`
      : data.page.warmup_seconds > 0 ? "The whole run without its warm-up." : "The whole run.";
    const built = table<Row>("Scenarios and steps", columns(), rows(data, heat, frame), (row) => (row.scenario ? "group" : ""));
    for (const group of built.querySelectorAll("tr.group")) {
      const first = group.firstElementChild as HTMLTableCellElement;
      while (first.nextElementSibling) first.nextElementSibling.remove();
      first.colSpan = columns().length;
    }
    place.replaceChildren(built);
  };
  frame.whenWindow(draw);
  draw();
  return h("div", {}, about, place, legend);
}

// Every step with the words people know it by; with one scenario its name adds nothing.
export function stepNames(report: Report): { scenario: number; step: number; text: string }[] {
  return report.scenarios.flatMap((scenario, i) => scenario.steps.map((step, k) => ({ scenario: i, step: k, text: report.scenarios.length > 1 ? `${scenario.name}/${step.name}` : step.name })));
}
