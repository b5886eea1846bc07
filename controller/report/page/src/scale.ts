// Axes: where the ticks stand and what they say.
import * as format from "./format";

export interface Tick { value: number; text: string; strong: boolean }
export interface Scale {
  ticks: Tick[];
  at(value: number): number;            // 0 (bottom) … 1 (top), clamped
}

export function linear(highest: number, text: (value: number) => string, wanted = 5): Scale {
  const top = highest > 0 ? highest : 1;
  const raw = top / wanted;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const end = Math.ceil(top / step - 1e-9) * step;
  const ticks: Tick[] = [];
  for (let i = 0; i * step <= end + step / 2; ++i) ticks.push({ value: i * step, text: text(i * step), strong: i === 0 });
  return { ticks, at: (value) => Math.min(1, Math.max(0, value / end)) };
}

export function logarithmic(lowest: number, highest: number, text: (value: number) => string): Scale {
  const low = Math.log10(Math.max(1e-3, lowest));
  const high = Math.max(low + 0.3, Math.log10(Math.max(1e-3, highest)));
  const steps = high - low < 1.2 ? [1, 2, 3, 5, 7] : high - low < 2.6 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= high; ++power) {
    for (const factor of steps) {
      const value = factor * Math.pow(10, power);
      const at = Math.log10(value);
      if (at >= low - 1e-9 && at <= high + 1e-9) ticks.push({ value, text: text(value), strong: factor === 1 });
    }
  }
  return { ticks, at: (value) => Math.min(1, Math.max(0, (Math.log10(Math.max(1e-9, value)) - low) / (high - low))) };
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

export function timeTicks(from: number, to: number, wanted: number): Tick[] {
  const step = TIME_STEPS.find((candidate) => (to - from) / candidate <= wanted) ?? 86400;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ value: at, text: format.clock(at), strong: false });
  return ticks;
}
