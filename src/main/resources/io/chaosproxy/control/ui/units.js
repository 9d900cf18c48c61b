// Durations, sizes and rates, as the configuration writes them.

// HOCON's names of units: each with its short form, and the others with an s or without
const NAMES = {
  ns: 1e-6, nano: 1e-6, nanosecond: 1e-6, us: 1e-3, micro: 1e-3, microsecond: 1e-3, ms: 1, milli: 1, millisecond: 1,
  s: 1e3, second: 1e3, m: 6e4, minute: 6e4, h: 36e5, hour: 36e5, d: 864e5, day: 864e5,
};
const DURATIONS = { "": 1, ...NAMES, ...Object.fromEntries(Object.entries(NAMES).filter(([name]) => name.length > 2).map(([name, ms]) => [`${name}s`, ms])) };
const SIZES = {
  "": 1, B: 1, K: 1024, k: 1024, Ki: 1024, KiB: 1024, kB: 1e3, M: 2 ** 20, m: 2 ** 20, Mi: 2 ** 20, MiB: 2 ** 20, MB: 1e6,
  G: 2 ** 30, g: 2 ** 30, Gi: 2 ** 30, GiB: 2 ** 30, GB: 1e9,
};

function parse(text, units) {
  const found = /^\s*(\d+\.?\d*(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)(?:\/s)?\s*$/.exec(String(text));
  return found && Object.hasOwn(units, found[2]) ? Number(found[1]) * units[found[2]] : NaN;
}

/** Milliseconds of a duration, NaN if it is none. */
export const parseDuration = (text) => parse(text, DURATIONS);

/** Bytes of a size or rate, NaN if it is none. */
export const parseSize = (text) => parse(text, SIZES);

const short = (number) => (number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2))
  .replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

export function formatDuration(ms) {
  if (ms === undefined || Number.isNaN(ms)) return "–";
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${short(ms * 1e3)} µs`;
  if (ms < 1e3) return `${short(ms)} ms`;
  return ms < 6e4 ? `${short(ms / 1e3)} s` : `${short(ms / 6e4)} min`;
}

export function formatSize(bytes) {
  if (bytes === undefined || Number.isNaN(bytes)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : short(value)} ${units[unit]}`;
}

export const formatRate = (bytes) => `${formatSize(bytes)}/s`;

export function formatCount(number) {
  if (number === undefined || Number.isNaN(number)) return "–";
  return number >= 1e6 ? `${short(number / 1e6)} M` : number >= 1e4 ? `${short(number / 1e3)} k` : String(Math.round(number * 10) / 10);
}

const twoDigits = (value) => Number(value.toPrecision(value >= 100 ? 3 : 2));

/** A duration as the configuration writes it, rounded to what a slider can mean. */
export function durationText(ms) {
  if (ms === 0) return "0s";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1e3))}us`;
  const rounded = Math.round(twoDigits(ms));
  return rounded % 6e4 === 0 ? `${rounded / 6e4}m` : rounded % 1e3 === 0 ? `${rounded / 1e3}s` : `${rounded}ms`;
}

/** A size as the configuration writes it, rounded likewise. */
export function sizeText(bytes) {
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 1024]]) {
    if (bytes >= size) return `${Math.max(1, Math.round(twoDigits(bytes / size)))}${unit}`;
  }
  return String(Math.round(bytes));
}
