// What the page does beyond links and forms: draws charts from their data attribute, and follows
// the record as it grows. Everything shown here is in the page as text as well.
"use strict";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const grouped = new Intl.NumberFormat("en-US");

// -- charts ---------------------------------------------------------------------------------------

const plots = new Map();

function options(chart, series, place, readings) {
  const grid = { stroke: style("--grid"), width: 1 };
  const axis = { stroke: style("--soft"), grid, ticks: { show: false } };
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: { x: { time: true }, y: { range: (_, low, top) => [Math.min(0, low * 1.08), Math.max(1, top * 1.08)] } },
    axes: [
      { ...axis, space: 70, values: (_, ticks, __, ___, step) => ticks.map(dated(step)) },
      { ...axis, size: 58, values: (_, ticks) => ticks.map(whole) },
    ],
    series: [{}, ...series.map(line)],
    hooks: {
      draw: [(plot) => mark(plot, chart.now)],
      setCursor: [(plot) => read(plot, chart, readings)],
    },
  };
}

const DAY_S = 86400;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

// Months, days or minutes of UTC, and below them the year or day wherever a new one begins.
function dated(step) {
  const parts = (tick) => {
    const time = new Date(tick * 1000);
    const month = MONTHS[time.getUTCMonth()];
    const day = `${time.getUTCDate()} ${month}`;
    if (step < DAY_S) return [time.toISOString().slice(11, 16), day];
    return [step < 28 * DAY_S ? day : month, time.getUTCFullYear()];
  };
  return (tick, i, ticks) => {
    const [label, under] = parts(tick);
    return i === 0 || parts(ticks[i - 1])[1] !== under ? `${label}\n${under}` : label;
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
    readings[which].textContent = series.own[i] === null ? "–" : grouped.format(series.own[i]);
  });
}

function draw(figure) {
  const chart = JSON.parse(figure.dataset.chart);
  const place = figure.querySelector(".plot");
  const readings = [...figure.querySelectorAll(".legend b")];
  plots.get(figure)?.plot.destroy();
  const layers = chart.series.filter((series) => series.fill).reverse();
  const series = [...layers, ...chart.series.filter((each) => !each.fill)];
  const columns = [chart.times, ...series.map((each) => each.values)];
  const plot = new uPlot(options(chart, series, place, readings), columns, place);
  plots.set(figure, { plot, drawn: figure.dataset.chart });
}

function drawAll() {
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

function drawNew() {
  for (const [figure, { plot }] of plots) {
    if (figure.isConnected) continue;
    plot.destroy();
    plots.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    if (plots.get(figure)?.drawn !== figure.dataset.chart) draw(figure);
  }
}

function fit() {
  for (const [figure, { plot }] of plots) {
    const { clientWidth: width, clientHeight: height } = figure.querySelector(".plot");
    if (width && width !== plot.width) plot.setSize({ width, height });
  }
}

// -- the record grows -----------------------------------------------------------------------------

const TOGETHER_MS = 300; // events of one act arrive together
const AGAIN_MS = 1500; // the read models lag, or the server was away
const REFUSED_MS = 5000; // the feed let nobody in
const SAID_MS = 6000; // how long a message stands that asks for nothing
let feed = null;
let newest = 0;
let waiting = null;
let hasFallenDue = false;
let said = null;

const live = () => document.getElementById("live");
const shown = () => Number(live().dataset.position);

function events(count) {
  return count === 1 ? "1 new event" : `${grouped.format(count)} new events`;
}

// A tab that nobody sees holds no connection: a browser allows few to one server.
function listen() {
  feed?.close();
  feed = null;
  if (!live() || document.hidden) return;
  feed = new EventSource(`/v1/events/stream?after=${Math.max(newest, shown())}`);
  feed.addEventListener("message", (event) => {
    newest = Number(event.lastEventId);
    takeInSoon(TOGETHER_MS);
  });
  // A dated step changes what is true now, and adds nothing to the history.
  feed.addEventListener("due", () => {
    hasFallenDue = !("asks" in live().dataset);
    takeInSoon(TOGETHER_MS);
  });
  feed.addEventListener("error", () => {
    if (feed?.readyState === EventSource.CLOSED) setTimeout(listenAnew, REFUSED_MS);
  });
}

// It was refused: too many follow, or the record is another one than that which is shown.
function listenAnew() {
  newest = 0;
  if (live() && !("asks" in live().dataset)) htmx.trigger(live(), "grown");
  listen();
}

function takeInSoon(ms) {
  waiting ??= setTimeout(takeIn, ms);
}

function takeIn() {
  waiting = null;
  if (!live() || (newest <= shown() && !hasFallenDue)) return;
  hasFallenDue = false;
  if ("asks" in live().dataset) say(`${events(newest - shown())} recorded.`, true);
  else htmx.trigger(live(), "grown");
}

function say(words, asks) {
  clearTimeout(said);
  if (words && !asks) said = setTimeout(say, SAID_MS, "", false);
  document.getElementById("news").textContent = words;
  document.getElementById("show-news").hidden = !asks;
}

let before = null;

function swapped() {
  drawNew();
  if (!live()) {
    feed?.close();
  } else if (before !== null && shown() > before) {
    say(`Updated: ${events(shown() - before)}.`, false);
  }
  before = live() ? shown() : null;
}

function arrive() {
  drawAll();
  before = live() ? shown() : null;
  listen();
  document.getElementById("show-news").addEventListener("click", () => {
    htmx.trigger(live(), "grown");
    document.getElementById("content").focus();
  });
}

document.addEventListener("DOMContentLoaded", arrive);
document.addEventListener("htmx:after:swap", swapped);
document.addEventListener("htmx:finally:request", () => {
  if (live() && newest > shown()) takeInSoon(AGAIN_MS);
});
document.addEventListener("visibilitychange", listen);
addEventListener("pageshow", (event) => event.persisted && listen());
addEventListener("pagehide", () => feed?.close());
addEventListener("resize", fit);
addEventListener("beforeprint", fit);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
