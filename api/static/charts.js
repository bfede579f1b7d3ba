// Charts: volumes and moods on the overview, hits per day on the search page.
/* global uPlot */

const DAY = 86400;
const CHANNELS = { voice: "Calls", chat: "Chat", email: "Email", sms: "SMS", social: "Social" };
const data = JSON.parse(document.getElementById("chart-data")?.textContent ?? "null");
const probe = document.body.appendChild(Object.assign(document.createElement("span"), { hidden: true }));

// Colours are custom properties with light-dark(): only the browser can resolve them.
function colour(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

const date = (seconds, options) =>
  new Date(seconds * 1000).toLocaleDateString("en-GB", { timeZone: "UTC", ...options });

function axes(more = {}) {
  const line = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return [
    { ...line, size: 30, grid: { show: false }, space: 64, values: (_, ticks) => ticks.map((t) => date(t, { day: "numeric", month: "short" })), incrs: [1, 2, 4, 7, 14, 28, 56, 91, 182, 365].map((n) => n * DAY) },
    { ...line, size: 44, ...more },
  ];
}

const day = { label: "Day", value: (_, t) => (t == null ? "–" : date(t, { weekday: "short", day: "numeric", month: "short" })) };
const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
const bars = (size = 0.72) => uPlot.paths.bars({ size: [size, 48], radius: 0.08 });
const around = (u, low, high) => [low - DAY / 2, high + DAY / 2];

function base(place) {
  return { width: place.clientWidth, height: place.clientHeight - (place.dataset.chart === "histogram" ? 0 : 34), tzDate: utc, padding: [10, 8, 0, 0] };
}

function volumes(place) {
  const names = Object.keys(data.channels);
  // Stacked: the tallest sum is drawn first, the next one over it.
  const sums = names.map((_, i) => data.x.map((_, d) => names.slice(i).reduce((sum, name) => sum + data.channels[name][d], 0)));
  const series = names.map((name) => ({
    label: CHANNELS[name], fill: colour(`channel-${name}`), stroke: colour("panel"), width: 1, paths: bars(), points: { show: false },
    value: (_, __, ___, at) => (at == null ? "–" : data.channels[name][at]),
  }));
  return new uPlot({ ...base(place), scales: { x: { range: around } }, axes: axes(), series: [day, ...series], cursor: { points: { show: false }, drag: { x: false, y: false } } }, [data.x, ...sums], place);
}

function moods(place) {
  const options = {
    ...base(place),
    scales: { x: { range: around }, y: { range: [-1, 1] } },
    axes: axes({ values: (_, ticks) => ticks.map((t) => t.toFixed(1).replace("-", "−")), incrs: [0.5] }),
    cursor: { drag: { x: false, y: false } },
    series: [day, { label: "Mean sentiment", stroke: colour("accent"), width: 2, spanGaps: true, points: { size: 5, fill: colour("accent") }, value: (_, v) => (v == null ? "–" : v.toFixed(2).replace("-", "−")) }],
    hooks: { drawAxes: [zeroLine] },
  };
  return new uPlot(options, [data.x, data.score], place);
}

function zeroLine(u) {
  const y = Math.round(u.valToPos(0, "y", true));
  u.ctx.save();
  u.ctx.strokeStyle = colour("quiet");
  u.ctx.setLineDash([4, 4]);
  u.ctx.beginPath();
  u.ctx.moveTo(u.bbox.left, y);
  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
  u.ctx.stroke();
  u.ctx.restore();
}

function histogram(place) {
  const x = data.map(([when]) => Date.parse(`${when}T00:00:00Z`) / 1000);
  const options = {
    ...base(place),
    scales: { x: { range: around } },
    axes: axes({ size: 40 }),
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: true, y: false, setScale: false } },
    series: [day, { label: "Hits", fill: colour("accent"), width: 0, paths: bars(0.8), points: { show: false } }],
    hooks: { setSelect: [(u) => narrow(u, x)] },
  };
  return new uPlot(options, [x, data.map(([, count]) => count)], place);
}

// A brushed range becomes after: and before: in the query, in place of those that were there.
function narrow(u, x) {
  if (u.select.width < 4) return;
  const low = u.posToVal(u.select.left, "x") - DAY / 2;
  const high = u.posToVal(u.select.left + u.select.width, "x") + DAY / 2;
  const picked = x.filter((at) => at >= low && at <= high);
  if (!picked.length) return;
  const iso = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
  const address = new URL(location.href);
  const kept = (address.searchParams.get("q") ?? "").match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const parts = kept.filter((part) => !/^(after|before):/i.test(part));
  address.searchParams.set("q", [...parts, `after:${iso(picked[0])}`, `before:${iso(picked.at(-1) + DAY)}`].join(" "));
  address.searchParams.delete("after");
  location.href = address;
}

const makers = { volumes, moods, histogram };
let drawn = [];

function draw() {
  for (const chart of drawn) chart.destroy();
  drawn = [...document.querySelectorAll("[data-chart]")].map((place) => makers[place.dataset.chart](place));
}

function table() {
  const body = document.querySelector("[data-days]");
  if (!body) return;
  data.x.forEach((at, i) => {
    const row = body.insertRow();
    const cells = [...Object.values(data.channels).map((counts) => counts[i]), data.negative[i], data.score[i]?.toFixed(2).replace("-", "−") ?? "–"];
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = date(at, { day: "numeric", month: "short", year: "numeric" });
    for (const value of cells) Object.assign(row.insertCell(), { textContent: value, className: "number" });
  });
}

if (data) {
  draw();
  table();
  document.addEventListener("threadline:theme", draw);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
}
