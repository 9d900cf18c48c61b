// The open connections of a proxy, with the rules that their bytes meet.
import { useEffect, useState } from "./vendor/hooks.js";
import { html } from "./html.js";
import { call, path } from "./api.js";
import { act } from "./state.js";
import { formatDuration, formatSize } from "./units.js";

const PERIOD = 2000;
const SHOWN = 50;

export function Connections({ proxy }) {
  const [open, setOpen] = useState([]);
  const read = () => call("GET", `${path("connections")}?proxy=${encodeURIComponent(proxy.name)}`)
    .then((answer) => setOpen(answer.connections), () => {}); // the head of the page says that the server is lost
  useEffect(() => {
    read();
    const timer = setInterval(read, PERIOD);
    return () => clearInterval(timer);
  }, []);
  const end = (each, how) => act(`connection ${each.number} ${how === "close" ? "closed" : "reset"}`,
    () => call("DELETE", `${path("connections", proxy.name, String(each.number))}?how=${how}`)).then(read);
  return html`<section class="card"><div class="bar"><h2>Connections <small>${open.length} open</small></h2></div>
    ${open.length > 0 && html`<div class="scroll" tabindex="0"><table class="connections"><caption class="hidden">Open connections</caption>
      <thead><tr><th scope="col" class="number">No.</th><th scope="col">Client</th><th scope="col" class="number">Age</th><th scope="col" class="number">Up</th>
        <th scope="col" class="number">Down</th><th scope="col">Rules</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
      <tbody>${open.slice(0, SHOWN).map((each) => html`<tr key=${each.number}><td class="number">${each.number}</td><td>${each.client}</td>
        <td class="number">${formatDuration(each["age-ms"])}</td><td class="number">${formatSize(each.up)}</td><td class="number">${formatSize(each.down)}</td>
        <td>${each.rules.join(", ")}${each.waiting > 0 ? html` <small class="waiting">waits</small>` : ""}</td>
        <td class="action"><button onClick=${() => end(each, "close")} aria-label=${`Close connection ${each.number}`}>Close</button> <button
          onClick=${() => end(each, "reset")} aria-label=${`Reset connection ${each.number}`}>Reset</button></td></tr>`)}</tbody></table></div>`}
    ${open.length > SHOWN && html`<p class="calm">and ${open.length - SHOWN} more</p>`}
  </section>`;
}
