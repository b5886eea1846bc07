// The parts that are read last: error table with examples, ledger, events, plan.
import { Child, h, section, table } from "./dom";
import * as format from "./format";
import { errorColor } from "./lines";
import { Agent, Data, ErrorRow, Example, Report, RunEvent } from "./types";

function exchange(title: string, text: string): Child {
  return text === "" ? null : h("div", {}, h("h4", {}, title), h("pre", {}, text));
}

function example(row: Example): HTMLElement {
  const facts = [`at ${format.clock(row.second)}`, `after ${format.latency(row.latency_ms)}`, row.phase === "" ? "" : `ended in: ${row.phase.replace("_", " ")}`,
    row.remote_address === "" ? "" : `${row.local_address} → ${row.remote_address}`].filter((fact) => fact !== "");
  return h("details", { class: "example" }, h("summary", {}, row.what), h("p", { class: "note" }, facts.join(" · ")),
    h("div", { class: "exchange" }, exchange("Request", row.request_head), exchange("Response", row.response_head + (row.body === "" ? "" : "\n\n" + row.body))));
}

export function errorTable(report: Report): HTMLElement {
  if (report.errors.length === 0) return h("p", { class: "empty" }, report.totals.requests > 0 ? "No request failed." : "No request was made.");
  return table<ErrorRow>("Errors", [
    { title: "kind", left: true, cell: (row) => h("span", { class: "kind" }, h("i", { class: "chip", style: `background:${errorColor(row.kind)}` }), format.kindWord(row.kind)) },
    { title: "step", left: true, cell: (row) => `${row.scenario}/${row.step}` },
    { title: "agent", left: true, cell: (row) => row.agent },
    { title: "count", cell: (row) => format.count(row.count) },
    { title: "one of them, secrets masked", left: true, cell: (row) => (row.example ? example(row.example) : h("span", { class: "dim" }, "no example was kept")) },
  ], report.errors);
}

function figure(name: string, value: Child, bad = false): HTMLElement {
  return h("div", { class: bad ? "figure bad" : "figure" }, h("span", {}, name), h("strong", {}, value));
}

export function ledger(report: Report): HTMLElement {
  const { ledger: sums } = report;
  return section("ledger", "Ledger", "Each agent numbers one interval a second and says at the end what it counted. Balanced: all of it was merged, exactly once.",
    h("div", { class: "figures" },
      figure("intervals made", format.count(sums.sent)), figure("merged", format.count(sums.reported)), figure("lost", format.count(sums.lost), sums.lost > 0),
      figure("arrived twice, merged once", format.count(sums.duplicated)), figure("folded", format.count(sums.folded), sums.folded > 0),
      figure("balanced", sums.balanced ? "✓ yes" : "✗ no", !sums.balanced)),
    table<Agent>("Intervals of each agent", [
      { title: "agent", left: true, cell: (agent) => agent.name },
      { title: "made", cell: (agent) => format.count(agent.intervals.sent) },
      { title: "merged", cell: (agent) => format.count(agent.intervals.merged) },
      { title: "twice", cell: (agent) => format.count(agent.intervals.duplicated) },
      { title: "folded", cell: (agent) => format.count(agent.intervals.folded) },
    ], report.agents));
}

export function events(report: Report): HTMLElement {
  return section("events", "Events", "", report.events.length === 0 ? h("p", { class: "empty" }, "Nothing happened but the load.")
    : table<RunEvent>("Events", [
      { title: "time", cell: (event) => format.clock(event.at_s) },
      { title: "agent", left: true, cell: (event) => (event.agent === "" ? format.UNKNOWN : event.agent) },
      { title: "what", left: true, cell: (event) => event.text },
      { title: "kind", left: true, cell: (event) => h("span", { class: "dim" }, event.kind.replace(/_/g, " ")) },
    ], report.events));
}

// One line of YAML with its key and its comment set apart.
function yamlLine(line: string): Child[] {
  const comment = /(^|\s)#.*$/.exec(line);
  const code = comment ? line.slice(0, comment.index) : line;
  const key = /^(\s*(?:- )*)([A-Za-z_][\w .-]*)(:)(?=\s|$)/.exec(code);
  const parts: Child[] = key ? [key[1], h("span", { class: "yaml-key" }, key[2]), code.slice(key[1].length + key[2].length)] : [code];
  if (comment) parts.push(h("span", { class: "yaml-comment" }, line.slice(comment.index)));
  return parts;
}

export function plan(data: Data): HTMLElement {
  const lines = data.page.plan.replace(/\n$/, "").split("\n");
  return section("plan", "Plan", "", h("pre", { class: "plan" }, ...lines.map((line) => h("span", { class: "line" }, ...yamlLine(line), "\n"))));
}
