// Delay that a latency rule added, as a histogram: configured against measured.
import { useRef } from "./vendor/hooks.js";
import { html } from "./html.js";
import { records } from "./exchanges.js";
import { density, onlyValue } from "./curve.js";
import { formatDuration } from "./units.js";

const KEPT = 2000;
const BINS = 32;
const WIDTH = 400;
const HEIGHT = 120;

/** Time for which the rule held an exchange up in a direction, all its waits together. */
function measured(exchange, rule) {
  const waits = exchange.waits.filter((each) => each.rule === rule && each.type === "latency");
  const directions = new Map();
  waits.forEach((each) => directions.set(each.direction, (directions.get(each.direction) ?? 0) + each["to-ms"] - each["from-ms"]));
  return [...directions.values()];
}

const idOf = (exchange) => `${exchange.at} ${exchange.connection}/${exchange.exchange}`; // a server that was started anew counts from 1 again

/** Collects the delays of ended exchanges, each once; the newest are kept, and none from before an edit of the rule. */
function useDelays(rule) {
  const { name, hits, ...settings } = rule;
  const definition = JSON.stringify(settings);
  const seen = useRef({ definition, ids: new Set(), delays: [] });
  if (seen.current.definition !== definition) {
    seen.current = { definition, ids: new Set(records.value.exchanges.map(idOf)), delays: [] };
  }
  for (const exchange of records.value.exchanges) {
    const id = idOf(exchange);
    if (exchange.end && !seen.current.ids.has(id)) {
      seen.current.ids.add(id);
      seen.current.delays = [...seen.current.delays, ...measured(exchange, name)].slice(-KEPT);
    }
  }
  if (seen.current.ids.size > 4 * KEPT) seen.current.ids = new Set([...seen.current.ids].slice(-KEPT));
  return seen.current.delays;
}

/** What the configuration says: a span and a density, or one value. */
function configured(rule) {
  const shape = density(rule);
  if (shape) return shape;
  const at = onlyValue(rule) || 0;
  const half = Math.max(at * 0.25, 1);
  return { at: null, fixed: at, from: Math.max(0, at - half), to: at + half };
}

function quantile(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : undefined;
}

export function Delays({ rule }) {
  const delays = useDelays(rule);
  const shape = configured(rule);
  const sorted = [...delays].sort((a, b) => a - b);
  const from = Math.min(shape.from, quantile(sorted, 0.01) ?? shape.from);
  const to = Math.max(shape.to, (quantile(sorted, 0.99) ?? 0) * 1.02);
  const bins = new Array(BINS).fill(0);
  delays.forEach((each) => bins[Math.min(BINS - 1, Math.max(0, Math.floor(((each - from) / (to - from)) * BINS)))]++);
  const wide = WIDTH / BINS;
  const middle = (i) => from + ((i + 0.5) * (to - from)) / BINS;
  const expected = shape.at ? bins.map((_, i) => shape.at(middle(i))) : null;
  const sum = expected ? expected.reduce((all, each) => all + each, 0) || 1 : 1;
  const top = Math.max(1e-9, ...bins.map((each) => each / Math.max(1, delays.length)), ...(expected ?? []).map((each) => each / sum));
  const y = (share) => HEIGHT - (share / top) * (HEIGHT - 8);
  const x = (ms) => ((ms - from) / (to - from)) * WIDTH;
  return html`<figure class="chart delays"><figcaption><span title=${rule.name}>Added delay: ${rule.name}</span>
    <span class="key"><i class="swatch configured"></i>configured</span>
    <span class="key"><i class="swatch hit"></i>measured <b>${delays.length === 0 ? "–" : `p50 ${formatDuration(quantile(sorted, 0.5))}`}</b></span></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${`${delays.length} delays of ${rule.name}, median ${formatDuration(quantile(sorted, 0.5))}, p99 ${formatDuration(quantile(sorted, 0.99))}`}>
      ${delays.length > 0 && bins.map((count, i) => html`<rect class="bin" x=${i * wide + 1} width=${wide - 2} y=${y(count / delays.length)} height=${HEIGHT - y(count / delays.length)} />`)}
      ${expected ? html`<path class="expected" d=${`M${expected.map((each, i) => `${((i + 0.5) * wide).toFixed(1)} ${y(each / sum).toFixed(1)}`).join("L")}`} />`
        : html`<line class="expected" x1=${x(shape.fixed)} x2=${x(shape.fixed)} y1="4" y2=${HEIGHT} />`}
    </svg>
    <div class="ends"><small>${formatDuration(from)}</small><small>${delays.length === 0 ? "no delay measured yet" : `${delays.length} ${delays.length === 1 ? "delay" : "delays"}, p99 ${formatDuration(quantile(sorted, 0.99))}`}</small><small>${formatDuration(to)}</small></div>
  </figure>`;
}
