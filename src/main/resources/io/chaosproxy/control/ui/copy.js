// A rule in the words of the file, of curl, of ctl and of Java.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { hasToken, path, read } from "./api.js";
import { bodyOf } from "./schema.js";
import { say } from "./state.js";

const key = (text) => (/^[A-Za-z0-9_-]+$/.test(text) ? text : JSON.stringify(text));
const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function asHocon(proxy, rule) {
  return `chaos-proxy.proxies.${key(proxy.name)}.faults.${key(rule.name)} ${JSON.stringify(bodyOf(rule), null, 2)}`;
}

export function asCurl(proxy, rule) {
  const url = new URL(path("proxies", proxy.name, "rules", rule.name), document.baseURI.replace(/#.*/, ""));
  const token = hasToken() ? ' -H "Authorization: Bearer $CHAOS_PROXY_TOKEN"' : "";
  return `curl -X PUT ${shell(url.href)}${token} -d ${shell(JSON.stringify(bodyOf(rule)))}`;
}

/** KEY=VALUE of each field; a list has its key several times. */
function pairs(object, prefix = "") {
  return Object.entries(object).flatMap(([name, value]) => {
    const full = prefix + key(name);
    if (Array.isArray(value)) return value.map((each) => `${full}=${each}`);
    return typeof value === "object" ? pairs(value, `${full}.`) : [`${full}=${value}`];
  });
}

const USUAL = "http://127.0.0.1:8474";

/** CHAOS_PROXY_TOKEN in the environment is for the token, so that it isn't seen among the arguments. */
export function asCtl(proxy, rule) {
  if (rule.name.includes("=")) return "# ctl takes a name with = for a field; use curl";
  const server = location.origin === USUAL ? "" : `CHAOS_PROXY_URL=${shell(location.origin)} `;
  const ends = [proxy.name, rule.name].some((name) => name.startsWith("-")) ? " --" : ""; // of the options
  return [`${server}chaos-proxy ctl add${ends}`, ...[proxy.name, rule.name, ...pairs(bodyOf(rule))].map(shell)].join(" ");
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("copied");
  } catch {
    say("the browser gives no access to the clipboard; select the text instead", true);
  }
}

/** A dialog with all of them. */
export function CopyAs({ proxy, rule, onClose }) {
  const dialog = useRef();
  const [java, setJava] = useState("…");
  useEffect(() => {
    dialog.current.showModal();
    read(path("proxies", proxy.name, "rules", rule.name, "java")).then(({ status, text }) => setJava(status === 200 ? text : "The rule has gone."),
      () => setJava("The server can't be reached."));
  }, []);
  const texts = [["Configuration file", asHocon(proxy, rule)], ["curl", asCurl(proxy, rule)], ["ctl", asCtl(proxy, rule)], ["Java", java]];
  return html`<dialog ref=${dialog} class="editor copies" aria-labelledby="copy-title" onClose=${onClose}>
    <header><h2 id="copy-title">${rule.name} <small>as text</small></h2>
      <button type="button" class="quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button></header>
    <div class="body">${texts.map(([title, text]) => html`<section key=${title}><div class="bar"><h3>${title}</h3>
      <button onClick=${() => copy(text)} aria-label=${`Copy ${title}`}>Copy</button></div><pre tabindex="0">${text}</pre></section>`)}</div>
  </dialog>`;
}
