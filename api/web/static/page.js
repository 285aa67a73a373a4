// What the page does beyond links and forms: draws charts from their data attribute, and says when
// the record has grown. Everything shown here is in the page as text as well.
"use strict";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const grouped = new Intl.NumberFormat("en-US");
const plots = new Map();
let feed = null;

function options(chart, series, place, readings) {
  const grid = { stroke: style("--grid"), width: 1 };
  const axis = { stroke: style("--soft"), grid, ticks: { show: false } };
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: { x: { time: true }, y: { range: (_, __, top) => [0, Math.max(1, top * 1.08)] } },
    axes: [
      { ...axis, space: 70 },
      { ...axis, size: 58, values: (_, ticks) => ticks.map(whole) },
    ],
    series: [{}, ...series.map(line)],
    hooks: {
      draw: [(plot) => mark(plot, chart.now)],
      setCursor: [(plot) => read(plot, chart, readings)],
    },
  };
}

const whole = (tick) => (Number.isInteger(tick) ? grouped.format(tick) : "");

// A filled series is one layer of a stack: the layers are drawn from the highest sum down.
function line(series) {
  const colour = style(`--${series.colour}`);
  return {
    stroke: colour,
    fill: series.fill ? colour : undefined,
    width: series.fill ? 0 : 1.5,
    points: { show: false },
    paths: uPlot.paths.stepped({ align: 1 }),
  };
}

function mark(plot, now) {
  const x = Math.round(plot.valToPos(now, "x", true));
  const { left, top, width, height } = plot.bbox;
  if (!(x >= left && x <= left + width)) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = style("--ink");
  plot.ctx.setLineDash([4, 4]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(x, top);
  plot.ctx.lineTo(x, top + height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

// The value under the pointer is the step that has begun by then, not the nearest point.
function read(plot, chart, readings) {
  const left = plot.cursor.left;
  if (!(left >= 0)) {
    for (const reading of readings) reading.textContent = "";
    return;
  }
  const at = plot.posToVal(left, "x");
  let i = chart.times.length - 1;
  while (i > 0 && chart.times[i] > at) i -= 1;
  chart.series.forEach((series, which) => {
    readings[which].textContent = grouped.format(series.own[i]);
  });
}

// Layers of a stack come largest first; the highest sum is drawn first, so that all stay visible.
function draw(figure) {
  const chart = JSON.parse(figure.dataset.chart);
  const place = figure.querySelector(".plot");
  const readings = [...figure.querySelectorAll(".legend output")];
  plots.get(figure)?.destroy();
  const layers = chart.series.filter((series) => series.fill).reverse();
  const series = [...layers, ...chart.series.filter((each) => !each.fill)];
  const columns = [chart.times, ...series.map((each) => each.values)];
  plots.set(figure, new uPlot(options(chart, series, place, readings), columns, place));
}

function drawAll() {
  for (const figure of plots.keys()) {
    if (figure.isConnected) continue;
    plots.get(figure).destroy();
    plots.delete(figure);
  }
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

function sized() {
  for (const [figure, plot] of plots) {
    const { clientWidth: width, clientHeight: height } = figure.querySelector(".plot");
    if (width && width !== plot.width) plot.setSize({ width, height });
  }
}

// The feed resumes by itself; the page counts what came after the position it shows.
function listen() {
  const news = document.getElementById("news");
  feed?.close();
  if (!news) return;
  const shown = Number(news.dataset.after);
  feed = new EventSource(`/v1/events/stream?after=${shown}`);
  feed.addEventListener("message", (event) => {
    const count = Number(event.lastEventId) - shown;
    if (!(count > 0)) return;
    news.querySelector("span").textContent =
      count === 1 ? "1 new event is recorded." : `${grouped.format(count)} new events are recorded.`;
    news.hidden = false;
  });
}

function arrive() {
  drawAll();
  listen();
}

document.addEventListener("DOMContentLoaded", arrive);
document.addEventListener("htmx:after:swap", arrive);
addEventListener("pageshow", (event) => event.persisted && listen());
addEventListener("pagehide", () => feed?.close());
addEventListener("resize", sized);
addEventListener("beforeprint", sized);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
