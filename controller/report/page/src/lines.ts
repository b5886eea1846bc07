// The line charts over time: load, latency and errors.
import { Heat, highest, mean, within } from "./data";
import { s } from "./dom";
import * as format from "./format";
import { Frame, Span } from "./frame";
import { Area, Key, PlotSpec, TimePlot } from "./plot";
import { linear, logarithmic } from "./scale";
import { Data, Maybe, SeriesName } from "./types";

export function linePath(values: Maybe[], pointSeconds: number, area: Area): string {
  const first = Math.max(0, Math.floor(area.window.from / pointSeconds) - 1);
  const last = Math.min(values.length, Math.ceil(area.window.to / pointSeconds) + 1);
  let path = "";
  let pen = false;
  for (let i = first; i < last; ++i) {
    const value = values[i];
    if (value === null || value === undefined) { pen = false; continue; }
    path += `${pen ? "L" : "M"}${area.x((i + 0.5) * pointSeconds).toFixed(1)} ${area.y(value).toFixed(1)}`;
    // A single point between two gaps has to be seen.
    if (!pen && (values[i + 1] === null || values[i + 1] === undefined)) path += "h.1";
    pen = true;
  }
  return path;
}

// The band between the lowest and the highest second of each point.
export function bandPath(low: Maybe[], high: Maybe[], pointSeconds: number, area: Area): string {
  const there: string[] = [];
  const back: string[] = [];
  for (let i = 0; i < low.length; ++i) {
    const a = low[i];
    const b = high[i];
    if (a === null || b === null) continue;
    const x = area.x((i + 0.5) * pointSeconds).toFixed(1);
    there.push(`${x} ${area.y(b).toFixed(1)}`);
    back.push(`${x} ${area.y(a).toFixed(1)}`);
  }
  return there.length === 0 ? "" : "M" + there.join("L") + "L" + back.reverse().join("L") + "Z";
}

const line = (path: string, color: string, kind = ""): SVGElement => s("path", { class: ("line " + kind).trim(), d: path, style: `stroke:${color}` });

function valueAt(values: Maybe[] | undefined, pointSeconds: number, second: number): Maybe {
  return values?.[Math.floor(second / pointSeconds)] ?? null;
}

export function loadPlot(data: Data, frame: Frame, height: number): TimePlot {
  const { series, point_seconds: each } = data.page;
  const keys: Key[] = [
    { name: "planned", color: "var(--planned)", dash: true },
    { name: "offered", color: "var(--offered)" },
    { name: "delivered", color: "var(--delivered)" },
  ];
  const anyMissed = series.missed.some((value) => value !== null && value > 0);
  if (anyMissed) keys.push({ name: "missed", color: "var(--missed)", area: true });
  const names: SeriesName[] = ["planned", "offered", "delivered", "missed"];
  const spec: PlotSpec = {
    title: "Load", unit: "iterations/s, mean", height, keys, tall: true,
    scale: (window) => linear(Math.max(1, highest([...within(series.planned, each, window), ...within(series.delivered_high ?? series.delivered, each, window)]) ?? 1) * 1.04, format.significant),
    draw: (area) => {
      const out: SVGElement[] = [];
      if (anyMissed) out.push(s("path", { class: "band", d: bandPath(series.offered, series.planned, each, area), style: "fill:var(--missed)" }));
      if (series.delivered_low && series.delivered_high) {
        out.push(s("path", { class: "band faint", d: bandPath(series.delivered_low, series.delivered_high, each, area), style: "fill:var(--delivered)" }));
      }
      // Where all is well the three lie on one another: the widest below, the finest above.
      out.push(line(linePath(series.offered, each, area), "var(--offered)", "wide"));
      out.push(line(linePath(series.delivered, each, area), "var(--delivered)", "thick"));
      out.push(line(linePath(series.planned, each, area), "var(--planned)", "fine dash"));
      return out;
    },
    readAt: (second) => names.map((name) => format.rate(valueAt(series[name], each, second))),
    readOver: (window) => names.map((name) => (name === "missed" ? format.count(within(series.missed, each, window).reduce((sum, value) => sum + value * each, 0))
      : format.rate(mean(within(series[name], each, window))))),
  };
  return new TimePlot(frame, data.page, data.report.events, spec);
}

type LatencyName = "p50" | "p95" | "p99" | "max";
const LATENCY_COLORS: Record<LatencyName, string> = { p50: "var(--p50)", p95: "var(--p95)", p99: "var(--p99)", max: "var(--max)" };

export function latencyPlot(data: Data, frame: Frame, heat: Heat, names: LatencyName[], title: string, height: number): TimePlot {
  const { series, point_seconds: each } = data.page;
  const over = (window: Span): string[] => {
    if (!frame.zoomed) return names.map((name) => format.latency(data.report.totals.latency_ms[name]));
    const stats = heat.over(null, window).latency;
    return names.map((name) => (name === "max" ? format.latency(highest(within(series.max, each, window))) : "≈ " + format.latency(stats[name])));
  };
  const range = (window: Span): [number, number] => {
    const values = names.flatMap((name) => within(series[name], each, window)).filter((value) => value > 0);
    return values.length === 0 ? [1, 1000] : [values.reduce((a, b) => Math.min(a, b)) * 0.8, values.reduce((a, b) => Math.max(a, b)) * 1.25];
  };
  const spec: PlotSpec = {
    title, unit: "from the intended start, log axis", height, tall: true,
    keys: names.map((name) => ({ name, color: LATENCY_COLORS[name] })),
    scale: (window) => logarithmic(...range(window), format.latency),
    draw: (area) => {
      const out: SVGElement[] = [];
      if (series.p95_low && series.p95_high) {
        out.push(s("path", { class: "band faint", d: bandPath(series.p95_low, series.p95_high, each, area), style: "fill:var(--p95)" }));
      }
      for (const name of [...names].reverse()) out.push(line(linePath(series[name], each, area), LATENCY_COLORS[name], name === "p95" ? "thick" : name === "max" ? "thin" : ""));
      return out;
    },
    readAt: (second) => names.map((name) => format.latency(valueAt(series[name], each, second))),
    readOver: over,
  };
  return new TimePlot(frame, data.page, data.report.events, spec);
}

const ERROR_COLORS: { [kind: string]: string } = {
  status: "var(--e1)", timeout: "var(--e2)", connect_timeout: "var(--e3)", refused: "var(--e4)", reset: "var(--e5)", check: "var(--e6)", save: "var(--e7)",
};

export function errorColor(kind: string): string {
  return ERROR_COLORS[kind] ?? "var(--e8)";
}

export function errorPlot(data: Data, frame: Frame, height: number): TimePlot {
  const { errors, point_seconds: each } = data.page;
  const kinds = Object.keys(errors).sort((a, b) => (data.report.totals.errors[b] ?? 0) - (data.report.totals.errors[a] ?? 0));
  const length = kinds.length === 0 ? 0 : errors[kinds[0]].length;
  // sums[k][i]: errors/s of the first k kinds at point i.
  const sums: Maybe[][] = [Array.from({ length }, () => 0 as Maybe)];
  for (const kind of kinds) {
    const below = sums[sums.length - 1];
    sums.push(below.map((value, i) => (value ?? 0) + (errors[kind][i] ?? 0)));
  }
  const top = sums[sums.length - 1];
  const spec: PlotSpec = {
    title: "Errors by kind", unit: "requests/s, stacked", height, tall: true,
    keys: kinds.map((kind) => ({ name: format.kindWord(kind), color: errorColor(kind), area: true })),
    scale: (window) => linear(Math.max(0.1, highest(within(top, each, window)) ?? 1) * 1.05, format.significant, 3),
    draw: (area) => kinds.map((kind, k) => s("path", { class: "stack", d: steps(sums[k], sums[k + 1], each, area), style: `fill:${errorColor(kind)}` })),
    readAt: (second) => kinds.map((kind) => format.rate(valueAt(errors[kind], each, second) ?? 0) + "/s"),
    readOver: (window) => kinds.map((kind) => format.count(within(errors[kind], each, window).reduce((sum, value) => sum + value, 0) * each)),
  };
  return new TimePlot(frame, data.page, data.report.events, spec);
}

// Bars without gaps: each point is as wide as its seconds.
function steps(low: Maybe[], high: Maybe[], pointSeconds: number, area: Area): string {
  let path = "";
  const first = Math.max(0, Math.floor(area.window.from / pointSeconds));
  const last = Math.min(low.length, Math.ceil(area.window.to / pointSeconds));
  for (let i = first; i < last; ++i) {
    const bottom = low[i] ?? 0;
    const top = high[i] ?? 0;
    if (top <= bottom) continue;
    path += `M${area.x(i * pointSeconds).toFixed(1)} ${area.y(bottom).toFixed(1)}V${area.y(top).toFixed(1)}H${area.x((i + 1) * pointSeconds).toFixed(1)}V${area.y(bottom).toFixed(1)}z`;
  }
  return path;
}
