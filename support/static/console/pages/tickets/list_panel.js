// The left panel: views, search, filters, and a row for each ticket.

import { Avatar } from "../../components/person.js";
import { Icon } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { atItsEnd, SearchBox } from "../../components/search_box.js";
import { Empty, Failed, Loading } from "../../components/states.js";
import { html, useState } from "../../html.js";
import { navigate } from "../../router.js";
import { may, useStore } from "../../store.js";
import { brief, fullTime, since, useNow } from "../../time.js";
import { t } from "../../words.js";
import { Filters } from "./filter_panel.js";
import { addressOf, queryOf } from "./filters.js";
import { list, load, more, toggle } from "./list.js";
import { Priority, Status } from "./signs.js";
import { Views } from "./views.js";

const Bulk = later(() => import("./bulk.js").then((module) => module.Bulk), { className: "ticket-bulk" });

export function ListPanel({ open, query, filters, onHelp }) {
  const { rows, next, error, busy, stuck, chosen, total, isCut } = useStore(list);
  const [isFiltering, setFiltering] = useState(false);
  const now = useNow();
  const isComing = !rows || (!rows.length && next);
  const set = (change) => navigate(addressOf(open, queryOf({ ...filters, ...change })), { replace: true });
  const count = ["status", "priority", "category", "assigned", "older"].filter((name) => filters[name]).length;
  return html`
    <section class="ticket-list" aria-label=${t("shell.tickets")}>
      <header class="ticket-list-head">
        <h1 class="unseen">${t("shell.tickets")}</h1>
        <div class="ticket-list-top">
          <${SearchBox} label=${t("tickets.search")} words=${filters.search} onSearch=${(search) => set({ search })} />
          <button class="icon-button" aria-expanded=${String(isFiltering)} aria-label=${t("filter.title", { n: count })} title=${t("filter.title", { n: count })}
            onClick=${() => setFiltering(!isFiltering)}><${Icon} name="filter" />${count > 0 && html`<b class="filter-count" aria-hidden="true">${count}</b>`}</button>
          <button class="icon-button keys-button" aria-label=${t("keys.title")} title=${t("keys.title")} onClick=${onHelp}>?</button>
        </div>
        <${Views} query=${query} open=${open} />
        ${isFiltering && html`<${Filters} filters=${filters} onChange=${set} />`}
        ${chosen.size > 0 && html`<${Bulk} chosen=${chosen} />`}
      </header>
      <div class="ticket-list-body" onScroll=${atItsEnd(more)}>
        ${isComing && (error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} lines=${9} />`)}
        ${!isComing && !rows.length && html`<${Empty} icon="tickets" title=${t(query ? "tickets.notFound" : "tickets.none")} />`}
        <p class="unseen" role="status">${rows && t("tickets.found", { n: total })}</p>
        <ul>${rows?.map((row) => html`
          <${Row} key=${row.id} row=${row} query=${query} isOpen=${row.id === open} isChosen=${chosen.has(row.id)} now=${now} />`)}</ul>
        ${rows && isCut && !next && html`<p class="ticket-cut muted">${t("tickets.cut")}</p>`}
        ${!isComing && (stuck && stuck === error ? html`<${Failed} error=${error} onRetry=${more} />`
          : busy && html`<${Loading} lines=${1} />`)}
      </div>
    </section>`;
}

function Row({ row, query, isOpen, isChosen, now }) {
  return html`
    <li class="ticket-item" data-ticket=${row.id}>
      ${may("bulk") && html`
        <label class="ticket-choose"><span class="unseen">${t("bulk.choose", { id: row.id })}</span>
          <input type="checkbox" checked=${isChosen} onChange=${() => toggle(row.id)} /></label>`}
      <a class="ticket-row" href=${addressOf(row.id, query)} aria-current=${isOpen ? "true" : null}>
        <span class="ticket-line">
          <bdi class="ticket-name one-line">${row.student_name}</bdi>
          ${row.waiting_since
            ? html`<span class="chip is-warn" title=${fullTime(row.waiting_since)}>${t("ticket.waits", { time: since(row.waiting_since, now) })}</span>`
            : html`<time class="muted" datetime=${row.created_at} title=${fullTime(row.created_at)}>${brief(row.created_at, now)}</time>`}
        </span>
        <span class="ticket-issue one-line" dir="auto">${row.issue_description || t("tickets.noIssue")}</span>
        <span class="ticket-line">
          <${Status} status=${row.status} /><${Priority} priority=${row.priority} />
          ${row.category && html`<span class="chip one-line"><bdi>${row.category}</bdi></span>`}
          <span class="ticket-holder muted one-line">#${row.id}${row.assigned_to ? html` · <bdi>${row.assigned_to}</bdi>` : ""}</span>
          ${row.assigned_to && html`<${Avatar} name=${row.assigned_to} />`}
        </span>
      </a>
    </li>`;
}
