// Timing diagrams: each line is a row, time goes from 0 to 100.
//
//   upstream | bytes:10-34 end:40"end"
//
// A mark is a kind, a moment or a span, and perhaps a text. The kinds are those of MARKS.
const LEFT = 80;
const WIDTH = 448;
const ROW = 42;
const BAR = 20;
const MARKS = {
  bytes: "bytes", // data that is sent or received
  own: "what the proxy itself sends",
  bad: "changed data",
  lost: "data that is dropped",
  wait: "a delay",
  outage: "nothing moves",
  end: "an orderly end of the stream (FIN)",
  reset: "a TCP RST",
};

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const x = (moment) => LEFT + (moment / 100) * (WIDTH - LEFT - 12);

function mark(kind, from, to, text, middle) {
  if (!(kind in MARKS)) throw new Error(`timing: ${kind} is none of ${Object.keys(MARKS).join(", ")}`);
  const top = middle - BAR / 2;
  const label = (at, anchor, y) => (text ? `<text class="note" x="${at}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>` : "");
  if (kind === "reset") {
    const at = x(from);
    return `<path class="reset" d="M${at - 7} ${middle - 7}l14 14m0 -14l-14 14"/>${label(at + 13, "start", middle + 4)}`;
  }
  if (kind === "end") {
    const at = x(from);
    return `<path class="end" d="M${at} ${top - 3}v${BAR + 6}"/>${label(at + 7, "start", middle + 4)}`;
  }
  const width = x(to ?? from + 2) - x(from);
  const inside = text && text.length * 6.6 < width - 6;
  return `<rect class="${kind}" x="${x(from)}" y="${top}" width="${width}" height="${BAR}" rx="4"/>`
    + label(inside ? x(from) + width / 2 : x(from) + width + 6, inside ? "middle" : "start", middle + 4);
}

export function timing(text) {
  const rows = text.trim().split("\n").map((line) => {
    const [name, marks = ""] = line.split("|");
    const found = [...marks.matchAll(/(\w+):(\d+)(?:-(\d+))?(?:"([^"]*)")?/g)];
    const rest = marks.replace(/(\w+):(\d+)(?:-(\d+))?(?:"([^"]*)")?|none:/g, "").trim();
    if (!name.trim() || rest) throw new Error(`timing: can't read "${line}"`);
    return { name: name.trim(), marks: found };
  });
  const height = rows.length * ROW + 22;
  const spoken = rows.map(({ name, marks }) => `${name}: ${marks.map((m) => `${m[4] ?? MARKS[m[1]]} from ${m[2]}${m[3] ? ` to ${m[3]}` : ""}`).join(", ") || "nothing"}`).join("; ");
  const lines = rows.map(({ name, marks }, row) => {
    const middle = row * ROW + ROW / 2;
    return `<text class="name" x="0" y="${middle + 4}">${escaped(name)}</text><path class="line" d="M${LEFT} ${middle}H${WIDTH}"/>`
      + marks.map(([, kind, from, to, note]) => mark(kind, +from, to && +to, note, middle)).join("");
  });
  const axis = height - 12;
  return `<svg class="timing" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(`Timing. ${spoken}`)}">${lines.join("")}`
    + `<path class="axis" d="M${LEFT} ${axis}H${WIDTH - 2}m-6 -4l6 4l-6 4"/><text class="note" x="0" y="${axis + 4}">time</text></svg>`;
}
