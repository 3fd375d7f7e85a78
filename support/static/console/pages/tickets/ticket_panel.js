// The right panel: one ticket, from its head to the box one answers in.

import { look } from "../../api.js";
import { useWayIn } from "../../components/focus.js";
import { Icon } from "../../components/icons.js";
import { Menu } from "../../components/menu.js";
import { Avatar } from "../../components/person.js";
import { Failed, inWords, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { addressOf as chatOf } from "../../router.js";
import { app, may, useStore } from "../../store.js";
import { since, useNow } from "../../time.js";
import { t } from "../../words.js";
import { Answer } from "./answer.js";
import { Entry } from "./entry.js";
import { addressOf, PRIORITIES } from "./filters.js";
import { Priority, Status } from "./signs.js";
import { staff } from "./ticket.js";

const NEAR_THE_END = 60; // pixels

export function TicketPanel({ ticket: one, query }) {
  const { ticket, error } = useStore(one.store);
  useEffect(() => void one.refresh(), [one]);
  useEffect(() => ticket && setTitle(`#${ticket.id} ${ticket.student_name}`), [ticket?.student_name]);
  useEvents({
    look: one.refresh,
    ticket: (row) => row.id === one.id && one.refresh(),
    message: (message) => message.contact_id === one.store.get().ticket?.contact_id && one.refresh(),
    delivery: one.report,
  }, [one]);
  useWhileBlind(5, one.refresh, [one]);
  const panel = useWayIn(Boolean(ticket), ".ticket-row");
  if (!ticket) {
    return html`
      <section class="ticket-panel"><header class="ticket-head"><${Back} query=${query} /><h1>#${one.id}</h1></header>
        ${error ? html`<${Failed} error=${error} onRetry=${one.refresh} />` : html`<${Loading} />`}</section>`;
  }
  return html`
    <section class="ticket-panel" ref=${panel} aria-label=${t("ticket.of", { id: ticket.id, name: ticket.student_name })}>
      <${Head} ticket=${ticket} query=${query} />
      ${may("answer") && html`<${Tools} one=${one} ticket=${ticket} />`}
      ${error && html`<p class="ticket-strip is-warn" role="status">${inWords(error)}</p>`}
      <${Entries} ticket=${ticket} />
      ${may("answer") ? html`<${Answer} one=${one} ticket=${ticket} />` : html`<p class="ticket-strip">${t("ticket.readOnly")}</p>`}
    </section>`;
}

const Back = ({ query }) => html`<a class="icon-button back" href=${addressOf(null, query)} aria-label=${t("action.back")}><${Icon} name="back" /></a>`;

function Head({ ticket, query }) {
  const now = useNow(15);
  return html`
    <header class="ticket-head">
      <${Back} query=${query} />
      <${Avatar} name=${ticket.student_name} of=${ticket.contact_id} />
      <div class="ticket-who">
        <h1 class="one-line"><bdi>${ticket.student_name}</bdi> <span class="muted">#${ticket.id}</span></h1>
        <p class="muted one-line"><bdi>${ticket.phone_number ?? ticket.contact_id}</bdi>${" · "}
          ${ticket.assigned_to ? html`<bdi>${ticket.assigned_to}</bdi>` : t("ticket.nobody")}
          ${ticket.waiting_since && html` · <span class="warn-words">${t("ticket.waits", { time: since(ticket.waiting_since, now) })}</span>`}</p>
      </div>
      <${Status} status=${ticket.status} /><${Priority} priority=${ticket.priority} />
      <a class="icon-button" href=${chatOf(ticket.contact_id)} aria-label=${t("ticket.chat")} title=${t("ticket.chat")}><${Icon} name="conversations" /></a>
    </header>`;
}

function Tools({ one, ticket }) {
  const [people, setPeople] = useState([]);
  const [categories, setCategories] = useState([]);
  useEffect(() => {
    staff().then(setPeople, () => {});
    look("/api/admin/categories", { limit: 100 }).then(({ data }) => setCategories(data.filter((row) => row.is_active)), () => {});
  }, []);
  const me = app.get().me.user;
  const isActive = ["OPEN", "IN_PROGRESS"].includes(ticket.status);
  const isMine = ticket.assigned_admin_id === me.id;
  const others = may("assign") ? people.filter(({ id }) => ![me.id, ticket.assigned_admin_id].includes(id)) : [];
  const items = [
    !isMine && { label: t("ticket.toMe"), onPick: () => one.takeIt() },
    ...others.map((person) => ({ label: t("ticket.toOther", { name: person.name }), onPick: () => one.assign(person) })),
    ticket.assigned_to && { label: t("ticket.toNobody"), onPick: () => one.assign(null) },
  ];
  const names = [...new Set([...categories.map(({ name }) => name), ticket.category].filter(Boolean))];
  return html`
    <div class="ticket-tools" role="group" aria-label=${t("ticket.tools")}>
      ${!isMine && html`<button class="button" onClick=${() => one.takeIt()}>${t(ticket.assigned_to ? "ticket.take" : "ticket.toMe")}</button>`}
      <${Menu} label=${t("ticket.assign")} className="button" items=${items}><${Icon} name="person" />${t("ticket.assign")}<//>
      <label class="tool"><span class="unseen">${t("filter.priority")}</span>
        <select value=${ticket.priority} onChange=${({ target }) => one.change({ priority: target.value })}>
          ${PRIORITIES.map((name) => html`<option key=${name} value=${name} selected=${name === ticket.priority}>${t(`priority.${name}`)}</option>`)}</select></label>
      ${names.length > 0 && html`
        <label class="tool"><span class="unseen">${t("filter.category")}</span>
          <select value=${ticket.category ?? ""} onChange=${({ target }) => one.change({ category: target.value || null })}>
            <option value="" selected=${!ticket.category}>${t("ticket.noCategory")}</option>
            ${names.map((name) => html`<option key=${name} value=${name} selected=${name === ticket.category}>${name}</option>`)}</select></label>`}
      <span class="tools-end">
        ${isActive && html`<button class="button" onClick=${one.resolve}><${Icon} name="done" />${t("ticket.resolve")}</button>`}
        ${!isActive && html`<button class="button" onClick=${one.reopen}><${Icon} name="retry" />${t("ticket.reopen")}</button>`}
        ${ticket.status !== "CLOSED" && html`<button class="button" onClick=${one.close}>${t("ticket.close")}</button>`}
      </span>
    </div>`;
}

// The newest stays in sight unless the reader has scrolled up, whatever grows when it has loaded.
function Entries({ ticket }) {
  const box = useRef();
  const inside = useRef();
  const follows = useRef(true);
  const top = useRef(0); // where the view stood when it was last looked at
  const end = () => void (follows.current && (box.current.scrollTop = box.current.scrollHeight));
  const onScroll = ({ target }) => {
    const isStill = follows.current && target.scrollTop >= top.current; // it is the reader alone who goes up
    follows.current = isStill || target.scrollHeight - target.scrollTop - target.clientHeight < NEAR_THE_END;
    top.current = target.scrollTop;
  };
  useLayoutEffect(end, [ticket.messages]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(end);
    observer.observe(box.current);
    observer.observe(inside.current);
    return () => observer.disconnect();
  }, []);
  return html`
    <div class="entries" role="log" aria-label=${t("ticket.thread")} tabindex="0" ref=${box} onScroll=${onScroll}><div ref=${inside}>
      ${ticket.issue_description && html`<p class="issue"><strong>${t("ticket.issue")}</strong> <span dir="auto">${ticket.issue_description}</span></p>`}
      ${ticket.has_older && html`<p class="issue"><a href=${chatOf(ticket.contact_id)}>${t("ticket.older")}</a></p>`}
      ${ticket.messages.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} ticket=${ticket} />`)}
    </div></div>`;
}
