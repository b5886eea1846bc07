// Numbers as people read them: 3 significant digits, the unit beside, commas between thousands, a dash for what is not known. The rules of number_format.cpp.
import { Maybe } from "./types";

export const UNKNOWN = "–";
const THIN = "\u202f";

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function count(value: Maybe): string {
  return value === null ? UNKNOWN : grouped(Math.round(value).toString());
}

export function significant(value: Maybe, digits = 3): string {
  if (value === null || !isFinite(value)) return UNKNOWN;
  if (value === 0) return "0";
  const rounded = Number(Math.abs(value).toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded) + 1e-12));
  const [whole, fraction] = rounded.toFixed(decimals).split(".");
  const tail = (fraction ?? "").replace(/0+$/, "");
  return (value < 0 ? "−" : "") + grouped(whole) + (tail === "" ? "" : "." + tail);
}

export function latency(ms: Maybe): string {
  if (ms === null || !isFinite(ms)) return UNKNOWN;
  const size = Math.abs(ms);
  if (size < 0.9995) return significant(ms * 1000) + THIN + "µs";
  if (size < 999.5) return significant(ms) + THIN + "ms";
  if (size < 119500) return significant(ms / 1000) + THIN + "s";
  return Math.floor(ms / 60000) + THIN + "min " + Math.round((ms % 60000) / 1000) + THIN + "s";
}

export function rate(perSecond: Maybe): string {
  if (perSecond === null || !isFinite(perSecond)) return UNKNOWN;
  if (perSecond >= 999.95) return count(perSecond);
  if (perSecond > 0 && perSecond < 0.1) return significant(perSecond, 2);
  return perSecond.toFixed(1);
}

export function percent(ratio: Maybe): string {
  return ratio === null || !isFinite(ratio) ? UNKNOWN : significant(ratio * 100) + THIN + "%";
}

// For columns: one decimal, so that the eye can compare.
export function share(ratio: Maybe): string {
  if (ratio === null || !isFinite(ratio)) return UNKNOWN;
  if (ratio > 0 && ratio < 0.0005) return "<0.1" + THIN + "%";
  return (ratio * 100).toFixed(1) + THIN + "%";
}

export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  for (; value >= 999.5 && unit + 1 < units.length; ++unit) value /= 1000;
  return significant(value) + THIN + units[unit];
}

export function signed(value: number): string {
  return (value > 0 ? "+" : "") + significant(value);
}

const two = (value: number): string => value.toString().padStart(2, "0");

export function clock(seconds: Maybe): string {
  if (seconds === null || !isFinite(seconds)) return UNKNOWN;
  const whole = Math.floor(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? "−" : "";
  if (whole < 3600) return sign + two(Math.floor(whole / 60)) + ":" + two(whole % 60);
  return sign + Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
}

export function utc(text: string): string {
  return text.replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

const KIND_WORDS: { [kind: string]: string } = {
  connect_timeout: "connect timeout", dns: "DNS", tls: "TLS", status: "HTTP status", resources: "resources of the agent",
};

export function kindWord(kind: string): string {
  return KIND_WORDS[kind] ?? kind.replace(/_/g, " ");
}
