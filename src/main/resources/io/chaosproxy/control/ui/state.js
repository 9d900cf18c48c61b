// What the page knows of the server. One stream of events feeds it; components read signals and subscribe to nothing else.
import { signal, batch } from "./vendor/signals.js";
import { call, listen, path, failureText, ApiError } from "./api.js";

const KEPT = 120; // samples, one each second
const MINUTE = 60;

/** connecting, live, lost, or locked: a token is needed. */
export const server = signal("connecting");

/** Proxies as the API describes them, in the order of their names. */
export const proxies = signal([]);

/** Samples by name of proxy: arrays of the same length, the newest last. */
export const samples = signal(new Map());

/** Changes of plans: { at: seconds since 1970, proxy, version }. */
export const changes = signal([]);

/** What the last action had to say: { text, bad }. */
export const notice = signal(null);

const SERIES = ["at", "up", "down", "exchanges", "open", "p50", "p99", "hits"];

function empty() {
  const series = { last: null, rules: [] };
  SERIES.forEach((name) => (series[name] = []));
  return series;
}

/** Value of an object for a name that users chose. */
export const own = (object, name) => (object && Object.hasOwn(object, name) ? object[name] : undefined);

/** Appends a sample of counters as rates since the one before. */
function append(series, at, counters) {
  const before = series.last;
  const seconds = before ? Math.max(0.001, at - before.at) : 1;
  const rate = (name) => (before ? Math.max(0, counters[name] - before[name]) / seconds : 0);
  const hits = Object.create(null); // rules may be called as anything, toString as well
  let total = 0;
  for (const [rule, count] of Object.entries(counters.hits)) {
    const more = before ? Math.max(0, count - (own(before.hits, rule) ?? 0)) : 0;
    if (more > 0) hits[rule] = more;
    total += more;
  }
  const values = [
    at, rate("up"), rate("down"), rate("exchanges"), counters.open, counters["first-byte-p50-ms"] ?? null,
    counters["first-byte-p99-ms"] ?? null, total / seconds,
  ];
  const next = { last: { ...counters, at }, rules: [...series.rules, hits].slice(-KEPT) };
  SERIES.forEach((name, i) => (next[name] = [...series[name], values[i]].slice(-KEPT)));
  return next;
}

/** Hits by rule in the last minute, the most frequent first. */
export function hitsOfMinute(series) {
  const sums = Object.create(null);
  for (const hits of series?.rules.slice(-MINUTE) ?? []) {
    for (const [rule, count] of Object.entries(hits)) sums[rule] = (sums[rule] ?? 0) + count;
  }
  return Object.entries(sums).sort((a, b) => b[1] - a[1]);
}

function onStats({ at, proxies: counters }) {
  const time = Date.parse(at) / 1000;
  const next = new Map();
  for (const [name, each] of Object.entries(counters)) {
    next.set(name, append(samples.value.get(name) ?? empty(), time, each));
  }
  batch(() => {
    samples.value = next;
    server.value = "live";
  });
}

let refreshing = null;

/** Reads the proxies again; calls meanwhile make one more. */
export function refresh() {
  refreshing ??= (async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    refreshing = null;
    try {
      const answer = await call("GET", path("proxies"));
      proxies.value = Object.entries(answer.proxies)
        .map(([name, proxy]) => ({ ...proxy, name }))
        .sort((a, b) => a.name.localeCompare(b.name));
    } catch (error) {
      if (error instanceof ApiError) say(error.message, true);
    }
  })();
  return refreshing;
}

function onEvent(name, data) {
  if (name === "stats") {
    onStats(data);
  } else {
    if (name === "plan") {
      changes.value = [...changes.value, { ...data, at: Date.parse(data.at) / 1000 }].slice(-200);
    }
    refresh();
  }
}

let waking = () => {};

/** Tries again now, as after a token was entered. */
export const reconnect = () => waking();

// A browser opens six connections to a server at most, and each page holds one: pages out of sight make room for a new one.
let streaming = new AbortController();
const pages = new BroadcastChannel("chaos-proxy");
pages.onmessage = () => document.hidden && streaming.abort();

const shown = () => new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));

/** Follows the server for as long as the page is open. */
export async function follow() {
  pages.postMessage("opened");
  for (;;) {
    streaming = new AbortController();
    try {
      await refreshNow();
      await listen(`${path("events")}?types=plan,proxy,stats`, 4000, onEvent, { signal: streaming.signal });
      server.value = "lost";
    } catch (error) {
      server.value = error instanceof ApiError && error.status === 401 ? "locked" : "lost";
    }
    if (streaming.signal.aborted) {
      server.value = "connecting";
      await shown();
      continue;
    }
    await new Promise((resolve) => {
      waking = resolve;
      if (server.value !== "locked") setTimeout(resolve, 1000);
    });
  }
}

async function refreshNow() {
  const answer = await call("GET", path("proxies")); // throws what follow() has to know
  proxies.value = Object.entries(answer.proxies)
    .map(([name, proxy]) => ({ ...proxy, name }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

let clearing;

export function say(text, bad = false) {
  notice.value = { text, bad };
  clearTimeout(clearing);
  clearing = setTimeout(() => (notice.value = null), bad ? 10_000 : 4_000);
}

/** Runs an action of the user, and says what came of it. */
export async function act(done, action) {
  try {
    await action();
    say(done);
    await refresh();
    return true;
  } catch (error) {
    say(failureText(error), true);
    return false;
  }
}
