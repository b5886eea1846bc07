// Each agent beside the others: rate and p95 on common scales, and the health of the generators themselves.
import { h, s, table } from "./dom";
import * as format from "./format";
import { Agent, Data, Maybe } from "./types";

const WIDTH = 220;
const HEIGHT = 46;

// 0 (bottom) … 1 (top) of a small chart.
type Height = (value: number) => number;

function spark(values: Maybe[], height: Height, kind: string, fill: boolean): SVGElement[] {
  let path = "";
  let pen = false;
  const x = (i: number): number => ((i + 0.5) / Math.max(1, values.length)) * WIDTH;
  const y = (value: number): number => HEIGHT - 2 - Math.min(1, Math.max(0, height(value))) * (HEIGHT - 6);
  values.forEach((value, i) => {
    if (value === null) { pen = false; return; }
    path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  });
  if (path === "") return [];
  const out: SVGElement[] = [s("path", { class: "line " + kind, d: path, "vector-effect": "non-scaling-stroke" })];
  if (fill) out.unshift(s("path", { class: "fill " + kind, d: `${path}L${x(values.length - 1).toFixed(1)} ${HEIGHT}L${x(0).toFixed(1)} ${HEIGHT}Z` }));
  return out;
}

function card(agent: Agent, rate: Maybe[], p95: Maybe[], rateHeight: Height, p95Height: Height, seconds: number): HTMLElement {
  const labels = Object.entries(agent.labels).map(([label, value]) => `${label}=${value}`).join(" ");
  const small = (values: Maybe[], height: Height, kind: string, fill: boolean): SVGElement => {
    const svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...spark(values, height, kind, fill));
    if (agent.lost_at !== null && seconds > 0) {
      const x = (agent.lost_at / seconds) * WIDTH;
      svg.append(s("line", { class: "lost", x1: x, x2: x, y1: 0, y2: HEIGHT, "vector-effect": "non-scaling-stroke" }));
    }
    return svg;
  };
  return h("div", { class: agent.lost_at === null ? "agent" : "agent gone" },
    h("p", { class: "who" }, h("strong", {}, agent.name), h("span", {}, labels)),
    agent.lost_at !== null && h("p", { class: "bad" }, "✗ lost at " + format.clock(agent.lost_at)),
    h("p", { class: "what" }, h("span", {}, "requests/s"), h("b", {}, format.count(agent.requests) + " in all")), small(rate, rateHeight, "rate", true),
    h("p", { class: "what" }, h("span", {}, "p95"), h("b", {}, format.latency(agent.latency_ms.p95))), small(p95, p95Height, "p95", false));
}

const known = (values: Maybe[]): number => values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
const lowest = (values: Maybe[]): number => values.reduce<number>((least, value) => (value !== null && value > 0 ? Math.min(least, value) : least), Infinity);

export function agentCards(data: Data): HTMLElement {
  const { report, page } = data;
  const mostRate = page.agents.reduce((most, agent) => Math.max(most, known(agent.rate)), 0);
  const mostP95 = page.agents.reduce((most, agent) => Math.max(most, known(agent.p95)), 0);
  const leastP95 = Math.min(mostP95 / 2, page.agents.reduce((least, agent) => Math.min(least, lowest(agent.p95)), Infinity)) || 1;
  const cards = report.agents.map((agent) => {
    const series = page.agents.find((one) => one.name === agent.name);
    return card(agent, series?.rate ?? [], series?.p95 ?? [], (value) => value / (mostRate || 1), (value) => Math.log(value / leastP95) / Math.log(mostP95 / leastP95 || 2), page.seconds);
  });
  return h("div", {}, mostRate > 0 ? h("p", { class: "note" }, `One scale for all: rate up to ${format.rate(mostRate)}/s, p95 from ${format.latency(leastP95)} to ${format.latency(mostP95)}, log.`) : null, h("div", { class: "agents" }, ...cards));
}

export function agentTable(data: Data): HTMLElement {
  const micros = (value: Maybe): string => format.latency(value === null ? null : value / 1000);
  return table<Agent>("Agents", [
    { title: "agent", left: true, cell: (agent) => agent.name },
    { title: "state", left: true, cell: (agent) => (agent.lost_at === null ? agent.state : h("span", { class: "bad" }, "✗ lost at " + format.clock(agent.lost_at))) },
    { title: "weight", cell: (agent) => format.significant(agent.weight) },
    { title: "requests", cell: (agent) => format.count(agent.requests) },
    { title: "errors", cell: (agent) => h("span", { class: agent.failures > 0 ? "bad" : "" }, format.share(agent.requests > 0 ? agent.failures / agent.requests : null)) },
    { title: "p50", cell: (agent) => format.latency(agent.latency_ms.p50) },
    { title: "p95", cell: (agent) => format.latency(agent.latency_ms.p95) },
    { title: "p99", cell: (agent) => format.latency(agent.latency_ms.p99) },
    { title: "path", left: true, cell: (agent) => [agent.transport, agent.proxy === "" ? "direct" : "via " + agent.proxy.replace(/^\w+:\/\//, "")].filter((part) => part !== "").join(", ").replace("websocket", "wss").replace("long_poll", "long-poll") },
    { title: "RTT", cell: (agent) => format.latency(agent.rtt_ms) },
    { title: "clock", hint: "offset against this controller ± its error", cell: (agent) => `${format.signed(agent.clock_offset_ms)} ±${format.significant(agent.clock_error_ms)} ms` },
    { title: "start skew", hint: "how far from the common start instant it began", cell: (agent) => format.latency(agent.start_skew_ms) },
    { title: "CPU max", hint: "of the busiest core", cell: (agent) => format.significant(agent.cpu_percent_max) + " %" },
    { title: "late p50 · p99 · max", hint: "lateness: actual minus intended start of an iteration", cell: (agent) => [agent.lateness_us.p50, agent.lateness_us.p99, agent.lateness_us.max].map(micros).join(" · ") },
  ], data.report.agents);
}
