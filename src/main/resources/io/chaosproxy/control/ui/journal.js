// What rules did: the last hits, the newest first. Only the rows in view are in the document.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { signal } from "./vendor/signals.js";
import { html } from "./html.js";
import { call, path } from "./api.js";
import { formatDuration, formatSize, formatCount } from "./units.js";

const ROW = 36; // pixels, as in style.css
const MARGIN = 10; // rows above and below those in view
const PERIOD = 2000;

const hits = signal([]);
const newer = signal(null); // hits that wait for the reader
const filter = signal("");
const paused = signal(false);

const UNITS = { nanos: (value) => formatDuration(value / 1e6), bytes: formatSize };
const drawnText = (drawn) => (drawn ? `${drawn.what} ${(UNITS[drawn.unit] ?? formatCount)(drawn.value)}` : "");

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const timeText = (at) => clock.format(new Date(at));

const sameHit = (a) => (b) => a.at === b.at && a.proxy === b.proxy && a.rule === b.rule && a.connection === b.connection && a.exchange === b.exchange;

/** Reads the journal; `holds` says whether the rows have to stay where they are, since somebody reads or points at them. */
async function read(holds) {
  try {
    call("GET", `${path("exchanges")}?last=0`).catch(() => {}); // so that what hits from now on has a record
    const read = (await call("GET", `${path("journal")}?last=2000`)).hits.reverse();
    if (holds()) newer.value = read;
    else show(read);
  } catch {
    // the head of the page says that the server is lost
  }
}

function show(read) {
  newer.value = null;
  hits.value = read;
}

function newerText() {
  const first = hits.value[0];
  const count = first ? newer.value.findIndex(sameHit(first)) : newer.value.length;
  return count < 0 ? "all newer hits" : `${count} newer`;
}

export function Journal({ onOpen }) {
  const box = useRef();
  const [top, setTop] = useState(0);
  useEffect(() => {
    const holds = () => {
      const rows = box.current;
      return hits.value.length > 0 && (rows.scrollTop > 0 || rows.matches(":hover") || (rows !== document.activeElement && rows.contains(document.activeElement)));
    };
    read(() => false);
    const timer = setInterval(() => paused.value || document.hidden || read(holds), PERIOD);
    return () => clearInterval(timer);
  }, []);
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = hits.value.filter((hit) => {
    if (words.length === 0) return true;
    const text = `${timeText(hit.at)} ${hit.proxy} ${hit.rule} ${hit.type} ${hit.request} ${hit.client}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
  const inView = shown.slice(first, first + Math.ceil((box.current?.clientHeight ?? 600) / ROW) + 2 * MARGIN);
  return html`<main tabindex="-1">
    <div class="bar"><h1>Journal</h1>
      <input type="search" placeholder="Filter by time, proxy, rule, path, client" aria-label="Filter hits" value=${filter.value} onInput=${(e) => (filter.value = e.target.value)} />
      <button aria-pressed=${paused.value ? "true" : "false"} onClick=${() => (paused.value = !paused.value)}>${paused.value ? "Go on" : "Pause"}</button>
      <span class="address">${shown.length} of the last ${hits.value.length} hits</span>
      ${newer.value && newerText() !== "0 newer" && html`<button onClick=${() => {
        box.current.scrollTop = 0;
        show(newer.value);
      }}>Show ${newerText()}</button>`}</div>
    <div class="journal" role="table" aria-label="Hits" aria-rowcount=${shown.length + 1} tabindex="0" ref=${box} onScroll=${(e) => setTop(e.target.scrollTop)}>
      <div role="rowgroup" class="head"><div role="row" class="entry">${["Time", "Proxy", "Rule", "Drawn", "Request", "Client"].map((name) => html`<span role="columnheader">${name}</span>`)}</div></div>
      <div role="rowgroup" class="space" style=${{ height: `${shown.length * ROW}px` }}>${inView.map((hit, i) => html`<div role="row" class="entry" aria-rowindex=${first + i + 2}
        key=${first + i} style=${{ top: `${(first + i) * ROW}px` }}>
        <span role="cell" title=${hit.at}>${timeText(hit.at)}</span><span role="cell">${hit.proxy}</span><span role="cell"><b>${hit.rule}</b> <small>${hit.type}</small></span>
        <span role="cell">${drawnText(hit.drawn)}</span><span role="cell"><button class="link" title="Show its course" onClick=${() => onOpen(hit)}>${hit.request || `connection ${hit.connection}`}</button></span><span role="cell">${hit.client}</span>
      </div>`)}</div>
    </div>
    ${shown.length === 0 && html`<p class="empty">${hits.value.length === 0 ? "No rule has hit yet." : "No hit matches the filter."}</p>`}
  </main>`;
}
