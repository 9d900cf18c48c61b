// The density of a delay's distribution, drawn while its parameters are edited.
import { html } from "./html.js";
import { parseDuration, formatDuration } from "./units.js";

const POINTS = 160;

const kindOf = (fault) => fault.distribution ?? (fault.min !== undefined ? "uniform" : "fixed");

/** Milliseconds of a delay that is always the same, NaN if it isn't, or can't be read. */
export function onlyValue(fault) {
  const of = (key) => parseDuration(fault[key] ?? "0");
  switch (kindOf(fault)) {
    case "fixed":
      return of("jitter") === 0 ? of("delay") : NaN;
    case "uniform":
      return of("min") === of("max") ? of("min") : NaN;
    case "normal":
      return of("deviation") === 0 ? of("mean") : NaN;
    case "lognormal":
      return Number(fault.sigma) === 0 ? of("median") : NaN;
    default:
      return NaN;
  }
}

/** Function of the density at x milliseconds, and the span worth drawing; nothing for a single value, or for what is no number. */
export function density(fault) {
  if (Number.isFinite(onlyValue(fault))) return null;
  const of = (key) => parseDuration(fault[key] ?? "0");
  switch (kindOf(fault)) {
    case "fixed":
      return even(Math.max(0, of("delay") - of("jitter")), of("delay") + of("jitter"));
    case "uniform":
      return even(of("min"), of("max"));
    case "normal": {
      const [mean, deviation] = [of("mean"), of("deviation")];
      return curve((x) => Math.exp(-(((x - mean) / deviation) ** 2) / 2), Math.max(0, mean - 4 * deviation), mean + 4 * deviation);
    }
    case "lognormal": {
      const [median, sigma] = [of("median"), Number(fault.sigma)];
      return curve((x) => (x <= 0 ? 0 : Math.exp(-((Math.log(x / median) / sigma) ** 2) / 2) / x), 0, median * Math.exp(2.2 * sigma));
    }
    case "pareto": {
      const [scale, shape] = [of("scale"), Number(fault.shape)];
      return curve((x) => (x < scale ? 0 : x ** -(shape + 1)), 0, scale * Math.min(50, 20 ** (1 / shape)));
    }
    default:
      return null;
  }
}

const even = (from, to) => (to > from ? curve((x) => (x >= from && x <= to ? 1 : 0), Math.max(0, from - (to - from) / 4), to + (to - from) / 4) : null);

function curve(at, from, to) {
  return Number.isFinite(from) && Number.isFinite(to) && to > from && Number.isFinite(at((from + to) / 2)) ? { at, from, to } : null;
}

/** What is drawn above the maximum counts as the maximum. */
function cut(shape, most) {
  return shape && most > shape.from && most < shape.to ? { ...shape, to: most, cut: true } : shape;
}

export function Curve({ fault }) {
  const shape = cut(density(fault), fault.distribution ? parseDuration(fault.max) : NaN);
  if (!shape) {
    const only = onlyValue(fault);
    return html`<p class="curve none">${Number.isFinite(only) ? `every hit is delayed by ${formatDuration(only)}` : "these values have no curve"}</p>`;
  }
  const xs = Array.from({ length: POINTS + 1 }, (_, i) => shape.from + ((shape.to - shape.from) * i) / POINTS);
  const ys = xs.map(shape.at);
  const top = Math.max(...ys) || 1;
  const points = ys.map((y, i) => `${((i / POINTS) * 400).toFixed(1)} ${(96 - (y / top) * 88).toFixed(1)}`);
  return html`<figure class="curve">
    <svg viewBox="0 0 400 100" preserveAspectRatio="none" role="img" aria-label="density of the delay">
      <path class="area" d=${`M0 96L${points.join("L")}L400 96Z`} /><path class="line" d=${`M${points.join("L")}`} />
    </svg>
    <figcaption><span>${formatDuration(shape.from)}</span><span>delay</span><span>${shape.cut ? "all longer ones: " : ""}${formatDuration(shape.to)}</span></figcaption>
  </figure>`;
}
