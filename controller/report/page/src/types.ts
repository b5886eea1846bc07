// The shape of the data inside the page: {"report": the head of report.json, "page": the reduced timeline}. Written by controller/report/page_json.cpp.

export type Maybe = number | null;

export interface Latency {
  min: Maybe; mean: Maybe; stddev: Maybe; p50: Maybe; p75: Maybe; p90: Maybe; p95: Maybe; p99: Maybe; p999: Maybe; max: Maybe;
}

export interface Threshold {
  check: string; actual: Maybe; actual_text: string; state: "pass" | "fail" | "no_data"; first_crossed: Maybe;
}

export interface TrustReason {
  id: string; limit: string; value: string; spoils: string; text: string; touches_threshold: boolean;
}

export interface Run {
  id: string; name: string; state: string; state_reason: string; started_at: string; ended_at: string; seconds: number; measured_seconds: number;
  trust: { stamp: "VALID" | "SUSPECT"; reasons: TrustReason[] };
  verdict: "PASS" | "FAIL" | "NONE"; thresholds: Threshold[];
}

export type Counts = { [name: string]: number };

export interface Totals {
  requests: number; failures: number; interrupted: number; bytes_sent: number; bytes_received: number; iterations: number;
  interrupted_iterations: number; missed_slots: number; planned: number; offered: number; delivered: number;
  latency_ms: Latency; send_latency_ms: Latency; errors: Counts;
}

export interface PhaseTime { mean: Maybe; count: number }
export type PhaseName = "dns" | "connect" | "tls" | "first_byte" | "rest";

export interface Step {
  name: string; requests: number; failures: number; interrupted: number; bytes_sent: number; bytes_received: number;
  latency_ms: Latency; send_latency_ms: Latency; phases_ms: Record<PhaseName, PhaseTime>; status: Counts; errors: Counts;
}

export interface Scenario {
  name: string; iterations: number; interrupted_iterations: number; missed_slots: number; planned: number; offered: number; delivered: number;
  steps: Step[];
}

export interface Agent {
  name: string; labels: { [label: string]: string }; weight: number; state: string; requests: number; failures: number; latency_ms: Latency;
  transport: string; proxy: string; rtt_ms: number; clock_offset_ms: number; clock_error_ms: number; start_skew_ms: number; cpu_percent_max: number;
  lateness_us: { p50: Maybe; p99: Maybe; max: Maybe }; lost_at: Maybe;
  intervals: { sent: number; merged: number; duplicated: number; folded: number };
}

export interface Example {
  what: string; second: number; phase: string; latency_ms: number; request_head: string; response_head: string; body: string;
  local_address: string; remote_address: string;
}

export interface ErrorRow { kind: string; scenario: string; step: string; agent: string; count: number; example: Example | null }
export interface RunEvent { at_s: number; kind: string; agent: string; text: string }
export interface Finding { id: string; what: string; why: string; advice: string }

export interface Report {
  version: number; run: Run; totals: Totals;
  ledger: { sent: number; reported: number; lost: number; duplicated: number; folded: number; balanced: boolean };
  scenarios: Scenario[]; agents: Agent[]; events: RunEvent[]; findings: Finding[]; errors: ErrorRow[];
}

export type SeriesName =
  | "planned" | "offered" | "delivered" | "requests" | "missed" | "users" | "in_flight"
  | "p50" | "p95" | "p99" | "max" | "send_p50" | "send_p95" | "send_p99";
export type RangeName = "planned_low" | "planned_high" | "offered_low" | "offered_high" | "delivered_low" | "delivered_high" | "p95_low" | "p95_high";

export interface Curve { count: number; intended: number[]; send: number[] }
export interface StepKey { scenario: number; step: number }

export interface PageData {
  seconds: number; warmup_seconds: number; point_seconds: number;
  series: Record<SeriesName, Maybe[]> & Partial<Record<RangeName, Maybe[]>>;
  errors: { [kind: string]: Maybe[] };
  agent_seconds: number; agents: { name: string; rate: Maybe[]; p95: Maybe[] }[];
  heat: { column_seconds: number; bins_per_decade: number; steps: (StepKey & { columns: string })[] };
  spectra: { points_per_decade: number; all: Curve; steps: (StepKey & Curve)[] };
  phases: { name: string; from: number; to: number }[];
  knee_rate: Maybe;
  plan: string; made_by: string;
}

export interface Data { report: Report; page: PageData }
