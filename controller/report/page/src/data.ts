// Reads the data element, and answers questions about a window of the run from the packed heat columns.
import { Span } from "./frame";
import { Data, Latency, Maybe, PageData, StepKey } from "./types";

export function readData(): Data {
  const element = document.getElementById("culvert-data");
  return JSON.parse(element?.textContent ?? "{}") as Data;
}

export interface HeatColumn { bins: number[]; counts: number[]; failures: number }

export interface WindowStats {
  requests: number; failures: number; latency: Latency;
}

function unpack(packed: string, columns: number): HeatColumn[] {
  const bytes = atob(packed);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes.charCodeAt(at++);
      value += (byte & 127) * factor;
      if (!(byte & 128)) return value;
    }
  };
  const out: HeatColumn[] = [];
  while (out.length < columns && at < bytes.length) {
    const column: HeatColumn = { bins: [], counts: [], failures: 0 };
    let bin = 0;
    for (let left = varint(); left > 0; --left) {
      bin += varint();
      column.bins.push(bin);
      column.counts.push(varint());
    }
    column.failures = varint();
    out.push(column);
  }
  return out;
}

export class Heat {
  readonly columnSeconds: number;
  readonly columns: number;
  readonly binsPerDecade: number;
  private readonly steps: (StepKey & { columns: HeatColumn[] })[];

  constructor(page: PageData) {
    this.columnSeconds = page.heat.column_seconds;
    this.binsPerDecade = page.heat.bins_per_decade;
    this.columns = Math.ceil(page.seconds / this.columnSeconds);
    this.steps = page.heat.steps.map((step) => ({ scenario: step.scenario, step: step.step, columns: unpack(step.columns, this.columns) }));
  }

  lowMs(bin: number): number { return Math.pow(10, bin / this.binsPerDecade) / 1000; }

  private chosen(key: StepKey | null): HeatColumn[][] {
    return this.steps.filter((step) => key === null || (step.scenario === key.scenario && step.step === key.step)).map((step) => step.columns);
  }

  // Counts by bin for each column; the step, or all of them.
  cells(key: StepKey | null): number[][] {
    const out: number[][] = Array.from({ length: this.columns }, () => []);
    for (const columns of this.chosen(key)) {
      columns.forEach((column, i) => column.bins.forEach((bin, k) => { out[i][bin] = (out[i][bin] ?? 0) + column.counts[k]; }));
    }
    return out;
  }

  // A window's requests, failures and percentiles: exact to the width of a bin (12 %), which the page marks with ≈.
  over(key: StepKey | null, window: Span): WindowStats {
    const bins: number[] = [];
    let failures = 0;
    let requests = 0;
    const first = Math.floor(window.from / this.columnSeconds);
    const last = Math.ceil(window.to / this.columnSeconds);
    for (const columns of this.chosen(key)) {
      for (const column of columns.slice(first, last)) {
        failures += column.failures;
        column.bins.forEach((bin, k) => { bins[bin] = (bins[bin] ?? 0) + column.counts[k]; requests += column.counts[k]; });
      }
    }
    const at = (share: number): Maybe => {
      let left = Math.max(1, Math.ceil(requests * share));
      for (let bin = 0; bin < bins.length; ++bin) {
        left -= bins[bin] ?? 0;
        if (left <= 0) return this.lowMs(bin + 0.5);
      }
      return null;
    };
    const known = requests > 0;
    const value = (share: number): Maybe => (known ? at(share) : null);
    return { requests, failures, latency: { min: value(0), mean: null, stddev: null, p50: value(0.5), p75: value(0.75), p90: value(0.9), p95: value(0.95), p99: value(0.99), p999: value(0.999), max: value(1) } };
  }
}

// The values of a column whose points lie in the window.
export function within(values: Maybe[] | undefined, pointSeconds: number, window: Span): number[] {
  if (!values) return [];
  return values.slice(Math.floor(window.from / pointSeconds), Math.ceil(window.to / pointSeconds)).filter((value): value is number => value !== null);
}

export function mean(values: number[]): Maybe {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function highest(values: number[]): Maybe {
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value), -Infinity);
}
