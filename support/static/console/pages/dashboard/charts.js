// How it went, day by day: three reports of the API, each as a picture and as a table, with the tickets behind a day.

import { look } from "../../api.js";
import { Failed, Loading } from "../../components/states.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { brief, useNow } from "../../time.js";
import { t } from "../../words.js";
import { Plot } from "./plot.js";
import { inUnit } from "./values.js";

const REPORTS = ["volume", "first-response", "satisfaction"];
const SPANS = [7, 30, 90]; // days
const DAY = 86_400_000;
const MOST = 100; // rows behind a day
const REGULARLY = 300; // seconds: today goes on, and is followed by tomorrow

export function Charts() {
  const [days, setDays] = useState(30);
  const now = useNow(REGULARLY);
  return html`
    <section aria-labelledby="charts-title">
      <header class="charts-head"><h2 id="charts-title">${t("charts.title")}</h2>
        <div class="tabs" role="group" aria-label=${t("charts.span")}>${SPANS.map((span) => html`
          <button key=${span} class="tab" aria-pressed=${String(span === days)} onClick=${() => setDays(span)}>${t("charts.days", { n: span })}</button>`)}
        </div></header>
      <div class="charts">${REPORTS.map((name) => html`<${Chart} key=${name} name=${name} days=${days} now=${now} />`)}</div>
    </section>`;
}

function Chart({ name, days, now }) {
  const [{ report, error }, set] = useState({ report: null, error: null });
  const [day, setDay] = useState(null);
  const question = useRef(0);
  // The answer about days that nobody asks for any more changes nothing, and neither does its error.
  const load = () => {
    const mine = (question.current += 1);
    const tell = (change) => mine === question.current && set(change);
    return read(name, days).then((found) => tell({ report: found, error: null }), (caught) => tell({ report: null, error: caught }));
  };
  useEffect(() => setDay(null), [days]);
  useEffect(() => void load(), [days, now]);
  const title = t(`chart.${name}`);
  return html`
    <article class="chart" data-report=${name} aria-label=${title}>
      <header><h3>${title}</h3>${report && html`<p class="muted">${summary(report)}</p>`}</header>
      ${!report && (error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} lines=${3} />`)}
      ${report && html`
        <${Plot} report=${report} label=${t("charts.picture", { title, n: days })} onDay=${setDay} />
        <details class="chart-table"><summary>${t("charts.table")}</summary><${Table} report=${report} onDay=${setDay} /></details>`}
      ${day && html`<${Behind} key=${day} name=${name} day=${day} unit=${report?.unit} onClose=${() => setDay(null)} />`}
    </article>`;
}

const summary = ({ value, unit, tickets }) => (value === null ? t("figures.none") : unit === "count" ? t("charts.tickets", { n: tickets }) : inUnit(value, unit));

async function read(name, days) {
  const today = (await look(`/api/admin/reports/${name}`, { limit: 1 })).data;
  if (days === today.days.length) return today;
  const last = today.days.at(-1).day; // the team's day, whatever this computer's is
  const first = new Date(Date.parse(last) - (days - 1) * DAY).toISOString().slice(0, 10);
  return (await look(`/api/admin/reports/${name}`, { from: first, to: last, limit: 1 })).data;
}

function Table({ report, onDay }) {
  const days = report.days.filter(({ count }) => count).reverse();
  if (!days.length) return html`<p class="muted">${t("figures.none")}</p>`;
  return html`
    <div class="table-frame" tabindex="0" role="region" aria-label=${t("charts.table")}><table>
      <thead><tr><th scope="col">${t("charts.day")}</th><th scope="col">${t("charts.number")}</th>
        ${report.unit !== "count" && html`<th scope="col">${t("charts.average")}</th>`}<th scope="col"><span class="unseen">${t("charts.behind")}</span></th></tr></thead>
      <tbody>${days.map(({ day, count, value }) => html`
        <tr key=${day}><th scope="row">${day}</th><td>${count}</td>${report.unit !== "count" && html`<td>${inUnit(value, report.unit)}</td>`}
          <td><button class="button" aria-label=${t("charts.show", { day })} onClick=${() => onDay(day)}>${t("charts.behind")}</button></td></tr>`)}
      </tbody></table></div>`;
}

// The tickets of one day.
function Behind({ name, day, unit, onClose }) {
  const [{ rows, total, error }, set] = useState({ rows: null, total: 0, error: null });
  const load = () => look(`/api/admin/reports/${name}`, { from: day, to: day, limit: MOST }).then(
    ({ data, total: all }) => set({ rows: data.rows, total: all, error: null }), (caught) => set({ rows: null, total: 0, error: caught }));
  useEffect(() => void load(), []);
  return html`
    <section class="behind" role="status" aria-label=${t("charts.of", { day })}>
      <header><h4>${t("charts.of", { day })}</h4><button class="button" onClick=${onClose}>${t("action.close")}</button></header>
      ${!rows && (error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} lines=${2} />`)}
      ${rows?.length === 0 && html`<p class="muted">${t("figures.none")}</p>`}
      <ul>${rows?.map((row) => html`
        <li key=${row.id}><a href=${`/support-tickets/${row.id}`}><span class="muted">#${row.id}</span><bdi class="one-line">${row.student_name}</bdi>
          <span class="muted">${row.value === null ? brief(row.at) : inUnit(row.value, unit)}</span></a></li>`)}</ul>
      ${rows && total > rows.length && html`<p class="muted">${t("charts.more", { n: total - rows.length })}</p>`}
    </section>`;
}
