// The two charts whose horizontal axis is not time: the percentile spectrum, and throughput against latency.
import { h, s } from "./dom";
import * as format from "./format";
import { Frame } from "./frame";
import { rampColor } from "./heatmap";
import { linear, logarithmic, Scale } from "./scale";
import { Curve, Data, StepKey } from "./types";

const LEFT = 58;
const RIGHT = 16;
const TOP = 10;
const BOTTOM = 38;
const HEIGHT = 320;
const GLYPH = 7.5;  // width of a character of a tick, and some air

export interface Series { name: string; color: string; curve: Curve }

abstract class XyPlot {
  readonly element: HTMLElement;
  protected readonly canvas = h("div", { class: "canvas" });
  protected readonly keys = h("span", { class: "keys" });
  protected width = 0;

  constructor(title: string, unit: string) {
    this.element = h("figure", { class: "plot still" }, h("figcaption", {}, h("span", { class: "title" }, title), h("span", { class: "unit" }, unit), this.keys), this.canvas);
    new ResizeObserver(() => {
      if (Math.abs(this.canvas.clientWidth - this.width) > 1) this.draw();
    }).observe(this.canvas);
  }

  draw(): void {
    this.width = this.canvas.clientWidth;
    if (this.width < 80) return;
    this.canvas.replaceChildren(s("svg", { viewBox: `0 0 ${this.width} ${HEIGHT}`, "aria-hidden": "true" }, ...this.content()));
  }

  protected abstract content(): SVGElement[];

  protected x(position: number): number { return LEFT + position * (this.width - LEFT - RIGHT); }
  protected y(position: number): number { return HEIGHT - BOTTOM - position * (HEIGHT - BOTTOM - TOP); }

  protected axisY(scale: Scale): SVGElement[] {
    return scale.ticks.flatMap((tick) => [
      s("line", { class: tick.strong ? "grid strong" : "grid", x1: this.x(0), x2: this.x(1), y1: this.y(scale.at(tick.value)), y2: this.y(scale.at(tick.value)) }),
      s("text", { class: "tick y", x: this.x(0) - 7, y: this.y(scale.at(tick.value)) + 3.5 }, tick.text),
    ]);
  }

  // A text that would touch the one before it is left out; its line stays.
  protected axisX(ticks: { at: number; text: string }[], name: string): SVGElement[] {
    let free = -Infinity;
    const text = (tick: { at: number; text: string }): SVGElement | null => {
      const half = tick.text.length * GLYPH / 2;
      if (this.x(tick.at) - half < free) return null;
      free = this.x(tick.at) + half;
      return s("text", { class: "tick x", x: this.x(tick.at), y: this.y(0) + 15 }, tick.text);
    };
    return [...ticks.flatMap((tick) => [
      s("line", { class: "grid", x1: this.x(tick.at), x2: this.x(tick.at), y1: this.y(0), y2: this.y(1) }), text(tick),
    ]).filter((element): element is SVGElement => element !== null), s("text", { class: "tick name", x: this.x(1), y: HEIGHT - 6 }, name)];
  }
}

// x = 1/(1-p) on a log axis, as HdrHistogram's plots: each decade is one more nine.
export class Spectrum extends XyPlot {
  private series: Series[] = [];

  constructor(private readonly pointsPerDecade: number) {
    super("Percentile spectrum", "latency by percentile");
  }

  choose(series: Series[]): void {
    this.series = series;
    this.keys.replaceChildren(...series.map((one) => h("span", { class: "key" }, s("svg", { class: "swatch", viewBox: "0 0 18 10" },
      s("line", { x1: 1, x2: 17, y1: 5, y2: 5, style: `stroke:${one.color}` })), one.name)),
    h("span", { class: "key dim" }, "solid: from the intended start · dashed: from the send"));
    this.draw();
  }

  protected content(): SVGElement[] {
    const all = this.series.flatMap((one) => [...one.curve.intended, ...one.curve.send]).filter((value) => value > 0);
    if (all.length === 0) return [s("text", { class: "empty", x: this.width / 2, y: HEIGHT / 2 }, "no samples")];
    const scale = logarithmic(all.reduce((a, b) => Math.min(a, b)) * 0.8, all.reduce((a, b) => Math.max(a, b)) * 1.2, format.latency);
    const decades = Math.max(2, ...this.series.map((one) => Math.log10(Math.max(10, one.curve.count))));
    const at = (i: number): number => Math.min(1, i / this.pointsPerDecade / decades);
    const ticks = [{ at: 0, text: "0 %" }, { at: Math.log10(2) / decades, text: "50 %" }];
    for (let nines = 1; nines <= decades; ++nines) ticks.push({ at: nines / decades, text: nines < 3 ? (nines === 1 ? "90 %" : "99 %") : "99." + "9".repeat(nines - 2) + " %" });
    const path = (values: number[]): string => values.map((value, i) => {
      const last = i === values.length - 1;
      return `${i === 0 ? "M" : "L"}${this.x(last ? Math.min(1, Math.max(at(i - 1), Math.log10(Math.max(1, this.longest())) / decades)) : at(i)).toFixed(1)} ${this.y(scale.at(value)).toFixed(1)}`;
    }).join("");
    return [...this.axisY(scale), ...this.axisX(ticks, "percentile"), ...this.series.flatMap((one) => [
      s("path", { class: "line dash", d: path(one.curve.send), style: `stroke:${one.color}` }),
      s("path", { class: "line thick", d: path(one.curve.intended), style: `stroke:${one.color}` }),
    ])];
  }

  private longest(): number {
    return this.series.reduce((most, one) => Math.max(most, one.curve.count), 1);
  }
}

// One dot for each point of the visible window, coloured by time: the knee is where the cloud turns upwards.
export class Scatter extends XyPlot {
  constructor(private readonly data: Data, private readonly frame: Frame) {
    super("Throughput against latency", "one dot a " + (data.page.point_seconds === 1 ? "second" : data.page.point_seconds + " s") + ", p95");
    frame.whenWindow(() => this.draw());
    frame.whenHover(() => this.mark());
    this.legend();
  }

  legend(): void {
    const stops = [0.15, 0.4, 0.65, 0.9].map((at) => `rgb(${rampColor(at).join(",")})`);
    this.keys.replaceChildren(h("span", { class: "key" }, "start ", h("i", { class: "ramp", style: `background:linear-gradient(90deg,${stops.join(",")})` }), " end"));
  }

  protected content(): SVGElement[] {
    const { series, point_seconds: each, knee_rate: knee } = this.data.page;
    const { from, to } = this.frame.window;
    const dots: { x: number; y: number; at: number; i: number }[] = [];
    series.p95.forEach((p95, i) => {
      const x = series.requests[i];
      const second = i * each;
      if (p95 !== null && x !== null && second >= from && second < to) dots.push({ x, y: p95, at: second / this.frame.whole.to, i });
    });
    if (dots.length === 0) return [s("text", { class: "empty", x: this.width / 2, y: HEIGHT / 2 }, "no samples")];
    const across = linear(dots.reduce((most, dot) => Math.max(most, dot.x), 0) * 1.03, format.significant, 6);
    const scale = logarithmic(dots.reduce((least, dot) => Math.min(least, dot.y), Infinity) * 0.8, dots.reduce((most, dot) => Math.max(most, dot.y), 0) * 1.25, format.latency);
    const out = [...this.axisY(scale), ...this.axisX(across.ticks.map((tick) => ({ at: across.at(tick.value), text: tick.text })), "requests/s")];
    if (knee !== null) {
      const x = this.x(across.at(knee));
      out.push(s("g", { class: "knee" }, s("line", { x1: x, x2: x, y1: this.y(0), y2: this.y(1) }), s("text", { x: x - 6, y: this.y(1) + 12 }, "knee " + format.rate(knee) + "/s")));
    }
    for (const dot of dots) {
      const color = rampColor(0.15 + 0.75 * dot.at);
      out.push(s("circle", { class: "dot", "data-i": dot.i, cx: this.x(across.at(dot.x)).toFixed(1), cy: this.y(scale.at(dot.y)).toFixed(1), r: dots.length > 600 ? 2.2 : 3.2, style: `fill:rgb(${color.join(",")})` },
        s("title", {}, `${format.clock(dot.i * each)}: ${format.rate(dot.x)} requests/s, p95 ${format.latency(dot.y)}`)));
    }
    return out;
  }

  private mark(): void {
    this.canvas.querySelector(".dot.here")?.classList.remove("here");
    if (this.frame.hover === null) return;
    const i = Math.floor(this.frame.hover / this.data.page.point_seconds);
    const dot = this.canvas.querySelector(`.dot[data-i="${i}"]`);
    if (!dot) return;
    dot.classList.add("here");
    dot.parentNode?.append(dot);
  }
}

export function curveOf(data: Data, key: StepKey | null): Curve {
  const { all, steps } = data.page.spectra;
  return key === null ? all : steps.find((step) => step.scenario === key.scenario && step.step === key.step) ?? all;
}

