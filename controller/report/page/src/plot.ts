// A chart over time: axes, shaded phases and warm-up, event flags, the shared crosshair and zoom. What is inside is drawn by its spec.
import { h, s } from "./dom";
import * as format from "./format";
import { Frame, Span } from "./frame";
import { Scale, timeTicks } from "./scale";
import { PageData, RunEvent } from "./types";

export interface Area {
  window: Span;
  left: number; right: number; top: number; bottom: number;
  x(second: number): number;
  y(value: number): number;
}

export interface Key { name: string; color: string; dash?: boolean; area?: boolean }

export interface PlotSpec {
  title: string;
  unit: string;
  height: number;
  keys: Key[];
  tall?: boolean;                                   // room for the names of phases
  scale(window: Span): Scale;
  draw(area: Area): SVGElement[];
  // Texts for the keys: at one second, and for the window as a whole.
  readAt(second: number): string[];
  readOver(window: Span): string[];
  // What stands under the pointer inside the chart; the heat map has an answer.
  readUnder?(second: number, height: number): string;
}

const LEFT = 58;
const RIGHT = 14;
const BOTTOM = 24;
const SHOWN_EVENTS = new Set(["agent_lost", "agent_back", "comment", "stopped", "threshold_crossed", "amended", "link_interrupted", "paused", "resumed", "aborted"]);

let numbered = 0;

export class TimePlot {
  readonly element: HTMLElement;
  private readonly canvas = h("div", { class: "canvas" });
  private readonly values: HTMLElement[];
  private readonly under = h("span", { class: "under" });
  private width = 0;
  private area: Area | null = null;
  private cross: SVGGElement | null = null;
  private rubber: SVGRectElement | null = null;
  private dragFrom: number | null = null;
  private readonly clip = "clip" + ++numbered;

  constructor(private readonly frame: Frame, private readonly page: PageData, private readonly events: RunEvent[], private readonly spec: PlotSpec) {
    this.values = spec.keys.map(() => h("b", {}));
    const keys = spec.keys.map((key, i) => h("span", { class: "key" }, swatch(key), key.name, " ", this.values[i]));
    this.element = h("figure", { class: "plot", tabindex: 0, role: "group", "aria-label": spec.title + ". Arrow keys move the crosshair, plus and minus zoom, Escape resets." },
      h("figcaption", {}, h("span", { class: "title" }, spec.title), h("span", { class: "unit" }, spec.unit), h("span", { class: "keys" }, ...keys, this.under)), this.canvas);
    frame.whenWindow(() => this.draw());
    frame.whenHover(() => this.move());
    this.listen();
    new ResizeObserver(() => {
      if (Math.abs(this.canvas.clientWidth - this.width) > 1) this.draw();
    }).observe(this.canvas);
  }

  draw(): void {
    this.width = this.canvas.clientWidth;
    if (this.width < 80) return;
    const { spec, frame } = this;
    const height = spec.height;
    const window = frame.window;
    const scale = spec.scale(window);
    const top = spec.tall ? 20 : 8;
    const area: Area = {
      window, left: LEFT, right: this.width - RIGHT, top, bottom: height - BOTTOM,
      x: (second) => LEFT + ((second - window.from) / (window.to - window.from)) * (this.width - LEFT - RIGHT),
      y: (value) => height - BOTTOM - scale.at(value) * (height - BOTTOM - top),
    };
    this.area = area;
    const inside = s("g", { "clip-path": `url(#${this.clip})` }, ...spec.draw(area));
    this.cross = s("g", { class: "cross" });
    this.rubber = s("rect", { class: "rubber", y: area.top, height: area.bottom - area.top, width: 0 });
    const svg = s("svg", { viewBox: `0 0 ${this.width} ${height}`, "aria-hidden": "true" },
      s("clipPath", { id: this.clip }, s("rect", { x: area.left, y: area.top - 2, width: area.right - area.left, height: area.bottom - area.top + 3 })),
      ...this.shades(area), ...this.axes(area, scale), inside, ...this.flags(area), this.rubber, this.cross);
    this.canvas.replaceChildren(svg);
    this.move();
  }

  private shades(area: Area): SVGElement[] {
    const out: SVGElement[] = [];
    const box = (from: number, to: number, kind: string, name: string): void => {
      const left = Math.max(area.left, area.x(from));
      const right = Math.min(area.right, area.x(to));
      if (right - left < 0.5) return;
      out.push(s("rect", { class: kind, x: left, y: area.top, width: right - left, height: area.bottom - area.top }));
      if (this.spec.tall && right - left > name.length * 6 + 8) out.push(s("text", { class: "phase", x: left + 5, y: area.top - 6 }, name));
      if (this.spec.tall && left > area.left + 1) out.push(s("line", { class: "edge", x1: left, x2: left, y1: area.top - 14, y2: area.bottom }));
    };
    this.page.phases.forEach((phase, i) => box(phase.from, Math.min(phase.to, this.page.seconds), i % 2 ? "shade odd" : "shade", phase.name));
    const last = this.page.phases[this.page.phases.length - 1];
    if (last && last.to < this.page.seconds) box(last.to, this.page.seconds, "shade finishing", "finishing");
    if (this.page.warmup_seconds > 0) box(0, this.page.warmup_seconds, "warmup", "");
    return out;
  }

  private axes(area: Area, scale: Scale): SVGElement[] {
    const out: SVGElement[] = [];
    for (const tick of scale.ticks) {
      const y = area.y(tick.value);
      out.push(s("line", { class: tick.strong ? "grid strong" : "grid", x1: area.left, x2: area.right, y1: y, y2: y }));
      out.push(s("text", { class: "tick y", x: area.left - 7, y: y + 3.5 }, tick.text));
    }
    for (const tick of timeTicks(area.window.from, area.window.to, (area.right - area.left) / 75)) {
      const x = area.x(tick.value);
      out.push(s("line", { class: "grid notch", x1: x, x2: x, y1: area.bottom, y2: area.bottom + 4 }));
      out.push(s("text", { class: "tick x", x, y: area.bottom + 16 }, tick.text));
    }
    return out;
  }

  private flags(area: Area): SVGElement[] {
    return this.events.filter((event) => SHOWN_EVENTS.has(event.kind) && event.at_s >= area.window.from && event.at_s <= area.window.to).map((event) => {
      const x = area.x(event.at_s);
      const title = s("title", {}, format.clock(event.at_s) + " " + event.text);
      return s("g", { class: "flag " + event.kind }, title, s("line", { x1: x, x2: x, y1: area.top, y2: area.bottom }),
        s("path", { d: `M${x} ${area.bottom - 7}l4.5 7h-9z` }));
    });
  }

  // Moves the crosshair and the numbers beside the keys; nothing else is drawn again.
  private move(): void {
    const { frame, area, cross, spec } = this;
    if (!area || !cross) return;
    const texts = frame.hover === null ? spec.readOver(frame.window) : spec.readAt(frame.hover);
    this.values.forEach((value, i) => { value.textContent = texts[i] ?? ""; });
    if (frame.hover === null) {
      cross.replaceChildren();
      this.under.textContent = "";
      return;
    }
    const x = area.x(frame.hover);
    const label = format.clock(frame.hover);
    const right = x + 44 > area.right;
    cross.replaceChildren(
      s("line", { x1: x, x2: x, y1: area.top, y2: area.bottom }),
      s("rect", { class: "time", x: right ? x - 44 : x + 4, y: area.bottom - 17, width: 40, height: 15, rx: 3 }),
      s("text", { class: "time", x: right ? x - 24 : x + 24, y: area.bottom - 6 }, label));
  }

  private secondAt(event: PointerEvent | MouseEvent): number | null {
    const svg = this.canvas.firstElementChild;
    if (!this.area || !svg) return null;
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    const { left, right, window } = this.area;
    return window.from + ((Math.min(right, Math.max(left, x)) - left) / (right - left)) * (window.to - window.from);
  }

  private listen(): void {
    const { canvas, frame, element } = this;
    canvas.addEventListener("pointermove", (event) => {
      const second = this.secondAt(event);
      frame.point(second);
      if (second !== null && this.spec.readUnder && this.area) {
        const y = event.clientY - canvas.getBoundingClientRect().top;
        this.under.textContent = this.spec.readUnder(second, (this.area.bottom - y) / (this.area.bottom - this.area.top));
      }
      this.stretch(second);
    });
    canvas.addEventListener("pointerleave", () => { if (this.dragFrom === null) frame.point(null); });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.dragFrom = this.secondAt(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", (event) => {
      const from = this.dragFrom;
      const to = this.secondAt(event);
      this.dragFrom = null;
      this.stretch(null);
      if (from !== null && to !== null && this.area && Math.abs(this.area.x(to) - this.area.x(from)) > 6) frame.zoom({ from, to });
    });
    canvas.addEventListener("pointercancel", () => { this.dragFrom = null; this.stretch(null); });
    canvas.addEventListener("dblclick", () => frame.reset());
    element.addEventListener("keydown", (event) => { if (this.onKey(event.key, event.shiftKey)) event.preventDefault(); });
    element.addEventListener("blur", () => frame.point(null));
  }

  private stretch(second: number | null): void {
    if (!this.rubber || !this.area) return;
    const from = this.dragFrom === null || second === null ? 0 : this.area.x(Math.min(this.dragFrom, second));
    const to = this.dragFrom === null || second === null ? 0 : this.area.x(Math.max(this.dragFrom, second));
    this.rubber.setAttribute("x", String(from));
    this.rubber.setAttribute("width", String(to - from));
  }

  private onKey(key: string, far: boolean): boolean {
    const { frame } = this;
    const { from, to } = frame.window;
    const at = frame.hover ?? (from + to) / 2;
    const step = Math.max(1, (to - from) / (far ? 10 : 100));
    switch (key) {
      case "ArrowLeft": frame.point(at - step); return true;
      case "ArrowRight": frame.point(at + step); return true;
      case "+": case "=": frame.zoom({ from: at - (to - from) / 4, to: at + (to - from) / 4 }); return true;
      case "-": frame.zoom({ from: at - (to - from), to: at + (to - from) }); return true;
      case "Escape": case "Home": frame.reset(); frame.point(null); return true;
      default: return false;
    }
  }
}

function swatch(key: Key): Element {
  if (key.area) return s("svg", { class: "swatch", viewBox: "0 0 18 10" }, s("rect", { x: 2, width: 14, height: 10, rx: 2, style: `fill:${key.color}` }));
  return s("svg", { class: "swatch", viewBox: "0 0 18 10" }, s("line", { x1: 1, x2: 17, y1: 5, y2: 5, style: `stroke:${key.color}`, "stroke-dasharray": key.dash ? "4 3" : undefined }));
}
