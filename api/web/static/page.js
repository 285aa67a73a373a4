// What the page does beyond links and forms: draws charts from their data attribute, and says when
// the record has grown. Everything shown here is in the page as text as well.
"use strict";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const grouped = new Intl.NumberFormat("en-US");
const plots = new Map();

function options(chart, place, readings) {
  const axis = { stroke: style("--soft"), grid: { stroke: style("--grid"), width: 1 }, ticks: { show: false } };
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: { x: { time: true }, y: { range: (_, __, top) => [0, Math.max(1, top * 1.08)] } },
    axes: [
      { ...axis, space: 70 },
      { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? grouped.format(tick) : "")) },
    ],
    series: [{}, ...chart.series.map((series) => line(series))],
    hooks: {
      draw: [(plot) => mark(plot, chart.now)],
      setCursor: [(plot) => read(plot, chart, readings)],
    },
  };
}

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
  if (!Number.isFinite(x) || x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = style("--soft");
  plot.ctx.setLineDash([4, 4]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(x, plot.bbox.top);
  plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

// The value under the pointer is the step that has begun by then, not the nearest point.
function read(plot, chart, readings) {
  const left = plot.cursor.left;
  if (left === null || left < 0) return readings.forEach((place) => { place.textContent = ""; });
  const at = plot.posToVal(left, "x");
  let i = chart.times.length - 1;
  while (i > 0 && chart.times[i] > at) i -= 1;
  chart.series.forEach((series, which) => {
    if (readings[which]) readings[which].textContent = grouped.format(series.own[i]);
  });
}

function draw(figure) {
  const chart = JSON.parse(figure.dataset.chart);
  const place = figure.querySelector(".plot");
  const readings = [...figure.querySelectorAll(".legend output")];
  plots.get(figure)?.destroy();
  const columns = [chart.times, ...chart.series.map((series) => series.values)];
  plots.set(figure, new uPlot(options(chart, place, readings), columns, place));
}

function drawAll() {
  for (const figure of plots.keys()) {
    if (!figure.isConnected) { plots.get(figure).destroy(); plots.delete(figure); }
  }
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

function sized() {
  for (const [figure, plot] of plots) {
    const place = figure.querySelector(".plot");
    if (place.clientWidth && place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }
}

// The feed resumes by itself; the page counts what came after the position it shows.
function listen() {
  const news = document.getElementById("news");
  if (!news?.dataset.after) return;
  let seen = Number(news.dataset.after);
  let count = 0;
  const feed = new EventSource(`/v1/events/stream?after=${seen}`);
  feed.addEventListener("message", (event) => {
    const position = Number(event.lastEventId);
    if (!(position > seen)) return;
    count += position - seen;
    seen = position;
    news.querySelector("span").textContent = count === 1 ? "1 new event" : `${grouped.format(count)} new events`;
    news.hidden = false;
  });
  addEventListener("pagehide", () => feed.close());
}

document.addEventListener("DOMContentLoaded", () => { drawAll(); listen(); });
document.addEventListener("htmx:after:swap", drawAll);
addEventListener("resize", sized);
addEventListener("beforeprint", sized);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
