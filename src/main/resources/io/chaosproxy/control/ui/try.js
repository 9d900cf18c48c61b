// Requests through a proxy, without its faults and then with them.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { listen, path, failureText, ApiError } from "./api.js";
import { say } from "./state.js";
import { formatCount, formatDuration, formatRate } from "./units.js";

const SILENCE = 10_000; // the server sends something each 100 ms
const WIDTH = 600;
const HEIGHT = 140;
const LEGS = [["without", "Without faults"], ["with", "With faults"]];

const first = (result) => result["first-byte-ms"];

/** The share of requests whose first byte came within a time, for both legs; the scale of time is logarithmic. */
function Shares({ legs }) {
  const times = LEGS.map(([name]) => (legs[name]?.results ?? []).map(first).filter((time) => time !== undefined).sort((a, b) => a - b));
  const all = times.flat();
  if (all.length < 2) return html`<div class="shares none">The share of first bytes over time, once there are some.</div>`;
  const low = Math.max(0.01, Math.min(...all) / 1.3);
  const high = Math.max(low * 10, Math.max(...all) * 1.3);
  const x = (time) => (Math.log(Math.max(low, time) / low) / Math.log(high / low)) * WIDTH;
  const y = (share) => HEIGHT - 2 - share * (HEIGHT - 4);
  const line = (sorted) => sorted.length === 0 ? "" : sorted.reduce((drawn, time, i) => `${drawn}H${x(time).toFixed(1)}V${y((i + 1) / sorted.length).toFixed(1)}`,
    `M0 ${y(0)}`) + `H${WIDTH}`;
  const steps = high / low > 200 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let decade = 10 ** Math.floor(Math.log10(low)); decade < high; decade *= 10) {
    ticks.push(...steps.map((step) => step * decade).filter((tick) => tick > low * 1.08 && tick < high / 1.08));
  }
  return html`<figure class="shares"><figcaption><span>First bytes within a time</span>
      ${LEGS.map(([name, title]) => html`<span class="key"><i class=${`swatch ${name}`} /> ${title}</span>`)}</figcaption>
    <div class="plane"><span class="share" aria-hidden="true">100 %</span><span class="share" aria-hidden="true">50</span><span
      class="share" aria-hidden="true">0</span><svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img"
        aria-label=${LEGS.map(([name, title], i) => `${title}: median ${formatDuration(times[i][Math.ceil(times[i].length / 2) - 1])}`).join(", ")}>
        ${[0, 0.5, 1].map((share) => html`<line class="grid" x1="0" x2=${WIDTH} y1=${y(share)} y2=${y(share)} />`)}
        ${ticks.map((tick) => html`<line class="grid" x1=${x(tick)} x2=${x(tick)} y1="0" y2=${HEIGHT} />`)}
        ${LEGS.map(([name], i) => html`<path class=${name} d=${line(times[i])} />`)}</svg></div>
    <div class="ticks" aria-hidden="true">${ticks.map((tick) => html`<span style=${{ left: `${(x(tick) / WIDTH) * 100}%` }}>${formatDuration(tick)}</span>`)}</div>
  </figure>`;
}

const counts = (map) => Object.entries(map ?? {}).map(([what, count]) => `${formatCount(count)} × ${what}`).join(", ");

const ROWS = [
  ["First byte p50", (s) => formatDuration(s["first-byte-p50-ms"])],
  ["p90", (s) => formatDuration(s["first-byte-p90-ms"])],
  ["p99", (s) => formatDuration(s["first-byte-p99-ms"])],
  ["Complete p50", (s) => formatDuration(s["total-p50-ms"])],
  ["Requests per second", (s) => formatCount(s["per-second"])],
  ["Rate", (s) => formatRate(s["bytes-per-second"])],
  ["Answered", (s) => counts(s.statuses) || `${formatCount(s.complete)} of ${formatCount(s.asked)}`],
  ["Failed", (s) => counts(s.failures) || "none"],
];

function Progress({ legs, count }) {
  const ended = (name) => legs[name]?.results.length ?? 0;
  const running = LEGS.find(([name]) => legs[name] && !legs[name].summary);
  return html`<p class="progress" role="status">${running ? `${running[1]}: ${ended(running[0])} of ${count}` : ""}</p>
    <progress max=${count * 2} value=${ended("without") + ended("with")} aria-label="Requests that ended" />`;
}

/** A card that sends requests through a proxy and compares. */
export function Try({ proxy }) {
  const tcp = proxy.protocol === "tcp";
  const [asHttp, setAsHttp] = useState(!tcp);
  const [count, setCount] = useState("50");
  const [concurrency, setConcurrency] = useState("5");
  const [limit, setLimit] = useState(""); // of time for one request
  const [what, setWhat] = useState(tcp ? "" : "/");
  const [legs, setLegs] = useState({});
  const [run, setRun] = useState(null);
  const [failure, setFailure] = useState(null);
  const running = useRef(null);
  useEffect(() => () => running.current?.abort(), []);

  const onEvent = (name, data) => setLegs((before) => {
    const leg = before[data.leg] ?? { results: [] };
    if (name === "leg") return { ...before, [data.leg]: leg };
    if (name === "results") return { ...before, [data.leg]: { ...leg, results: [...leg.results, ...data.results] } };
    return name === "summary" ? { ...before, [data.leg]: { ...leg, summary: data } } : before;
  });
  const send = async (event) => {
    event.preventDefault();
    const ending = new AbortController();
    running.current = ending;
    setLegs({});
    setFailure(null);
    setRun({ count: Number(count) });
    const text = what.replace(/\\r/g, "\r").replace(/\\n/g, "\n");
    const body = { count: Number(count), concurrency: Number(concurrency), ...(limit && { timeout: limit }), ...(asHttp ? { path: what } : { send: text }) };
    try {
      await listen(path("proxies", proxy.name, "try"), SILENCE, onEvent, { method: "POST", body, signal: ending.signal });
    } catch (error) {
      if (!ending.signal.aborted) setFailure(error);
    } finally {
      if (running.current === ending) {
        running.current = null;
        setRun(null);
      }
    }
  };
  const stop = () => {
    running.current.abort();
    say("no more requests are sent");
  };
  const errorOf = (key) => (failure instanceof ApiError ? failure.errors.find((each) => each.path === key)?.message : undefined);
  const number = (key, label, value, set, most) => html`<div class="field"><label for=${`try-${key}`}>${label}</label>
    <input id=${`try-${key}`} type="number" min="1" max=${most} required value=${value} disabled=${run !== null}
      aria-invalid=${errorOf(key) ? "true" : undefined} onInput=${(e) => set(e.target.value)} /></div>`;
  const shown = LEGS.some(([name]) => legs[name]);
  return html`<section class="card try"><div class="bar"><h2>Try <small>requests without the faults, then with them</small></h2></div>
    <form onSubmit=${send}>
      ${tcp && html`<div class="field"><label for="try-kind">As</label><select id="try-kind" value=${asHttp ? "http" : "text"} disabled=${run !== null}
        onChange=${(e) => {
          setAsHttp(e.target.value === "http");
          setWhat(e.target.value === "http" ? "/" : "");
        }}><option value="text">text, until the first byte</option><option value="http">an HTTP request</option></select></div>`}
      <div class="field wide"><label for="try-what">${asHttp ? "Path" : "Text to send"} ${!asHttp && html`<small>\\r and \\n for ends of lines; nothing for servers that speak first</small>`}</label>
        <input id="try-what" value=${what} required=${asHttp} disabled=${run !== null} aria-invalid=${errorOf("path") || errorOf("send") ? "true" : undefined}
          onInput=${(e) => setWhat(e.target.value)} /></div>
      ${number("count", "Requests", count, setCount, 1000)}
      ${number("concurrency", "At once", concurrency, setConcurrency, 64)}
      <div class="field"><label for="try-timeout">Timeout</label><input id="try-timeout" value=${limit} placeholder=${asHttp ? "10s" : "2s"} disabled=${run !== null}
        aria-invalid=${errorOf("timeout") ? "true" : undefined} onInput=${(e) => setLimit(e.target.value)} /></div>
      ${run ? html`<button key="stop" type="button" onClick=${stop}>Stop</button>` // keys, or the click that stops would submit
        : html`<button key="send" class="primary" disabled=${!proxy.enabled}>Send</button>`}
    </form>
    <p class="bad" role="alert">${failure && failureText(failure)}</p>
    ${run && html`<${Progress} legs=${legs} count=${run.count} />`}
    ${shown && html`<div class="compared"><div class="scroll" tabindex="0"><table><caption class="hidden">Without and with faults</caption>
        <thead><tr><td></td>${LEGS.map(([name, title]) => html`<th scope="col" class=${name}>${title}</th>`)}</tr></thead>
        <tbody>${ROWS.map(([label, text]) => html`<tr><th scope="row">${label}</th>${LEGS.map(([name]) => html`<td>${legs[name]?.summary ? text(legs[name].summary) : "…"}</td>`)}</tr>`)}</tbody>
      </table></div><${Shares} legs=${legs} /></div>`}
  </section>`;
}
