// The last exchanges of a proxy: their course as a waterfall, and why each rule hit one or not.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { signal } from "./vendor/signals.js";
import { html } from "./html.js";
import { call, path } from "./api.js";
import { usePoll } from "./poll.js";
import { formatDuration, formatSize } from "./units.js";

const PERIOD = 1000;
const SHOWN = 30;

/** Records of one proxy, the newest first; asking for them makes the server record. */
export const records = signal({ proxy: null, exchanges: [], leftOut: 0, recording: false });

const address = (each) => `${each.connection}/${each.exchange}`;
const title = (each) => each.request || `connection ${each.connection}`;

/** A connection as a whole is told only if its bytes are no exchanges, or if a rule had to do with it. */
const isTold = (each) => each.exchange > 0 || each.waits.length > 0 || each.hits.length > 0 || each.up + each.down > 0;

/** Reads the records of this proxy for as long as a view that shows them is there. */
export function useRecords(proxy) {
  useEffect(() => {
    if (proxy !== undefined) records.value = { proxy, exchanges: [], leftOut: 0, recording: false };
  }, [proxy]);
  usePoll(proxy, PERIOD, (signal) => call("GET", `${path("exchanges")}?proxy=${encodeURIComponent(proxy)}`, undefined, signal).then((answer) => {
    if (signal.aborted) return;
    const exchanges = answer.exchanges.filter(isTold).reverse();
    const carried = new Set(exchanges.filter((each) => each.exchange > 0).map((each) => each.connection));
    records.value = {
      proxy,
      exchanges: exchanges.filter((each) => each.exchange > 0 || !carried.has(each.connection) || each.hits.length > 0),
      leftOut: answer["left-out"],
      recording: answer.recording,
    };
  }, () => {})); // the head of the page says that the server is lost
}

const PHASES = { dial: "Dial", upstream: "Wait for upstream", response: "Response" };

/** All that took time, in the order of its beginning: phases, and the waits of rules. */
function spans(record) {
  const phases = record.phases.map((each) => ({ ...each, label: PHASES[each.what], kind: each.what }));
  const waits = record.waits.map((each) => ({
    ...each, label: each.rule, note: `${each.type}, ${each.direction}`, kind: each.type === "outage" ? "outage" : "wait",
  }));
  return [...phases, ...waits].sort((a, b) => a["from-ms"] - b["from-ms"]);
}

/** The same in one line, as a list has it. */
function Strip({ record, longest }) {
  const x = (ms) => (100 * ms) / Math.max(longest, 0.001);
  return html`<svg class="strip" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
    <rect class="all" x="0" y="5" width=${x(record["time-ms"])} height="2" />
    ${spans(record).map((each) => html`<rect class=${each.kind} x=${x(each["from-ms"])} y=${each.note ? 1 : 3}
      width=${Math.max(0.6, x(each["to-ms"] - each["from-ms"]))} height=${each.note ? 10 : 6} />`)}
  </svg>`;
}

export function Exchanges({ proxy, onOpen }) {
  const { exchanges, leftOut } = records.value;
  const shown = exchanges.slice(0, SHOWN);
  const longest = Math.max(1, ...shown.map((each) => each["time-ms"]));
  return html`<section class="card"><div class="bar"><h2>${proxy.protocol === "tcp" ? "Last connections" : "Last exchanges"} <small>${
    exchanges.length === 0 ? "recorded from now on" : `${exchanges.length} recorded`}${leftOut > 0 ? `, ${leftOut} left out of a busy proxy` : ""}</small></h2></div>
    ${shown.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label="Last exchanges"><table class="connections exchanges">
      <caption class="hidden">Last exchanges and their course</caption>
      <thead><tr><th scope="col">Request</th><th scope="col">Status</th><th scope="col" class="number">Time</th><th scope="col" class="course">Course</th><th scope="col">Hits</th></tr></thead>
      <tbody>${shown.map((each) => html`<tr key=${address(each)}>
        <td><button class="link" onClick=${() => onOpen(each)} title=${title(each)}>${title(each)}</button></td>
        <td>${each.status ?? ""} ${(each.end !== "completed" || !each.status) && html`<small class=${each.end === "completed" ? "calm" : "waiting"}>${each.end ?? "under way"}</small>`}</td>
        <td class="number">${formatDuration(each["time-ms"])}</td>
        <td class="course"><${Strip} record=${each} longest=${longest} /></td>
        <td>${each.hits.map((name) => html`<span class="chip" title=${name}><span class="name">${name}</span></span>`)}</td></tr>`)}</tbody></table></div>`}
    ${exchanges.length > SHOWN && html`<p class="calm">and ${exchanges.length - SHOWN} before them</p>`}
  </section>`;
}

const ticks = (total) => [0, 0.25, 0.5, 0.75, 1].map((share) => share * total);

function Waterfall({ record }) {
  const total = Math.max(record["time-ms"], 0.001);
  const rows = spans(record);
  const left = (ms) => `${(100 * ms) / total}%`;
  return html`<div class="waterfall" role="table" aria-label="Waterfall">
    <div class="axis" aria-hidden="true"><span></span><span class="scale">${ticks(total).map((ms) => html`<i style=${{ left: left(ms) }}>${formatDuration(ms)}</i>`)}</span><span></span></div>
    ${rows.map((each, i) => html`<div role="row" class="span" key=${i}>
      <span role="cell" class="label" title=${each.label}>${each.label} ${each.note && html`<small>${each.note}</small>`}</span>
      <span role="cell" class="track"><i class=${each.kind} style=${{ left: left(each["from-ms"]), width: left(each["to-ms"] - each["from-ms"]) }}></i><span
        class="hidden">from ${formatDuration(each["from-ms"])}</span></span>
      <span role="cell" class="number">${formatDuration(each["to-ms"] - each["from-ms"])}</span></div>`)}
    <div role="row" class="span total"><span role="cell" class="label">${record.end ?? "under way"}</span><span role="cell" class="track"></span><span role="cell" class="number">${formatDuration(record["time-ms"])}</span></div>
  </div>`;
}

const WIDTH = 600;
const HEIGHT = 72;

/** Bytes handed on over the time of the record, each direction against the larger of both. */
function Bytes({ record }) {
  const total = Math.max(record["time-ms"], 0.001);
  const top = Math.max(1, record.up, record.down);
  const line = (key) => record.points.reduce((drawn, point) => `${drawn}H${((WIDTH * point["at-ms"]) / total).toFixed(1)}V${(HEIGHT - 2 - ((HEIGHT - 6) * point[key]) / top).toFixed(1)}`, `M0 ${HEIGHT - 2}`) + `H${WIDTH}`;
  return html`<figure class="bytes"><figcaption><span>Bytes over time</span><span class="key"><i class="swatch"></i>up <b>${formatSize(record.up)}</b></span>
    <span class="key"><i class="swatch down"></i>down <b>${formatSize(record.down)}</b></span></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${`up ${formatSize(record.up)}, down ${formatSize(record.down)}`}>
      <path class="line" d=${line("up")} /><path class="line down" d=${line("down")} /></svg></figure>`;
}

const OUTCOMES = {
  hit: "Hit", "no-effect": "No effect yet", miss: "Missed", conditions: "No match", "not-selected": "Not selected", "used-up": "Used up", "not-asked": "Not asked",
};

const drawnText = ({ what, value, unit }) => (what === undefined ? "" : `${what} ${unit === "nanos" ? formatDuration(value / 1e6) : unit === "bytes" ? formatSize(value) : ""}`);

const number = (value) => (value < 1e-4 && value > 0 ? value.toExponential(1) : String(Math.round(value * 1e4) / 1e4));

function Why({ rules }) {
  if (rules.length === 0) {
    return html`<p class="empty">The proxy had no rules.</p>`;
  }
  return html`<ul class="why">${rules.map((each, i) => html`<li key=${i} class=${each.outcome}>
    <div class="head"><span class="outcome ${each.outcome}">${OUTCOMES[each.outcome] ?? each.outcome}</span> <b>${each.rule}</b> <span class="type">${each.type}</span></div>
    <p class="reason">${each.reason}${each.draw !== undefined ? `: drew ${number(each.draw)}, hits below ${number(each.probability)}` : ""}</p>
    ${each.conditions.length > 0 && html`<table><caption class="hidden">Conditions of ${each.rule}</caption>
      <thead><tr><th scope="col"><span class="hidden">Holds</span></th><th scope="col">Condition</th><th scope="col">Expected</th><th scope="col">Actual</th></tr></thead>
      <tbody>${each.conditions.map((condition) => html`<tr class=${condition.holds ? "holds" : "fails"}><td>${condition.holds ? "✓" : "✗"}<span class="hidden">${condition.holds ? "holds" : "does not hold"}</span></td>
        <td>${condition.key}</td><td>${condition.expected}</td><td>${condition.actual || html`<span class="calm">none</span>`}</td></tr>`)}</tbody></table>`}
    ${each.drawn.some((effect) => effect.what) && html`<p class="reason">drawn: ${each.drawn.filter((effect) => effect.what).map(drawnText).join(", ")}</p>`}
  </li>`)}</ul>`;
}

/** One record, read anew while it is under way. */
export function Exchange({ record: listed, onClose }) {
  const dialog = useRef();
  const [record, setRecord] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    dialog.current.showModal();
    const read = () => call("GET", path("exchanges", listed.proxy, String(listed.connection), String(listed.exchange)))
      .then(setRecord, (error) => setProblem(error.message));
    read();
    const timer = setInterval(() => setRecord((present) => {
      if (present && !present.end) read();
      return present;
    }), PERIOD);
    return () => clearInterval(timer);
  }, []);
  return html`<dialog ref=${dialog} class="editor exchange" aria-labelledby="exchange-title" onClose=${onClose}>
    <header><h2 id="exchange-title">${title(listed)} <small>${record?.status ? `${record.status} · ` : ""}connection ${listed.connection}${listed.exchange > 0 ? `, exchange ${listed.exchange}` : ""} · ${listed.client}</small></h2>
      <button type="button" class="quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button></header>
    <div class="body" tabindex="0">${record ? html`<${Waterfall} record=${record} /><${Bytes} record=${record} />
      <h3>Why rules hit or not</h3><${Why} rules=${record.rules} />${record["left-out"] > 0 && html`<p class="calm">${record["left-out"]} further waits, hits or rules are not recorded.</p>`}`
      : html`<p class="empty">${problem || "…"}</p>`}</div>
  </dialog>`;
}
