// The last two minutes of a proxy: its traffic, and below it a lane for each rule with its hits.
import { html } from "./html.js";
import { formatCount, formatRate } from "./units.js";

const SPAN = 120; // seconds
const WIDTH = 960;
const TRAFFIC = 56;
const LANE = 20;
const LANES = 12;

const x = (at, last) => WIDTH - ((last - at) * WIDTH) / SPAN;

function area(values, times, top, last) {
  const points = values.map((value, i) => `${x(times[i], last).toFixed(1)} ${(TRAFFIC - (value / top) * (TRAFFIC - 4)).toFixed(1)}`);
  return points.length ? `M${x(times[0], last).toFixed(1)} ${TRAFFIC}L${points.join("L")}L${WIDTH} ${TRAFFIC}Z` : "";
}

/** Hits of a second as opacity: one is visible, and ten times as many are clearly more. */
const strength = (count) => Math.min(1, 0.35 + 0.3 * Math.log10(count));

function Lane({ rule, series, last }) {
  const step = WIDTH / SPAN;
  const hits = series.rules.map((each) => each[rule.name] ?? 0);
  const total = hits.slice(-60).reduce((sum, each) => sum + each, 0);
  return html`<div class="lane"><span class="label ${rule.probability === 0 ? "off" : ""}" title=${rule.name}>${rule.name}</span>
    <svg viewBox="0 0 ${WIDTH} ${LANE}" preserveAspectRatio="none" role="img" aria-label=${`${rule.name}: ${total} hits in the last minute`}>
      ${hits.map((count, i) => count > 0 && html`<rect key=${series.at[i]} class="tick" x=${x(series.at[i], last) - step} y="3" width=${step} height=${LANE - 6} opacity=${strength(count)} />`)}
    </svg><span class="number">${formatCount(total)}</span></div>`;
}

export function Timeline({ proxy, series, marks }) {
  const last = series.at.at(-1) ?? 0;
  const top = Math.max(1, ...series.up, ...series.down);
  const shown = proxy.rules.slice(0, LANES);
  return html`<section class="card timeline"><div class="bar"><h2>Timeline <small>two minutes, hits by rule</small></h2>
    <span class="key"><i class="swatch"></i>up</span><span class="key"><i class="swatch down"></i>down</span><span class="key"><i class="swatch hit"></i>hits</span><span class="key"><i class="swatch change"></i>change</span></div>
    <div class="lanes">
      <div class="lane traffic"><span class="label">Traffic</span><svg viewBox="0 0 ${WIDTH} ${TRAFFIC}" preserveAspectRatio="none" role="img"
        aria-label=${`up ${formatRate(series.up.at(-1))}, down ${formatRate(series.down.at(-1))}`}>
        <path class="down" d=${area(series.down, series.at, top, last)} /><path class="up" d=${area(series.up, series.at, top, last)} />
        ${marks.filter((at) => at <= last && at > last - SPAN).map((at) => html`<line class="mark" x1=${x(at, last)} x2=${x(at, last)} y1="0" y2=${TRAFFIC} />`)}
      </svg><span class="number">${formatRate(top)}</span></div>
      ${shown.map((rule) => html`<${Lane} key=${rule.name} rule=${rule} series=${series} last=${last} />`)}
      ${shown.length === 0 && html`<p class="calm">A lane for each rule appears here.</p>`}
      ${proxy.rules.length > LANES && html`<p class="calm">and ${proxy.rules.length - LANES} further rules</p>`}
      <div class="lane axis" aria-hidden="true"><span></span><span class="ends"><small>2 min ago</small><small>1 min ago</small><small>now</small></span><span></span></div>
    </div></section>`;
}
