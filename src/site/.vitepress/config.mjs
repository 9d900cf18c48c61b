// The documentation as a website. Site.java copies src/docs and this folder to target/site-source, adds what is generated, and runs VitePress.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { GROUPS, TOP } from "./pages.mjs";
import { highlighted } from "./highlight.mjs";
import { timing } from "./timing.mjs";
import { flowchart } from "./flowchart.mjs";

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

const pages = fs.readdirSync(source, { recursive: true })
  .filter((name) => name.endsWith(".md") && !name.startsWith("."))
  .map((name) => name.slice(0, -3).replaceAll(path.sep, "/"))
  .filter((name) => name !== "index")
  .sort();

function title(page) {
  const heading = /^# (.+)$/m.exec(fs.readFileSync(path.join(source, `${page}.md`), "utf8"));
  if (!heading) throw new Error(`${page}.md has no heading of the first level`);
  return heading[1].replaceAll("`", "");
}

function sidebar() {
  const left = new Set(pages);
  const take = (name) => {
    const folder = name.endsWith("/*") ? name.slice(0, -1) : undefined;
    const found = pages.filter((page) => left.has(page) && (folder ? page.startsWith(folder) : page === name));
    found.forEach((page) => left.delete(page));
    return found;
  };
  // pages that are named come before those that a folder brings, wherever they are named
  const named = new Map(GROUPS.flatMap((group) => group.pages).filter((name) => !name.endsWith("/*")).map((name) => [name, take(name)]));
  const groups = GROUPS.map((group) => ({ ...group, pages: group.pages.flatMap((name) => named.get(name) ?? take(name)) }));
  for (const page of left) {
    const text = page.includes("/") ? page.split("/")[0].replace(/^./, (first) => first.toUpperCase()) : "More";
    const group = groups.find((each) => each.text === text) ?? groups[groups.push({ text, pages: [] }) - 1];
    group.pages.push(page);
  }
  return groups.filter((group) => group.pages.length).map(({ text, pages, collapsed }) => ({
    text,
    ...(collapsed ? { collapsed } : {}),
    items: pages.map((page) => ({ text: title(page), link: `/${page.replace(/(^|\/)index$/, "$1")}` })),
  }));
}

/**
 * Pages are finished HTML for Vue, not templates to compile, which takes half of the time of the build. Those with images stay templates,
 * so that the images become part of the site.
 */
function finished(markdown) {
  const plain = markdown.render.bind(markdown);
  markdown.finished = plain;
  markdown.render = (text, environment) => {
    const html = plain(text, environment);
    if (html.includes("<img")) return html;
    const literal = JSON.stringify(html).replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
    return `<div v-html="${literal}"></div>`;
  };
}

/** Cells of tables with four columns carry the heading of their column, since narrow screens show their rows one cell below the other. */
function labelled(state) {
  const { tokens } = state;
  tokens.forEach((open, at) => {
    if (open.type !== "table_open") return;
    const end = tokens.findIndex((token, place) => place > at && token.type === "table_close");
    const headings = [];
    let column = 0;
    for (let place = at; place < end; place++) {
      const { type } = tokens[place];
      if (type === "tr_open") column = 0;
      if (type === "th_open") headings.push(tokens[place + 1].content.replaceAll("`", ""));
      if (type === "td_open" && headings.length === 4) tokens[place].attrSet("data-label", headings[column++]);
    }
    open.meta = { isStacked: headings.length === 4 };
  });
}

export default {
  lang: "en",
  title: "chaos-proxy",
  description: "A proxy that injects network faults: latency, shared bandwidth, outages, resets, broken responses",
  base: process.env.SITE_BASE ?? "/",
  outDir: process.env.SITE_TARGET,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${process.env.SITE_BASE ?? "/"}icon.svg` }]],
  // rewritten links that VitePress itself resolves; Site.java checks all of them, anchors included
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify: (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-") }, // GitHub's
    highlight: highlighted,
    config(markdown) {
      const fence = markdown.renderer.rules.fence;
      const drawn = { timing, mermaid: flowchart };
      markdown.renderer.rules.fence = (tokens, at, options, environment, self) => {
        const draw = drawn[tokens[at].info.trim()];
        return draw ? `<div class="drawing" v-pre>${draw(tokens[at].content)}</div>` : fence(tokens, at, options, environment, self);
      };
      finished(markdown);
      markdown.core.ruler.push("labelled", labelled);
      markdown.renderer.rules.table_open = (tokens, at) => `<div class="table${tokens[at].meta?.isStacked ? " stacked" : ""}"><table tabindex="0">`;
      markdown.renderer.rules.table_close = () => "</table></div>";
    },
  },
  themeConfig: {
    logo: "/icon.svg",
    search: { provider: "local", options: { _render: (text, environment, markdown) => markdown.finished(text, environment) } },
    nav: TOP.filter(({ page }) => pages.includes(page) || pages.includes(`${page}/index`)).map(({ text, page }) => ({ text, link: `/${page.replace(/(^|\/)index$/, "$1")}` })),
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    docFooter: { prev: "Before", next: "Next" },
    externalLinkIcon: true,
  },
  vite: {
    logLevel: "warn",
    // Rollup's search for unused code takes half of the time of the build, and finds little.
    build: { rollupOptions: { treeshake: false }, reportCompressedSize: false, chunkSizeWarningLimit: 2000 },
  },
};
