// The open connections of a proxy: their share of the link, and the rules that their bytes meet.
import { useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { call, path } from "./api.js";
import { usePoll } from "./poll.js";
import { act } from "./state.js";
import { formatDuration, formatRate, formatSize } from "./units.js";

const PERIOD = 2000;
const SHOWN = 50;
const SEGMENTS = 12;

/** With the rates since the answer before; a connection that wasn't in it has its mean so far. */
function withRates(connections, before, at) {
  return connections.map((each) => {
    const last = before.connections.get(each.number);
    const seconds = Math.max(0.2, last ? (at - before.at) / 1000 : each["age-ms"] / 1000);
    const rate = (key) => Math.max(0, each[key] - (last?.[key] ?? 0)) / seconds;
    return { ...each, rates: { up: rate("up"), down: rate("down") } };
  });
}

const sumOf = (connections, direction) => connections.reduce((sum, each) => sum + each.rates[direction], 0);
const percent = (part, whole) => (whole > 0 ? Math.round((100 * part) / whole) : 0);

/** One bar for a direction, a segment for each connection, the largest first. */
function Shares({ connections, direction }) {
  const whole = sumOf(connections, direction);
  const sorted = connections.filter((each) => each.rates[direction] > 0).sort((a, b) => b.rates[direction] - a.rates[direction]);
  const shown = sorted.slice(0, SEGMENTS);
  const rest = sumOf(sorted.slice(SEGMENTS), direction);
  const label = shown.map((each) => `no. ${each.number} ${percent(each.rates[direction], whole)} %`).join(", ");
  return html`<div class="split"><span class="label">${direction === "up" ? "Up" : "Down"}</span>
    <span class="track ${direction}" role="img" aria-label=${`Share of the link ${direction}: ${label || "nothing moves"}`}>
      ${shown.map((each) => html`<i key=${each.number} style=${{ width: `${(100 * each.rates[direction]) / whole}%` }} title=${`no. ${each.number}, ${formatRate(each.rates[direction])}`}><b>${
        percent(each.rates[direction], whole) >= 8 ? each.number : ""}</b></i>`)}
      ${rest > 0 && html`<i class="rest" style=${{ width: `${(100 * rest) / whole}%` }}></i>`}
    </span><span class="number">${formatRate(whole)}</span></div>`;
}

const shareText = (each, whole, direction) => (whole > 0 ? `${percent(each.rates[direction], whole)} %` : "–");

export function Connections({ proxy }) {
  const [open, setOpen] = useState([]);
  const before = useRef({ at: 0, connections: new Map() });
  const read = (signal) => call("GET", `${path("connections")}?proxy=${encodeURIComponent(proxy.name)}`, undefined, signal).then((answer) => {
    const at = performance.now();
    setOpen(withRates(answer.connections, before.current, at));
    before.current = { at, connections: new Map(answer.connections.map((each) => [each.number, each])) };
  }, () => {}); // the head of the page says that the server is lost
  usePoll(proxy.name, PERIOD, read);
  const end = (each, how) => act(`connection ${each.number} ${how === "close" ? "closed" : "reset"}`,
    () => call("DELETE", `${path("connections", proxy.name, String(each.number))}?how=${how}`)).then(() => read());
  const whole = { up: sumOf(open, "up"), down: sumOf(open, "down") };
  return html`<section class="card"><div class="bar"><h2>Connections <small>${open.length} open</small></h2></div>
    ${open.length > 0 && html`<div class="splits"><${Shares} connections=${open} direction="up" /><${Shares} connections=${open} direction="down" /></div>
    <div class="scroll" tabindex="0" role="region" aria-label="Open connections"><table class="connections"><caption class="hidden">Open connections</caption>
      <thead><tr><th scope="col" class="number">No.</th><th scope="col">Client</th><th scope="col" class="number">Age</th><th scope="col" class="number">Up</th>
        <th scope="col" class="number">Share up</th><th scope="col" class="number">Down</th><th scope="col" class="number">Share down</th><th scope="col">Rules</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
      <tbody>${open.slice(0, SHOWN).map((each) => html`<tr key=${each.number}><td class="number">${each.number}</td><td>${each.client}</td>
        <td class="number">${formatDuration(each["age-ms"])}</td><td class="number">${formatSize(each.up)}</td><td class="number">${shareText(each, whole.up, "up")}</td>
        <td class="number">${formatSize(each.down)}</td><td class="number">${shareText(each, whole.down, "down")}</td>
        <td>${each.rules.join(", ")}${each.waiting > 0 ? html` <small class="waiting">waits</small>` : ""}</td>
        <td class="action"><button onClick=${() => end(each, "close")} aria-label=${`Close connection ${each.number}`}>Close</button> <button
          onClick=${() => end(each, "reset")} aria-label=${`Reset connection ${each.number}`}>Reset</button></td></tr>`)}</tbody></table></div>`}
    ${open.length > SHOWN && html`<p class="calm">and ${open.length - SHOWN} more</p>`}
  </section>`;
}
