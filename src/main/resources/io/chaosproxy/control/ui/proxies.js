// A proxy is added, switched, and removed.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { call, path, failureText, ApiError } from "./api.js";
import { pausePolls } from "./poll.js";
import { act, proxies, refresh, say } from "./state.js";

const PROTOCOLS = [["http", "http: understands requests and responses"], ["tcp", "tcp: any protocol"], ["auto", "auto: found out from the first bytes"],
  ["forward", "forward: clients name their targets"]];

/** A dialog that adds a proxy without faults. */
export function AddProxy({ onClose }) {
  const dialog = useRef();
  const [draft, setDraft] = useState({ name: "", protocol: "http", listen: "127.0.0.1:0", upstream: "" });
  const [failure, setFailure] = useState(null);
  useEffect(() => dialog.current.showModal(), []);
  const forward = draft.protocol === "forward";
  const save = async (event) => {
    event.preventDefault();
    const { name, upstream, ...body } = draft;
    try {
      // the API replaces a proxy of this name
      if (proxies.value.some((each) => each.name === name)) throw new ApiError(409, "invalid request body", [{ path: "name", message: "is the name of another proxy" }]);
      const added = await call("PUT", path("proxies", name), forward ? body : { ...body, upstream });
      say(`${name} listens at ${added.address}`);
      refresh();
      dialog.current.close();
    } catch (error) {
      setFailure(error);
    }
  };
  const errorOf = (key) => (failure instanceof ApiError ? failure.errors.find((each) => each.path === key)?.message : undefined);
  const field = (key, label, about) => html`<div class="field"><label for=${`proxy-${key}`}>${label}</label><input id=${`proxy-${key}`} value=${draft[key]} required
    aria-describedby=${`proxy-${key}-about`} aria-invalid=${errorOf(key) ? "true" : undefined} onInput=${(e) => setDraft({ ...draft, [key]: e.target.value })} />
    <p id=${`proxy-${key}-about`} class=${errorOf(key) ? "about bad" : "about"}>${errorOf(key) ?? about}</p></div>`;
  return html`<dialog ref=${dialog} class="editor" aria-labelledby="proxy-title" onClose=${onClose}><form onSubmit=${save}>
    <header><h2 id="proxy-title">Add a proxy</h2><button type="button" class="quiet" aria-label="Close" onClick=${() => dialog.current.close()}>✕</button></header>
    <div class="body">
      ${field("name", "name", "unique; part of every random draw")}
      <div class="field"><label for="proxy-protocol">protocol</label><select id="proxy-protocol" value=${draft.protocol}
        onChange=${(e) => setDraft({ ...draft, protocol: e.target.value })}>${PROTOCOLS.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></div>
      ${field("listen", "listen", "where clients connect; port 0 for a free one")}
      ${!forward && field("upstream", "upstream", "where connections go: host:port, or a URL such as http://127.0.0.1:9000")}
    </div>
    <footer><p class="bad" role="alert">${failure && failureText(failure)}</p>
      <button type="button" onClick=${() => dialog.current.close()}>Cancel</button><button class="primary">Add proxy</button></footer>
  </form></dialog>`;
}

/** Buttons that switch a proxy on or off, and remove it once it is off. */
export function ProxyActions({ proxy }) {
  const on = proxy.enabled;
  const turn = () => act(`${proxy.name} is ${on ? "off" : "on"}`, () => call("PATCH", path("proxies", proxy.name), { enabled: !on }));
  const remove = async () => {
    const resume = pausePolls(proxy.name);
    if (await act(`${proxy.name} removed`, () => call("DELETE", path("proxies", proxy.name)))) location.hash = "#/";
    else resume();
  };
  return html`<span class="away"><button onClick=${turn}>${on ? "Switch off" : "Switch on"}</button>
    <button class="quiet" disabled=${on} title=${on ? "Only a proxy that is off can be removed here" : undefined} onClick=${remove}>Remove proxy</button></span>`;
}
