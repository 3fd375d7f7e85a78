// Who one talks to: the person, their ticket, labels, notes, homework, payments and former tickets.

import { get, patch, post } from "../../api.js";
import { Icon } from "../../components/icons.js";
import { complain, toast } from "../../components/toast.js";
import { draft, keepDraft } from "../../drafts.js";
import { useEvents } from "../../events.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { newKey } from "../../keys.js";
import { may } from "../../store.js";
import { brief, fullTime, shortTime } from "../../time.js";
import { LANGUAGES, t } from "../../words.js";
import { addressOf } from "./thread.js";

const SHOWN = 5;
const NOTES = 20;

export function SidePanel({ person, onClose, onChanged }) {
  const beside = useBeside(person);
  return html`
    <aside class="side" aria-label=${t("side.title")}>
      <header><h2>${t("side.title")}</h2>
        <button class="icon-button" aria-label=${t("action.close")} onClick=${onClose}>
          <${Icon} name="close" /></button></header>
      <${Person} person=${person} />
      <${Labels} person=${person} onChanged=${onChanged} />
      <${Notes} person=${person} notes=${beside.notes} onAdded=${beside.again} />
      <${Rows} title=${t("side.homework")} rows=${beside.homework}
        show=${(one) => [one.subject, t(`homework.${one.status}`), one.created_at]} />
      <${Rows} title=${t("side.payments")} rows=${beside.payments}
        show=${(one) => [`${one.amount} ${one.currency}`, t(`payment.${one.status}`), one.created_at]} />
      <${Rows} title=${t("side.tickets")} rows=${beside.tickets} href=${(one) => `/support-tickets/${one.id}`}
        show=${(one) => [one.issue_description || `#${one.id}`, t(`ticket.${one.status}`), one.created_at]} />
    </aside>`;
}

function Person({ person }) {
  const { profile, ticket } = person;
  const facts = {
    phone: person.phone_number, user_name: profile.username, whatsapp: profile.profile_name, class: profile.class_grade,
    email: profile.email,
    language: LANGUAGES[profile.language] ?? profile.language,
    registered: profile.registered_at && shortTime(profile.registered_at),
    ticket: ticket && `#${ticket.id} · ${t(`ticket.${ticket.status}`)} · ${t(`priority.${ticket.priority}`)}`,
    category: ticket?.category, issue: ticket?.issue_description,
  };
  return html`
    <dl class="facts">${Object.entries(facts).filter(([, value]) => value).map(([name, value]) => html`
      <div key=${name}><dt>${t(`side.${name}`)}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`;
}

let saving = Promise.resolve(); // one after the other, each of what the API has then

function Labels({ person, onChanged }) {
  const [words, setWords] = useState("");
  const address = addressOf(person.contact_id);
  const change = async (made) => patch(address, { labels: made((await get(address)).data.labels) });
  const save = (made) => (saving = saving.then(() => change(made)).then(onChanged, complain));
  const onSubmit = (event) => {
    event.preventDefault();
    const label = words.trim();
    if (label) save((known) => [...new Set([...known, label])]);
    setWords("");
  };
  return html`
    <section><h3>${t("side.labels")}</h3>
      <ul class="labels">${person.labels.map((label) => html`
        <li class="chip" key=${label}><bdi>${label}</bdi>
          ${may("answer") && html`<button aria-label=${t("side.unlabel", { label })}
            onClick=${() => save((known) => known.filter((one) => one !== label))}>×</button>`}</li>`)}</ul>
      ${may("answer") && html`
        <form class="side-form" onSubmit=${onSubmit}>
          <input value=${words} maxlength="40" placeholder=${t("side.newLabel")} aria-label=${t("side.newLabel")}
            onInput=${({ target }) => setWords(target.value)} />
          <button class="button" disabled=${!words.trim()}>${t("side.add")}</button></form>`}
    </section>`;
}

function Notes({ person, notes, onAdded }) {
  const place = `note.${person.contact_id}`;
  const keyPlace = `${place}.key`;
  const [words, setWords] = useState(() => draft(place));
  const [busy, setBusy] = useState(false);
  const key = useRef(null); // of these words: when they are sent again they are noted once
  key.current ??= draft(keyPlace) || newKey();
  const write = (text) => {
    setWords(text);
    keepDraft(place, text);
    key.current = newKey();
    keepDraft(keyPlace, text && key.current);
  };
  const onSubmit = async (event) => {
    event.preventDefault();
    const used = key.current;
    keepDraft(keyPlace, used);
    setBusy(true);
    try {
      await post(`${addressOf(person.contact_id)}/notes`, { message: words.trim(), client_id: used });
      if (draft(keyPlace) === used) write(""); // and not what somebody has come back to write meanwhile
      toast(t("side.noted"));
      onAdded();
    } catch (error) {
      complain(error);
    }
    setBusy(false);
  };
  return html`
    <section><h3>${t("side.notes")}</h3>
      <ul class="notes">${notes.map((note) => html`
        <li key=${note.id}><p dir="auto">${note.message}</p><small class="muted">
          <bdi>${note.sender_name}</bdi> · ${brief(note.created_at)}</small></li>`)}</ul>
      ${may("answer") && html`
        <form class="side-form is-tall" onSubmit=${onSubmit}>
          <textarea rows="2" dir="auto" value=${words} readonly=${busy} maxlength="4000" placeholder=${t("side.newNote")}
            aria-label=${t("side.newNote")} onInput=${({ target }) => write(target.value)}></textarea>
          <button class="button" disabled=${busy || !words.trim()}>${t("side.addNote")}</button></form>`}
    </section>`;
}

function Rows({ title, rows, show, href }) {
  if (!rows.length) return null;
  return html`
    <section><h3>${title}</h3>
      <ul class="side-rows">${rows.map((row) => {
        const [what, state, at] = show(row);
        const words = html`<span class="one-line" dir="auto">${what}</span>
          <small class="muted">${state} · ${brief(at)}</small>`;
        return html`<li key=${row.id}>${href ? html`<a href=${href(row)}>${words}</a>` : words}</li>`;
      })}</ul>
    </section>`;
}

// What the API keeps about this person elsewhere. What cannot be read stays as it is known; the chat matters more.
function useBeside(person) {
  const [found, setFound] = useState({ homework: [], payments: [], tickets: [], notes: [] });
  const ticketId = person.ticket?.id;
  const again = () => read(person).then((news) => setFound((known) => ({ ...known, ...news })));
  useEffect(() => void again(), [person.contact_id, ticketId]);
  useEvents({ look: again }, [person.contact_id, ticketId]);
  return { ...found, again };
}

async function read({ contact_id: contact, phone_number: phone, ticket }) {
  const rows = (path, query) => get(path, { limit: SHOWN, ...query }).then(({ data }) => data, () => null);
  const digits = phone?.slice(1);
  const students = digits ? await rows("/api/admin/students", { search: digits }) : [];
  const student = students?.find((one) => (one.phone_number ?? phone) === phone);
  const [homework, payments, tickets, notes] = await Promise.all([
    student ? rows("/api/admin/homework", { student_id: student.id }) : students && [],
    student ? rows("/api/admin/payments", { search: digits }) : students && [],
    rows("/api/support/tickets", { phone: contact }),
    rows(`${addressOf(contact)}/notes`, { limit: NOTES }),
  ]);
  const parts = {
    homework, notes: notes?.reverse(),
    payments: payments?.filter((one) => one.student_id === student.id),
    tickets: tickets?.filter(({ id }) => id !== ticket?.id),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part));
}
