// The left panel: search, filters, and a row for each person.

import { Avatar } from "../../components/person.js";
import { Icon } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { atItsEnd, SearchBox } from "../../components/search_box.js";
import { Empty, Failed, Loading } from "../../components/states.js";
import { plain } from "../../components/whatsapp_text.js";
import { html } from "../../html.js";
import { addressOf, whole } from "../../router.js";
import { useStore } from "../../store.js";
import { brief, fullTime, since, useNow } from "../../time.js";
import { t } from "../../words.js";
import { choose, FILTERS, list, load, more } from "./list.js";
import { sending } from "./sending.js";

const Hits = later(() => whole("conversations/beside", import("./hits.js")).then((module) => module.Hits));
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function ListPanel({ open }) {
  const { rows, next, hits, filter, error, busy, stuck, search } = useStore(list);
  const unsent = new Set(useStore(sending).entries.filter((entry) => entry.error).map(({ contact }) => contact));
  const now = useNow();
  const isComing = !rows || (!rows.length && next);
  return html`
    <section class="list" aria-label=${t("list.title")}>
      <header class="list-head">
        <h1 class="unseen">${t("list.title")}</h1>
        <${SearchBox} label=${t("list.search")} words=${search} onSearch=${(words) => choose({ search: words })} />
        <div class="tabs" role="group" aria-label=${t("list.filters")}>
          ${Object.keys(FILTERS).map((name) => html`
            <button key=${name} class="tab" aria-pressed=${String(name === filter)}
              onClick=${() => choose({ filter: name })}>
              ${t(`list.filter.${name}`)}</button>`)}
        </div>
      </header>
      <div class="list-body" onScroll=${atItsEnd(more)} onKeyDown=${walk}>
        ${isComing && (error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} lines=${9} />`)}
        ${!isComing && !rows.length && !hits.length
          && html`<${Empty} title=${t(search ? "list.notFound" : `list.none.${filter}`)} />`}
        <ul>${rows?.map((row) => html`<${Row} key=${row.conversation_id} row=${row} isOpen=${row.contact_id === open}
          isUnsent=${unsent.has(row.contact_id)} now=${now} />`)}</ul>
        ${!isComing && (stuck && stuck === error ? html`<${Failed} error=${error} onRetry=${more} />`
          : busy && html`<${Loading} lines=${1} />`)}
        ${search && html`<${Hits} now=${now} />`}
      </div>
    </section>`;
}

function Row({ row, isOpen, isUnsent, now }) {
  const unread = row.unread_count;
  return html`
    <li>
      <a class=${`row ${unread ? "is-unread" : ""}`} href=${addressOf(row.contact_id)}
        aria-current=${isOpen ? "true" : null}>
        <${Avatar} name=${row.student_name} of=${row.contact_id} />
        <span class="row-top">
          <bdi class="row-name one-line">${row.student_name}</bdi>
          <time datetime=${row.last_message_time} title=${row.last_message_time && fullTime(row.last_message_time)}>
            ${brief(row.last_message_time, now)}</time>
        </span>
        <span class="row-bottom">
          <span class="row-last one-line" data-from=${row.last_message_sender} dir="auto">${lastWords(row)}</span>
          ${isUnsent && html`<span class="chip is-danger">${t("status.notSent")}</span>`}
          ${row.waiting_since && html`<span class="chip is-warn" title=${t("list.waiting")}>
            <span class="unseen">${t("list.waiting")}</span>${since(row.waiting_since, now)}</span>`}
          ${row.is_chat_support && html`<span role="img" aria-label=${t("list.live")} title=${t("list.live")}>💬</span>`}
          ${unread > 0 && html`<b class="unread" aria-label=${t("list.unread", { n: unread })}>
            ${unread > 99 ? "99+" : unread}</b>`}
        </span>
      </a>
    </li>`;
}

function lastWords(row) {
  const words = plain(row.last_message) || (row.last_message_type ? t(`kind.${row.last_message_type}`) : "");
  if (row.last_message_sender === "admin") return t("list.us", { words });
  return row.last_message_sender === "bot" ? t("list.bot", { words }) : words;
}

function walk(event) {
  if (!(event.key in STEPS)) return;
  const links = [...event.currentTarget.querySelectorAll("a.row")];
  const next = links[links.indexOf(document.activeElement) + STEPS[event.key]];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
