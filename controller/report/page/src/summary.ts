// The first screen: did it pass, may I believe it, by which rules, and what stood out.
import { Child, h, table } from "./dom";
import * as format from "./format";
import { Data, Report, Threshold } from "./types";

const MARKS = { pass: "✓", fail: "✗", no_data: "✗" };
const STATES = { pass: "passed", fail: "failed", no_data: "no data" };

export function header(report: Report): HTMLElement {
  const { run } = report;
  const lost = report.agents.filter((agent) => agent.lost_at !== null).length;
  const facts = ["run " + run.id, format.utc(run.started_at), format.clock(run.seconds), (report.agents.length === 1 ? "1 agent" : `${report.agents.length} agents`) + (lost > 0 ? `, ${lost} lost` : "")];
  if (run.state !== "finished") facts.push(run.state + (run.state_reason === "" ? "" : ": " + run.state_reason));
  return h("div", { class: "headline" }, h("h1", {}, run.name), h("p", { class: "facts" }, facts.join(" · ")));
}

function verdict(report: Report): HTMLElement {
  const failed = report.run.thresholds.filter((threshold) => threshold.state !== "pass").length;
  const all = report.run.thresholds.length;
  const [mark, word, text] = report.run.verdict === "PASS" ? ["✓", "PASS", all === 1 ? "the threshold held" : `all ${all} thresholds held`]
    : report.run.verdict === "FAIL" ? ["✗", "FAIL", all === 1 ? "the threshold failed" : `${failed} of ${all} thresholds failed`]
      : ["–", "NO VERDICT", "the plan has no thresholds"];
  return h("div", { class: "stamp verdict " + report.run.verdict.toLowerCase() }, h("span", { class: "mark", "aria-hidden": "true" }, mark),
    h("div", {}, h("strong", {}, word), h("span", {}, text)));
}

function trust(report: Report): HTMLElement {
  const { stamp, reasons } = report.run.trust;
  const valid = stamp === "VALID";
  const list = valid ? h("span", {}, report.totals.requests > 0 ? "nothing speaks against the measurement" : "nothing was measured")
    : h("ul", {}, ...reasons.map((reason) => h("li", { title: `limit ${reason.limit}, measured ${reason.value}; spoils ${reason.spoils}` }, reason.text,
      h("span", { class: "spoils" }, ` spoils ${reason.spoils}`))));
  return h("div", { class: "stamp trust " + stamp.toLowerCase() }, h("span", { class: "mark", "aria-hidden": "true" }, valid ? "✓" : "!"), h("div", {}, h("strong", {}, stamp), list));
}

function tile(name: string, value: string, note: string, kind = ""): HTMLElement {
  return h("div", { class: ("tile " + kind).trim() }, h("span", { class: "name" }, name), h("strong", {}, value), h("span", { class: "note" }, note));
}

function tiles(report: Report): HTMLElement {
  const { totals, run } = report;
  const perSecond = (value: number): number | null => (run.measured_seconds > 0 ? value / run.measured_seconds : null);
  const lost = report.agents.filter((agent) => agent.lost_at !== null).length;
  return h("div", { class: "tiles" },
    tile("delivered", format.rate(perSecond(totals.delivered)) + "/s", `of ${format.rate(perSecond(totals.planned))}/s planned · ${format.count(totals.missed_slots)} missed`, totals.missed_slots > 0 ? "warn" : ""),
    tile("p95", format.latency(totals.latency_ms.p95), `p50 ${format.latency(totals.latency_ms.p50)} · max ${format.latency(totals.latency_ms.max)}`),
    tile("errors", totals.requests > 0 ? format.percent(totals.failures / totals.requests) : format.UNKNOWN, `${format.count(totals.failures)} of ${format.count(totals.requests)} requests`, totals.failures > 0 ? "warn" : ""),
    tile("requests", format.rate(perSecond(totals.requests)) + "/s", `${format.bytes(totals.bytes_received)} received`),
    tile("agents", `${report.agents.length - lost} of ${report.agents.length}`, lost > 0 ? `${lost} lost` : "none lost", lost > 0 ? "warn" : ""));
}

function thresholds(report: Report): HTMLElement {
  if (report.run.thresholds.length === 0) return h("p", { class: "empty" }, "The plan has no thresholds. Add some, and the run gets a verdict: p95 < 300ms, error_rate < 1%.");
  return table<Threshold>("Thresholds", [
    { title: "threshold", left: true, cell: (row) => h("code", {}, row.check) },
    { title: "actual", cell: (row) => row.actual_text },
    { title: "state", left: true, cell: (row) => h("span", { class: "state " + row.state }, MARKS[row.state] + " " + STATES[row.state]) },
    { title: "first crossed", cell: (row) => format.clock(row.first_crossed) },
  ], report.run.thresholds, (row) => row.state);
}

function findings(report: Report): HTMLElement {
  if (report.findings.length === 0) return h("p", { class: "empty" }, "Nothing stood out: no step, agent or phase differs from the rest.");
  return h("ul", { class: "findings" }, ...report.findings.map((finding) => h("li", {},
    h("strong", {}, finding.what), " ", finding.why, h("span", { class: "advice" }, finding.advice))));
}

export function firstScreen(data: Data, ...charts: Child[]): HTMLElement {
  const { report } = data;
  return h("section", { id: "summary", "aria-label": "Summary" },
    h("div", { class: "stamps" }, verdict(report), trust(report)),
    tiles(report),
    h("div", { class: "two" }, h("div", { class: "card" }, h("h2", {}, "Thresholds"), thresholds(report)), h("div", { class: "card" }, h("h2", {}, "Findings"), findings(report))),
    h("div", { class: "two" }, ...charts));
}
