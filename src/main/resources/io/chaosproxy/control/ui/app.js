// The page: proxies with their traffic, the details of one, and the journal. The part behind # in the address says which.
import { render } from "./vendor/preact.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { signal } from "./vendor/signals.js";
import { html } from "./html.js";
import { call, hasToken, path, setToken } from "./api.js";
import { act, changes, follow, hitsOfMinute, notice, own, proxies, reconnect, samples, server } from "./state.js";
import { Chart, Sparkline } from "./charts.js";
import { Editor } from "./editor.js";
import { Journal } from "./journal.js";
import { Connections } from "./connections.js";
import { CopyAs } from "./copy.js";
import { Try } from "./try.js";
import { AddProxy, ProxyActions } from "./proxies.js";
import { DOCUMENTS, Documents } from "./docs.js";
import { Exchange, Exchanges, useRecords } from "./exchanges.js";
import { keepFocus } from "./focus.js";
import { Timeline } from "./timeline.js";
import { Delays } from "./delays.js";
import { formatCount, formatDuration, formatRate, parseSize } from "./units.js";

const route = signal(location.hash);
addEventListener("hashchange", () => {
  [editing, copying, inspecting].forEach((dialog) => (dialog.value = null)); // of the view that was left
  adding.value = false;
  route.value = location.hash;
});

const editing = signal(null); // { proxy, rule } while the editor is open
const copying = signal(null); // likewise
const adding = signal(false); // a proxy
const inspecting = signal(null); // the record of an exchange

/** What happens when the dialog of a signal is closed. */
const closes = (dialog, closed) => () => {
  dialog.value = closed;
  keepFocus();
};

/** Whether a rule limits all that a proxy relays together, always. */
const limitsAll = (rule) => rule.type === "rate" && rule.shared !== "connection" && (rule.probability ?? 1) === 1 && rule.when === undefined;

/** The rate that a proxy's rules allow in a direction; nothing if they allow any. */
function limitOf(proxy, direction) {
  const rates = proxy.rules
    .filter((rule) => limitsAll(rule) && ["both", direction, undefined].includes(rule.direction))
    .map((rule) => parseSize(rule.rate ?? rule.max));
  return rates.length ? Math.min(...rates) : undefined;
}

const marksOf = (proxy) => changes.value.filter((each) => each.proxy === proxy).map((each) => each.at);
const none = { at: [], up: [], down: [], exchanges: [], open: [], p50: [], p99: [], hits: [], rules: [] };
const link = (proxy) => `#/proxies/${encodeURIComponent(proxy.name)}`;

function State({ proxy }) {
  const word = proxy.enabled ? "on" : "off";
  return html`<span class="state ${word}">${word}</span>`;
}

function Rate({ proxy, series, direction }) {
  const limit = limitOf(proxy, direction);
  const now = series[direction].at(-1);
  const label = `${direction} ${formatRate(now)}${limit === undefined ? "" : `, limit ${formatRate(limit)}`}`;
  return html`<td class="rate" data-label=${direction === "up" ? "Up" : "Down"}><${Sparkline} values=${series[direction]} times=${series.at}
    limit=${limit} marks=${marksOf(proxy.name)} label=${label} /><span class="figure">${formatRate(now)}
    ${limit !== undefined && html`<small>of ${formatRate(limit)}</small>`}</span></td>`;
}

const watchers = new WeakMap();
const sight = new IntersectionObserver((seen) => seen.forEach((each) => watchers.get(each.target)?.(each.isIntersecting)), { rootMargin: "200px" });

/** A row is drawn anew only while it can be seen: with a hundred proxies most can't. */
function Row({ proxy }) {
  const row = useRef();
  const drawn = useRef();
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    const element = row.current;
    watchers.set(element, setSeen);
    sight.observe(element);
    return () => sight.unobserve(element);
  }, []);
  if (seen || !drawn.current) drawn.current = drawRow(proxy, row);
  return drawn.current; // what is the same as before costs nothing
}

function drawRow(proxy, row) {
  const series = samples.value.get(proxy.name) ?? none;
  const hits = hitsOfMinute(series);
  return html`<tr ref=${row}>
    <th scope="row"><a href=${link(proxy)}>${proxy.name}</a> <${State} proxy=${proxy} />
      <small class="address">${proxy.address ?? proxy.listen} → ${proxy.upstream ?? "any target"}</small></th>
    <${Rate} proxy=${proxy} series=${series} direction="up" />
    <${Rate} proxy=${proxy} series=${series} direction="down" />
    <td class="number" data-label="Open">${formatCount(series.open.at(-1))}</td>
    <td class="number" data-label="Exchanges/s">${proxy.protocol === "tcp" ? "–" : formatCount(series.exchanges.at(-1))}</td>
    <td class="number" data-label="First byte p50">${formatDuration(series.p50.at(-1) ?? undefined)}</td>
    <td class="number" data-label="p99">${formatDuration(series.p99.at(-1) ?? undefined)}</td>
    <td class="hits" data-label="Hits, last minute">${proxy.rules.length === 0 ? html`<span class="calm">no faults</span>`
      : proxy.rules.slice(0, 4).map((rule) => html`<span class="chip ${rule.probability === 0 ? "off" : ""}" title=${rule.name}><span
          class="name">${rule.name}</span> <b>${formatCount(hits.find(([name]) => name === rule.name)?.[1] ?? 0)}</b></span>`)}
      ${proxy.rules.length > 4 && html`<span class="chip more">+${proxy.rules.length - 4}</span>`}</td>
    <td class="action"><button onClick=${() => (editing.value = { proxy })} aria-label=${`Add fault to ${proxy.name}`}>Add fault</button></td>
  </tr>`;
}

const filter = signal("");

function Live() {
  const wanted = filter.value.toLowerCase();
  const shown = proxies.value.filter((proxy) => `${proxy.name} ${proxy.listen} ${proxy.upstream}`.toLowerCase().includes(wanted));
  return html`<main tabindex="-1">
    <div class="bar"><h1>Proxies</h1>
      <input type="search" placeholder="Filter by name or address" aria-label="Filter proxies" value=${filter.value} onInput=${(e) => (filter.value = e.target.value)} />
      <span class="away"><button onClick=${() => act("all proxies are as they were configured", () => call("POST", path("reset")))}
        title="Enables all proxies and gives them the faults that they were configured with">Reset</button>
      <button onClick=${() => (adding.value = true)}>Add proxy</button></span></div>
    <table class="proxies"><caption class="hidden">Proxies and their traffic</caption>
      <thead><tr><th scope="col">Proxy</th><th scope="col">Up</th><th scope="col">Down</th><th scope="col" class="number">Open</th>
        <th scope="col" class="number">Exch/s</th><th scope="col" class="number">First byte p50</th><th scope="col" class="number">p99</th>
        <th scope="col">Hits, last minute</th><th scope="col"><span class="hidden">Action</span></th></tr></thead>
      <tbody>${shown.map((proxy) => html`<${Row} key=${proxy.name} proxy=${proxy} />`)}</tbody>
    </table>
    ${shown.length === 0 && html`<p class="empty">${proxies.value.length === 0 ? "There are no proxies yet." : "No proxy matches the filter."}</p>`}
  </main>`;
}

const OFF = "chaos-proxy.off.";

/** Switches a rule by its probability: 0 is off; what it was before is kept in the browser. */
function toggle(proxy, rule) {
  const key = `${OFF}${proxy.name}/${rule.name}`;
  const { name, hits, ...body } = rule;
  if (rule.probability === 0) {
    const before = Number(localStorage.getItem(key) ?? 1);
    localStorage.removeItem(key);
    body.probability = before;
  } else {
    localStorage.setItem(key, String(rule.probability ?? 1));
    body.probability = 0;
  }
  return act(`${name} is ${body.probability === 0 ? "off" : "on"}`, () => call("PUT", path("proxies", proxy.name, "rules", name), body));
}

const valueText = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

function RuleItem({ proxy, rule, hits, total }) {
  const { name, type, hits: before, probability, when, ttl, ...fields } = rule;
  const on = probability !== 0;
  const facts = Object.entries(fields).map(([key, value]) => `${key} ${valueText(value)}`);
  if (on && probability !== undefined) facts.push(`${Math.round(probability * 1000) / 10} %`);
  if (ttl) facts.push(`for ${ttl}`);
  if (when) facts.push(`when ${Object.entries(when).map(([key, value]) => `${key} ${valueText(value)}`).join(", ")}`);
  return html`<li class=${on ? "" : "off"}>
    <button class="switch" role="switch" aria-checked=${on ? "true" : "false"} aria-label=${`${name} is on`} onClick=${() => toggle(proxy, rule)}></button>
    <div class="what"><b>${name}</b> <span class="type">${type}</span><small>${facts.join(" · ")}</small></div>
    <span class="count"><b>${formatCount(hits)}</b> last minute<small>${formatCount(total)} in all</small></span>
    <button onClick=${() => (editing.value = { proxy, rule })} aria-label=${`Edit ${name}`}>Edit</button>
    <button onClick=${() => (copying.value = { proxy, rule })} aria-label=${`Copy as text ${name}`}>Copy as</button>
    <button class="quiet" aria-label=${`Remove ${name}`} onClick=${() => act(`${name} removed`, () => call("DELETE", path("proxies", proxy.name, "rules", name))).then(keepFocus)}>Remove</button>
  </li>`;
}

const profiles = signal(null);

function Profiles({ proxy }) {
  useEffect(() => {
    profiles.value ?? call("GET", path("profiles")).then((answer) => (profiles.value = answer.profiles), () => {});
  }, []);
  const [only, setOnly] = useState(true);
  return html`<section class="card"><h2>Networks</h2>
    <label class="check"><input type="checkbox" checked=${only} onChange=${(e) => setOnly(e.target.checked)} /> remove its other latencies and rates</label>
    <div class="profiles">${(profiles.value ?? []).map(({ name }) => html`<button onClick=${() => act(`${proxy.name} is like ${name} now`,
      () => call("PUT", path("proxies", proxy.name, "profile"), { name, only }))}>${name}</button>`)}</div></section>`;
}

function Details({ name }) {
  const proxy = proxies.value.find((each) => each.name === name);
  useRecords(proxy?.name);
  if (!proxy) {
    return html`<main tabindex="-1"><p class="empty">There is no proxy of this name. <a href="#/">All proxies</a></p></main>`;
  }
  const series = samples.value.get(name) ?? none;
  const hits = new Map(hitsOfMinute(series));
  const marks = marksOf(name);
  const limits = [["up", "--up"], ["down", "--down"]].map(([direction, stroke]) => ({ value: limitOf(proxy, direction), stroke })).filter((each) => each.value !== undefined);
  return html`<main tabindex="-1">
    <div class="bar"><h1><a href="#/">Proxies</a> <span class="sep">/</span> ${proxy.name}</h1> <${State} proxy=${proxy} />
      <span class="address">${proxy.protocol} · ${proxy.address ?? proxy.listen} → ${proxy.upstream ?? "any target"}</span><${ProxyActions} proxy=${proxy} /></div>
    <div class="charts">
      <${Chart} title="Rate" times=${series.at} marks=${marks} limits=${limits} binary=${true} format=${formatRate} lines=${[
        { label: "up", name: "up", values: series.up, stroke: "--up", fill: true }, { label: "down", name: "down", values: series.down, stroke: "--down", fill: true }]} />
      ${proxy.protocol !== "tcp" && html`<${Chart} title="Time to first byte" times=${series.at} marks=${marks} limits=${[]} format=${formatDuration} lines=${[
        { label: "p50", name: "up", values: series.p50, stroke: "--up" }, { label: "p99", name: "down", values: series.p99, stroke: "--down", dash: [5, 3] }]} />`}
      <${Chart} title="Hits per second" times=${series.at} marks=${marks} limits=${[]} format=${formatCount} lines=${[
        { label: "all rules", name: "hit", values: series.hits, stroke: "--hit", fill: true }]} />
      ${proxy.rules.filter((rule) => rule.type === "latency").slice(0, 3).map((rule) => html`<${Delays} key=${rule.name} rule=${rule} />`)}
    </div>
    <${Timeline} proxy=${proxy} series=${series} marks=${marks} />
    <section class="card rules"><div class="bar"><h2>Faults</h2><button class="primary" onClick=${() => (editing.value = { proxy })}>Add fault</button></div>
      ${proxy.rules.length === 0 ? html`<p class="empty">Traffic passes unchanged.</p>`
        : html`<ul>${proxy.rules.map((rule) => html`<${RuleItem} key=${rule.name} proxy=${proxy} rule=${rule} hits=${hits.get(rule.name) ?? 0}
          total=${own(series.last?.hits, rule.name) ?? rule.hits} />`)}</ul>`}
    </section>
    ${proxy.protocol !== "forward" && html`<${Try} proxy=${proxy} />`}
    <${Profiles} proxy=${proxy} />
    <${Exchanges} proxy=${proxy} onOpen=${(record) => (inspecting.value = record)} />
    <${Connections} proxy=${proxy} />
  </main>`;
}

const DEMO = document.documentElement.dataset.demo; // name of the proxy with the demo origin behind it
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Address of a page of the demo origin, through its proxy. */
function demoUrl(proxy, page) {
  const [, host, port] = /^(.*):(\d+)$/.exec(proxy.address ?? proxy.listen);
  const everywhere = ["", "0.0.0.0", "[::]", "[0:0:0:0:0:0:0:0]"].includes(host);
  return `${proxy.tls ? "https" : "http"}://${everywhere ? location.hostname : host}:${port}${page}`;
}

function themeShown() {
  const { theme } = document.documentElement.dataset;
  return theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
}

/** Four ways to get messages, under the faults of the proxy before them. */
function Demos() {
  const frame = useRef();
  const [loads, setLoads] = useState(1);
  const first = useRef(themeShown());
  useEffect(() => {
    const turn = () => frame.current?.contentWindow.postMessage({ theme: themeShown() }, new URL(frame.current.src).origin);
    addEventListener("chaos-theme", turn);
    return () => removeEventListener("chaos-theme", turn);
  }, []);
  const proxy = proxies.value.find((each) => each.name === DEMO);
  if (!proxy) return html`<main tabindex="-1"><p class="empty">${DEMO ? "The proxy of the demo has gone." : "There is no demo; chaos-proxy demo starts one."}</p></main>`;
  const series = samples.value.get(proxy.name) ?? none;
  const hits = new Map(hitsOfMinute(series));
  const page = demoUrl(proxy, `/transports?theme=${first.current}`);
  return html`<main tabindex="-1">
    <div class="bar"><h1>Demos</h1> <span class="address">one message each 500 ms in four ways, through <a href=${link(proxy)}>${proxy.name}</a></span>
      <span class="away"><button onClick=${() => setLoads(loads + 1)} title="The page below passes the faults itself, and may have met one">Reload</button> <a href=${demoUrl(proxy, "/transports")} target="_blank" rel="noopener noreferrer">In a tab of its own</a> <a href=${demoUrl(proxy, "/")}
        target="_blank" rel="noopener noreferrer">Other measurements</a></span></div>
    <iframe key=${loads} class="demos" ref=${frame} src=${page} title="Messages by polling, long polling, server-sent events and WebSocket" sandbox="allow-scripts allow-same-origin"></iframe>
    <section class="card rules"><div class="bar"><h2>Faults</h2><button class="primary" onClick=${() => (editing.value = { proxy })}>Add fault</button></div>
      ${proxy.rules.length === 0 ? html`<p class="empty">Traffic passes unchanged.</p>`
        : html`<ul>${proxy.rules.map((rule) => html`<${RuleItem} key=${rule.name} proxy=${proxy} rule=${rule} hits=${hits.get(rule.name) ?? 0}
          total=${own(series.last?.hits, rule.name) ?? rule.hits} />`)}</ul>`}
    </section>
    <${Profiles} proxy=${proxy} />
  </main>`;
}

const STATES = { connecting: "Connecting…", live: "Live", lost: "Server lost, trying again", locked: "Token needed" };
const THEMES = ["auto", "light", "dark"];

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("chaos-proxy.theme", theme);
  dispatchEvent(new Event("chaos-theme"));
}

function Header() {
  const [theme, setTheme] = useState(localStorage.getItem("chaos-proxy.theme") ?? "auto");
  const faults = proxies.value.reduce((sum, proxy) => sum + proxy.rules.length, 0);
  const turn = () => {
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    setTheme(next);
    applyTheme(next);
  };
  const at = (target) => (target === "#/" ? !/^#\/(journal|docs|demos)/.test(route.value) : route.value.startsWith(target));
  return html`<header class="top">
    <a class="brand" href="#/"><img src="ui/icon.svg" alt="" width="24" height="24" /> chaos-proxy</a>
    <nav aria-label="Views">${[["#/", "Live"], ["#/journal", "Journal"], ...(DEMO ? [["#/demos", "Demos"]] : []), ["#/docs/reference", "Docs"]].map(([target, label]) => html`<a href=${target}
      aria-current=${at(target) ? "page" : undefined}>${label}</a>`)}</nav>
    <span class="server ${server.value}" role="status">${STATES[server.value]}</span>
    <button class="theme quiet" onClick=${turn} aria-label=${`Theme: ${theme}`}>Theme: ${theme}</button>
    <button class="clear" disabled=${faults === 0} onClick=${() => act("all faults are gone", () => call("POST", path("clear")))}>Clear all <b>${faults}</b></button>
  </header>`;
}

function Locked() {
  const dialog = useRef();
  const input = useRef();
  const [problem, setProblem] = useState(hasToken() ? "That was not the token." : "");
  const open = () => dialog.current.open || dialog.current.showModal(); // Escape, pressed twice, closes it whatever the page says
  useEffect(() => void open(), []);
  const unlock = (event) => {
    event.preventDefault();
    if (!setToken(input.current.value)) {
      setProblem("A token has printable characters of ASCII only.");
      return;
    }
    server.value = "connecting";
    reconnect();
  };
  return html`<dialog ref=${dialog} class="locked" aria-labelledby="locked-title" onCancel=${(e) => e.preventDefault()} onClose=${open}><form onSubmit=${unlock}>
    <h2 id="locked-title">This control plane asks for its token</h2>
    <div class="field"><label for="token">control.token</label><input id="token" type="password" autocomplete="current-password" ref=${input} required
      aria-invalid=${problem ? "true" : undefined} aria-describedby="token-about" /><p id="token-about" class="about bad" role="alert">${problem}</p></div>
    <button class="primary">Unlock</button></form></dialog>`;
}

/** A part of the address; as it stands there if it is no valid encoding. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function App() {
  const named = /^#\/proxies\/(.+)$/.exec(route.value);
  const proxy = named && decoded(named[1]);
  const [, page, id] = /^#\/docs\/([^/]+)(?:\/(.*))?$/.exec(route.value) ?? [];
  const view = proxy ?? (page ? "Docs" : { "#/journal": "Journal", "#/demos": "Demos" }[route.value] ?? "Live");
  useEffect(() => void (document.title = `${view} · chaos-proxy`), [view]);
  return html`<${Header} />
    ${server.value === "locked" ? html`<${Locked} />` : ""}
    <div class=${server.value === "lost" ? "stale" : ""}>
      ${page ? html`<${Documents} key=${page} name=${page} id=${id} />`
        : route.value === "#/demos" ? html`<${Demos} />`
        : named ? html`<${Details} key=${proxy} name=${proxy} />` : route.value.startsWith("#/journal") ? html`<${Journal} onOpen=${(hit) => (inspecting.value = hit)} />` : html`<${Live} />`}
    </div>
    <footer class="foot">${DOCUMENTS.map(([target, title]) => html`<a href=${target}>${title}</a>`)}</footer>
    <p class=${`notice ${notice.value ? "shown" : ""} ${notice.value?.bad ? "bad" : ""}`} role="status">${notice.value?.text}</p>
    ${editing.value && html`<${Editor} key=${`${editing.value.proxy.name}/${editing.value.rule?.name}`} ...${editing.value} onClose=${closes(editing, null)} />`}
    ${adding.value && html`<${AddProxy} onClose=${closes(adding, false)} />`}
    ${copying.value && html`<${CopyAs} ...${copying.value} onClose=${closes(copying, null)} />`}
    ${inspecting.value && html`<${Exchange} record=${inspecting.value} onClose=${closes(inspecting, null)} />`}`;
}

applyTheme(localStorage.getItem("chaos-proxy.theme") ?? "auto");
render(html`<${App} />`, document.getElementById("app"));
follow();
