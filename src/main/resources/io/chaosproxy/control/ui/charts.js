// Sparklines as SVG, and charts over time with uPlot.
import { Component, createRef } from "./vendor/preact.js";
import uPlot from "./vendor/uplot.js";
import { html } from "./html.js";

const WIDTH = 120;
const HEIGHT = 32;
const SHOWN = 60;

/** Steps of an axis of bytes. */
const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i);

/** The last minute of a rate, its limit as a dashed line, and changes as marks. */
export function Sparkline({ values, times, limit, marks, label }) {
  const shown = values.slice(-SHOWN);
  const top = Math.max(1, ...shown, limit ?? 0) * 1.1;
  const x = (i) => WIDTH - ((shown.length - 1 - i) * WIDTH) / (SHOWN - 1);
  const y = (value) => HEIGHT - 1 - (value / top) * (HEIGHT - 2);
  const line = shown.map((value, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const area = shown.length ? `${line}L${WIDTH} ${HEIGHT}L${x(0).toFixed(1)} ${HEIGHT}Z` : "";
  const last = times.at(-1) ?? 0;
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>
    <path class="area" d=${area} /><path class="line" d=${line} />
    ${limit !== undefined && html`<line class="limit" x1="0" x2=${WIDTH} y1=${y(limit)} y2=${y(limit)} />`}
    ${marks.map((at) => WIDTH - ((last - at) * WIDTH) / (SHOWN - 1)).filter((at) => at >= 0)
      .map((at) => html`<line class="mark" x1=${at} x2=${at} y1="0" y2=${HEIGHT} />`)}
  </svg>`;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws the moments of changes, and the limits, over a chart. */
function overlay(current) {
  return {
    hooks: {
      draw: (chart) => {
        const { ctx, bbox } = chart;
        const { marks, limits } = current();
        ctx.save();
        ctx.lineWidth = devicePixelRatio;
        ctx.strokeStyle = color("--mark");
        for (const at of marks.filter((each) => each >= chart.scales.x.min && each <= chart.scales.x.max)) {
          const x = Math.round(chart.valToPos(at, "x", true));
          line(ctx, x, bbox.top, x, bbox.top + bbox.height, [2, 3]);
        }
        for (const { value, stroke } of limits) {
          ctx.strokeStyle = color(stroke);
          const y = Math.round(chart.valToPos(value, "y", true));
          if (y >= bbox.top) line(ctx, bbox.left, y, bbox.left + bbox.width, y, [6, 4]);
        }
        ctx.restore();
      },
    },
  };
}

function line(ctx, x1, y1, x2, y2, dash) {
  ctx.setLineDash(dash.map((each) => each * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

/**
 * A chart over the last two minutes.
 *
 * Properties: title, times, lines [{ label, name, values, stroke, fill, dash }], format, binary, marks, limits [{ value, stroke }].
 */
export class Chart extends Component {
  box = createRef();

  componentDidMount() {
    this.build();
    this.resizing = new ResizeObserver(() => this.chart.setSize({ width: this.box.current.clientWidth, height: 160 }));
    this.resizing.observe(this.box.current);
    this.recolor = () => { this.chart.destroy(); this.build(); };
    addEventListener("chaos-theme", this.recolor);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.recolor);
  }

  build() {
    const { lines, format, binary } = this.props;
    const axis = { stroke: color("--soft"), grid: { stroke: color("--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    this.chart = new uPlot({
      width: this.box.current.clientWidth,
      height: 160,
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: { x: { range: (u, min, max) => [max - 119, max] }, y: { range: (u, min, max) => [0, Math.max(1, max ?? 0, ...this.props.limits.map((l) => l.value)) * 1.08] } },
      axes: [{ ...axis, values: "{HH}:{mm}:{ss}", space: 80, size: 28 }, { ...axis, size: 76, values: (u, all) => all.map(format), ...(binary ? { incrs: POWERS } : {}) }],
      series: [{}, ...lines.map((each) => ({
        label: each.label, stroke: color(each.stroke), width: 1.75, spanGaps: false, points: { show: false },
        dash: each.dash, fill: each.fill && `${color(each.stroke)}22`,
      }))],
      plugins: [overlay(() => this.props)],
    }, this.data(), this.box.current);
  }

  data() {
    return [this.props.times, ...this.props.lines.map((each) => each.values)];
  }

  componentDidUpdate() {
    this.chart.setData(this.data());
  }

  componentWillUnmount() {
    this.resizing.disconnect();
    removeEventListener("chaos-theme", this.recolor);
    this.dark.removeEventListener("change", this.recolor);
    this.chart.destroy();
  }

  render({ title, lines, format }) {
    return html`<figure class="chart">
      <figcaption><span>${title}</span>${lines.map((each) => html`<span class="key">
        <i class="swatch ${each.name}"></i>${each.label} <b>${format(each.values.at(-1) ?? NaN)}</b></span>`)}</figcaption>
      <div class="plot" ref=${this.box}></div>
    </figure>`;
  }
}
