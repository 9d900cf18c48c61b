// Documents: texts of the API, which a tab of their own couldn't show where a token is needed, and this version's documentation.
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { Marked } from "./vendor/marked.js";
import { html } from "./html.js";
import { read } from "./api.js";

const TEXTS = [["openapi", "OpenAPI", "api/v1/openapi.json"], ["metrics", "Metrics", "metrics"], ["health", "Health", "health/ready"],
  ["configuration", "Configuration", "api/v1/config"]];
const PAGES = [["start", "Start"], ["concepts", "Concepts"], ["configuration", "Configuration"], ["reference", "Reference"],
  ["control", "Control"], ["dashboard", "Dashboard"], ["http", "HTTP"], ["tls", "TLS"], ["forward", "Forward proxy"],
  ["intercept", "Interception"], ["protocols", "Protocols"], ["positions", "Positions"], ["toxiproxy", "Toxiproxy"],
  ["embedding", "Embedding"], ["helidon", "Helidon"], ["kubernetes", "Kubernetes"]];

/** Address of a document of the page: texts first, then documentation, the default one last. */
export const DOCUMENTS = [...TEXTS.map(([name, title]) => [`#/docs/${name}`, title]), ["#/docs/reference", "Documentation"]];

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const anchor = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");

/** Where a link of the documentation leads within the page; nothing if that isn't part of the page. */
function target(from, href) {
  if (/^https?:/.test(href)) return href;
  const [, file, id] = /^(?:([\w-]+)\.md)?(?:#(.+))?$/.exec(href) ?? [];
  const page = file ?? (id && from);
  return PAGES.some(([name]) => name === page) ? `#/docs/${page}${id ? `/${id}` : ""}` : undefined;
}

function rendered(name, text) {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: plain }) {
        return `<h${depth} id="${escaped(anchor(plain))}">${this.parser.parseInline(tokens)}</h${depth}>`;
      },
      link({ href, tokens }) {
        const to = target(name, href);
        const shown = this.parser.parseInline(tokens);
        return to ? `<a href="${escaped(to)}">${shown}</a>` : shown;
      },
      table(token) {
        const cells = (row, tag) => `<tr>${row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("")}</tr>`;
        return `<div class="scroll" tabindex="0"><table><thead>${cells(token.header, "th")}</thead><tbody>${
          token.rows.map((row) => cells(row, "td")).join("")}</tbody></table></div>`;
      },
      code({ text: code }) {
        return `<pre tabindex="0">${escaped(code)}</pre>`;
      },
      image: ({ text: instead }) => escaped(instead), // the images aren't part of the page
      html: ({ text: markup }) => escaped(markup),
    },
  });
  return marked.parse(text);
}

function pretty({ type, text }) {
  if (!type.includes("json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A document by its name, scrolled to an anchor if there is one. */
export function Documents({ name, id }) {
  const [shown, setShown] = useState(null);
  const body = useRef();
  const source = TEXTS.find(([each]) => each === name);
  const known = source ?? PAGES.find(([each]) => each === name);
  useEffect(() => {
    let wanted = true;
    if (known) {
      read(source ? source[2] : `ui/docs/${name}.md`).then((answer) => wanted && setShown(answer),
        () => wanted && setShown({ status: 0, type: "", text: "The server can't be reached." }));
    }
    return () => (wanted = false);
  }, [name]);
  useEffect(() => {
    if (shown && !source) (id ? body.current?.querySelector(`#${CSS.escape(id)}`) : document.body)?.scrollIntoView();
  }, [shown, id]);
  const item = (each, title) => html`<a href=${`#/docs/${each}`} aria-current=${each === name ? "page" : undefined}>${title}</a>`;
  return html`<main class="documents">
    <nav aria-label="Documents"><h2>Documentation</h2>${PAGES.map(([each, title]) => item(each, title))}
      <h2>Of this server</h2>${TEXTS.map(([each, title]) => item(each, title))}</nav>
    <article ref=${body} class="card" aria-busy=${known && !shown ? "true" : undefined}>
      ${!known ? html`<p class="empty">There is no document of this name.</p>`
        : !shown ? html`<p class="empty">Loading…</p>`
        : source ? html`<div class="bar"><h1>${source[1]}</h1> <code>GET /${source[2]}</code> <span class="state ${shown.status < 400 ? "on" : ""}">${shown.status || "lost"}</span></div>
          <pre tabindex="0">${pretty(shown)}</pre>`
        : shown.status >= 400 ? html`<p class="empty">This build has no documentation.</p>`
        : html`<div class="text" dangerouslySetInnerHTML=${{ __html: rendered(name, shown.text) }} />`}
    </article>
  </main>`;
}
