// One chart, drawn by uPlot in the page's own colours. It is a picture: what it says stands in the table below it, too.

import { Loading } from "../../components/states.js";
import { complain } from "../../components/toast.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { app, useStore } from "../../store.js";
import { inUnit, shortDay, whole } from "./values.js";

const HEIGHT = 170;
const THIN = 1; // pixels
const MINUTE = 60;
const HOUR = 60 * MINUTE;
// Between two lines of the grid lies a step that people count in; `width` is room for the widest label, in pixels.
const SCALES = {
  count: { least: 4, steps: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000], width: 34, label: whole },
  stars: { least: 5, steps: [1], width: 24, label: whole },
  seconds: {
    least: MINUTE, width: 50, label: (value) => (value ? inUnit(value, "seconds") : "0"),
    steps: [10, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12, 24, 48, 96, 240, 480, 960].map((n) => n * HOUR)],
  },
};
const DARK = matchMedia("(prefers-color-scheme: dark)");
let library = null;

export function Plot({ report, label, onDay }) {
  const box = useRef();
  const [make, setMake] = useState(null);
  const [over, setOver] = useState(null);
  const theme = useTheme();
  useEffect(() => {
    library ??= import("../../../vendor/uplot.js").then((module) => module.default);
    library.then((uPlot) => setMake(() => uPlot), (error) => ((library = null), complain(error)));
  }, []);
  useEffect(() => {
    if (!make) return undefined;
    const picked = (index) => report.days[index]?.count && onDay(report.days[index].day);
    const place = box.current;
    const plot = new make(options(make, place, report, setOver), series(report), place);
    const click = () => picked(plot.cursor.idx);
    plot.over.addEventListener("click", click);
    const observer = new ResizeObserver(() => place.isConnected && plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    observer.observe(place);
    return () => (observer.disconnect(), plot.destroy());
  }, [make, report, theme]);
  const day = report.days[over];
  return html`
    <div class="plot" role="img" aria-label=${label} ref=${box}>${!make && html`<${Loading} lines=${3} />`}</div>
    <p class="plot-under" aria-hidden="true">${day && `${shortDay(day.day)} · ${day.value === null ? "–" : inUnit(day.value, report.unit)}`}</p>`;
}

function series({ days }) {
  return [days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000), days.map(({ value }) => value)];
}

function options(uPlot, box, { unit }, onOver) {
  const { color: ink, borderTopColor: line, caretColor: accent } = getComputedStyle(box); // page.css says which these are
  const axis = { stroke: ink, grid: { stroke: line, width: THIN }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  const isCount = unit === "count";
  const { least, steps, width, label } = SCALES[unit];
  return {
    width: box.clientWidth, height: HEIGHT, tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onOver(cursor.idx)] },
    scales: { y: { range: (_, __, most) => [0, Math.max(most ?? 0, least) * 1.08] } },
    axes: [
      { ...axis, values: (_, moments) => moments.map((seconds) => shortDay(seconds * 1000)), space: 60, size: 28 },
      { ...axis, size: width, space: unit === "stars" ? 20 : 34, incrs: steps, values: (_, values) => values.map((value) => label(value)) },
    ],
    series: [{}, {
      stroke: accent, width: isCount ? 0 : 2, fill: isCount ? accent : undefined,
      paths: isCount ? uPlot.paths.bars({ size: [0.7, 40], radius: 0.2 }) : undefined, spanGaps: true,
      points: { show: !isCount, size: 6, fill: accent },
    }],
  };
}

// Which colours there are; another value whenever they change.
function useTheme() {
  const wanted = useStore(app, (state) => state.preferences?.theme);
  const [isDark, setDark] = useState(DARK.matches);
  useEffect(() => {
    const listener = () => setDark(DARK.matches);
    DARK.addEventListener("change", listener);
    return () => DARK.removeEventListener("change", listener);
  }, []);
  return `${wanted} ${isDark}`;
}
