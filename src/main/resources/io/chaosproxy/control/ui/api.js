// Calls of the control plane's API. The token, where one is needed, lives as long as the tab.

const TOKEN = "chaos-proxy.token";

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;

/** False if no header can have this token. */
export function setToken(token) {
  const sendable = /^[\x21-\x7e]+$/.test(token);
  if (sendable) sessionStorage.setItem(TOKEN, token);
  return sendable;
}

function headers(more) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/** What the server has to say against a request: its fields each have a path and a message. */
export class ApiError extends Error {
  constructor(status, detail, errors) {
    super(detail);
    this.status = status;
    this.errors = errors ?? [];
  }
}

/** What to tell of a failed request: all that the server said, or that there is none. */
export function failureText(failure) {
  return failure instanceof ApiError
    ? [failure.message, ...failure.errors.map((each) => `${each.path}: ${each.message}`)].join(" · ")
    : "the server can't be reached";
}

/** The JSON of the answer; throws ApiError, or TypeError if there is no server. */
export async function call(method, path, body, signal) {
  const response = await fetch(path, {
    method,
    signal,
    headers: headers(body === undefined ? {} : { "Content-Type": "application/json" }),
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw failure(response, text);
  return parsed(text);
}

const parsed = (text) => (text.startsWith("{") ? JSON.parse(text) : {});

function failure(response, text) {
  const { detail, errors } = parsed(text);
  return new ApiError(response.status, detail ?? `${response.status}`, errors);
}

/** Status and text of an answer that is no JSON, or shown as it came. */
export async function read(path) {
  const response = await fetch(path, { headers: headers({}) });
  return { status: response.status, type: response.headers.get("Content-Type") ?? "", text: await response.text() };
}

export const path = (...segments) => ["api/v1", ...segments.map(encodeURIComponent)].join("/");

/**
 * Reads server-sent events until the stream ends. EventSource can't send a token.
 *
 * @param silence milliseconds without a byte after which the server counts as lost
 * @param more of a request that isn't a GET: method, body as JSON, and a signal that ends it
 */
export async function listen(url, silence, onEvent, { method = "GET", body, signal } = {}) {
  const ending = new AbortController();
  signal?.addEventListener("abort", () => ending.abort());
  let timer = setTimeout(() => ending.abort(), silence);
  try {
    const response = await fetch(url, {
      method, signal: ending.signal, headers: headers({ Accept: "text/event-stream", ...(body && { "Content-Type": "application/json" }) }),
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw failure(response, await response.text());
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => ending.abort(), silence);
      const events = (rest + read.value).split("\n\n");
      rest = events.pop();
      events.forEach((event) => emit(event, onEvent));
    }
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

function emit(text, onEvent) {
  let name = "message";
  let data = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data += line.slice(5);
  }
  if (data) onEvent(name, JSON.parse(data));
}
