// The latency heat map: time × latency, colour = how many requests. One pixel a cell, stretched by the browser.
import { Heat } from "./data";
import { s } from "./dom";
import * as format from "./format";
import { Frame } from "./frame";
import { Area, PlotSpec, TimePlot } from "./plot";
import { logarithmic } from "./scale";
import { currentTheme } from "./theme";
import { Data, StepKey } from "./types";

// Colour-blind safe ramps that rise evenly in brightness: on light paper from pale to dark, on dark from dark to pale.
const RAMPS = {
  light: ["#eaf3fa", "#c3dcef", "#8fc1dd", "#559fcb", "#2b7bb4", "#14568c", "#0b2f5b"],
  dark: ["#1c2333", "#2b2d5f", "#5b2f86", "#96358a", "#cf4a70", "#f27f50", "#fbc45f", "#fdf3b0"],
};

export function rampColors(): string[] {
  return RAMPS[currentTheme()];
}

export function rampColor(position: number): [number, number, number] {
  const ramp = rampColors();
  const at = Math.min(0.9999, Math.max(0, position)) * (ramp.length - 1);
  const [a, b] = [ramp[Math.floor(at)], ramp[Math.floor(at) + 1]].map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const part = at % 1;
  return [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * part)) as [number, number, number];
}

export class HeatMap {
  readonly plot: TimePlot;
  private cells: number[][] = [];
  private lowest = 0;
  private highest = 1;
  private most = 1;
  private image = "";

  constructor(data: Data, private readonly heat: Heat, frame: Frame) {
    const spec: PlotSpec = {
      title: "Latency heat map", unit: "time × latency, colour = requests", height: 300, keys: [], tall: true,
      scale: () => logarithmic(heat.lowMs(this.lowest), heat.lowMs(this.highest + 1), format.latency),
      draw: (area) => this.draw(area),
      readAt: () => [],
      readOver: () => [],
      readUnder: (second, height) => this.under(second, height),
    };
    this.plot = new TimePlot(frame, data.page, data.report.events, spec);
    this.choose(null);
  }

  choose(key: StepKey | null): void {
    this.cells = this.heat.cells(key);
    const used = this.cells.flatMap((column) => Object.keys(column).map(Number));
    this.lowest = used.reduce((a, b) => Math.min(a, b), used.length === 0 ? 60 : Infinity);
    this.highest = used.reduce((a, b) => Math.max(a, b), this.lowest + 10);
    this.most = this.cells.reduce((most, column) => column.reduce((a, b) => Math.max(a, b ?? 0), most), 1);
    this.paint();
  }

  // Draws the image anew: after another step was chosen, or in other colours.
  paint(): void {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, this.cells.length);
    canvas.height = this.highest - this.lowest + 1;
    const context = canvas.getContext("2d");
    if (!context) return;
    const image = context.createImageData(canvas.width, canvas.height);
    this.cells.forEach((column, x) => column.forEach((count, bin) => {
      if (!count) return;
      const at = 4 * ((this.highest - bin) * canvas.width + x);
      const [r, g, b] = rampColor(0.12 + 0.88 * (Math.log(count + 1) / Math.log(this.most + 1)));
      image.data.set([r, g, b, 255], at);
    }));
    context.putImageData(image, 0, 0);
    this.image = canvas.toDataURL("image/png");
    this.plot.draw();
  }

  private draw(area: Area): SVGElement[] {
    const left = area.x(0);
    const right = area.x(this.cells.length * this.heat.columnSeconds);
    return [s("image", { href: this.image, x: left, width: right - left, y: area.top, height: area.bottom - area.top, preserveAspectRatio: "none", class: "heat" })];
  }

  private under(second: number, height: number): string {
    const bin = Math.floor(this.lowest + height * (this.highest + 1 - this.lowest));
    const column = this.cells[Math.floor(second / this.heat.columnSeconds)];
    if (!column || bin < this.lowest || bin > this.highest) return "";
    const seconds = this.heat.columnSeconds === 1 ? "" : ` in ${this.heat.columnSeconds} s`;
    return `${format.count(column[bin] ?? 0)} requests${seconds} of ${format.latency(this.heat.lowMs(bin))} … ${format.latency(this.heat.lowMs(bin + 1))}`;
  }
}
