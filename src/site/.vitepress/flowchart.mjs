// Mermaid's "flowchart TD" as far as architecture.md uses it: arrows between names, "a & b --> c & d", and labels. Each box stands one row
// below the lowest of those that point to it.
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function parsed(text) {
  const labels = new Map();
  const edges = [];
  for (const line of text.trim().split("\n").slice(1)) {
    const sides = line.split("-->").map((side) => side.split(/&(?![^[]*])/).map((part) => {
      const [, id, label] = /^\s*([\w.-]+)(?:\["(.*)"])?\s*$/.exec(part) ?? [];
      if (!id) throw new Error(`flowchart: can't read "${line}"`);
      if (label || !labels.has(id)) labels.set(id, label ?? id);
      return id;
    }));
    for (let i = 1; i < sides.length; i++) sides[i - 1].forEach((from) => sides[i].forEach((to) => edges.push([from, to])));
  }
  return { labels, edges };
}

export function flowchart(text) {
  const { labels, edges } = parsed(text);
  const row = new Map([...labels.keys()].map((id) => [id, 0]));
  for (let again = labels.size, moved = true; moved && again; again--) {
    moved = false;
    for (const [from, to] of edges) {
      if (row.get(to) <= row.get(from)) moved = row.set(to, row.get(from) + 1) && true;
    }
  }
  const rows = [];
  for (const [id, at] of row) (rows[at] ??= []).push(id);
  const width = 720;
  const step = 74;
  const boxes = new Map();
  rows.forEach((ids, at) => {
    // below those that point to it
    const wish = (id) => {
      const above = edges.filter(([, to]) => to === id).map(([from]) => boxes.get(from)?.x).filter((x) => x !== undefined);
      return above.length ? above.reduce((sum, x) => sum + x, 0) / above.length : width / 2;
    };
    const order = [...ids].sort((a, b) => wish(a) - wish(b));
    order.forEach((id, i) => {
      boxes.set(id, { x: ((i + 0.5) * width) / order.length, y: at * step + 24, w: Math.max(60, labels.get(id).length * 7 + 20), label: labels.get(id) });
    });
  });
  const arrows = edges.map(([from, to]) => {
    const [a, b] = [boxes.get(from), boxes.get(to)];
    const [top, bottom] = [a.y + 15, b.y - 15];
    const bend = Math.max(20, (bottom - top) / 2);
    return `<path class="arrow" d="M${a.x} ${top}C${a.x} ${top + bend} ${b.x} ${bottom - bend} ${b.x} ${bottom}"/>`;
  });
  const shown = [...boxes.values()].map(({ x, y, w, label }) =>
    `<rect class="box" x="${x - w / 2}" y="${y - 15}" width="${w}" height="30" rx="6"/><text class="name" x="${x}" y="${y + 4}" text-anchor="middle">${escaped(label)}</text>`);
  const spoken = edges.map(([from, to]) => `${from} to ${to}`).join(", ");
  return `<svg class="flowchart" viewBox="0 0 ${width} ${rows.length * step - 20}" role="img" aria-label="${escaped(spoken)}">`
    + `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>`
    + `${arrows.join("")}${shown.join("")}</svg>`;
}
