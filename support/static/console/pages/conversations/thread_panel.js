// The right panel: one conversation, from its head to the box one answers in.

import { Icon } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { Avatar } from "../../components/person.js";
import { Failed, inWords, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useMemo, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { app, may, useStore } from "../../store.js";
import { since, useNow } from "../../time.js";
import { t } from "../../words.js";
import { endChat, startChat, takeOver } from "./actions.js";
import { Composer } from "./composer.js";
import { Messages } from "./messages.js";
import { usePresence } from "./presence.js";
import { sending, whenTaken } from "./sending.js";
import { number, openThread } from "./thread.js";

const HandOver = later(() => import("./hand_over.js").then((module) => module.HandOver));
const SidePanel = later(() => import("./side_panel.js").then((module) => module.SidePanel), { className: "side" });
const Templates = later(() => import("./templates.js").then((module) => module.Templates), { isDialog: true });
const WIDE = matchMedia("(min-width: 1400px)");

export function ThreadPanel({ contact, found }) {
  const thread = useMemo(() => openThread(contact), [contact]);
  const { person, messages, error } = useStore(thread.store);
  const entries = useStore(sending).entries.filter((entry) => entry.contact === contact && !isThere(entry, messages));
  const [replyTo, setReplyTo] = useState(null);
  const [templates, setTemplates] = useState(null);
  const [side, setSide] = useState(WIDE.matches);
  const [colleagues, say] = usePresence(contact, person?.conversation_id);
  useKeptRight(thread, contact);
  useEffect(() => void (found && thread.refresh().then(() => thread.jump(found))), [thread, found]);
  useEffect(() => setTitle(person?.student_name ?? contact), [person?.student_name]);
  if (!person || !messages) {
    return html`<section class="thread-panel">
      ${error ? html`<${Failed} error=${error} onRetry=${thread.refresh} />` : html`<${Loading} />`}</section>`;
  }
  const canWrite = person.is_chat_support && may("answer");
  const onTemplates = (choice) => setTemplates(choice);
  return html`
    <section class="thread-panel" aria-label=${t("thread.of", { name: person.student_name })}>
      <${Head} person=${person} colleagues=${colleagues} side=${side} onSide=${() => setSide(!side)}
        onTemplates=${onTemplates} />
      ${error && html`<p class="strip is-warn" role="status">${inWords(error)}</p>`}
      <${Messages} thread=${thread} entries=${entries} onReply=${canWrite ? setReplyTo : null}
        onTemplates=${onTemplates} />
      ${canWrite
        ? html`<${Composer} person=${person} newest=${messages.length ? number(messages.at(-1).id) : 0}
        replyTo=${replyTo} onReplied=${() => setReplyTo(null)} onDoing=${say} onTemplates=${onTemplates} />`
        : html`<${NotWritten} person=${person} onTemplates=${onTemplates} />`}
    </section>
    ${side && html`<${SidePanel} person=${person} onClose=${() => setSide(false)} onChanged=${thread.readPerson} />`}
    ${templates && html`<${Templates} person=${person} templates=${templates} onClose=${() => setTemplates(null)} />`}`;
}

// What keeps a thread right: the stream, a look when something may have been missed, and what the API has just taken.
function useKeptRight(thread, contact) {
  useEffect(() => void thread.refresh(), [thread]);
  useEvents({
    look: thread.refresh,
    message: thread.hear,
    delivery: thread.report,
    conversation: thread.hearRow,
    ticket: (ticket) => ticket.contact_id === contact && thread.readPerson(),
  }, [thread]);
  useWhileBlind(5, thread.refresh, [thread]);
  useEffect(() => whenTaken((entry, data) => entry.contact === contact && thread.accept(taken(entry, data))), [thread]);
}

// The event of a message may come before the API's answer to it: then it is shown once, as what it is.
function isThere({ error, text, after }, messages) {
  return !error && messages?.some((one) => number(one.id) > after && one.sender === "admin" && one.text === text);
}

// The row as an event will tell it in a moment, from what the API answered.
function taken({ replyTo, file, text }, data) {
  const { username } = app.get().me.user;
  return {
    sender: "admin", sender_type: "admin", sender_name: username, message_type: file ? "document" : "text", error: null,
    buttons: [],
    media: file ? { url: "", mime_type: file.type, size: file.size, caption: text, status: "pending",
      filename: file.name } : null,
    explanation: null, retry_possible: false, revoked_at: null, reply_to: replyTo?.id ?? null, ...data,
  };
}

function Head({ person, colleagues, side, onSide, onTemplates }) {
  const now = useNow(15);
  const { ticket } = person;
  return html`
    <header class="thread-head">
      <a class="icon-button back" href="/conversations" aria-label=${t("action.back")}><${Icon} name="back" /></a>
      <${Avatar} name=${person.student_name} of=${person.contact_id} />
      <div class="thread-who">
        <h1 class="one-line"><bdi>${person.student_name}</bdi></h1>
        <p class="muted one-line"><bdi class="number">${person.phone_number ?? person.contact_id}</bdi>
          ${person.is_chat_support && html`<span>💬 ${person.assigned_to ? html`<bdi>${person.assigned_to}</bdi>`
            : t("thread.nobody")}</span>`}
          ${ticket?.waiting_since && html`<span class="warn">
            ${t("thread.waits", { time: since(ticket.waiting_since, now) })}</span>`}
        </p>
      </div>
      <${Actions} person=${person} onTemplates=${onTemplates} />
      <button class="icon-button" aria-expanded=${String(side)} aria-label=${t("thread.about")}
        title=${t("thread.about")} onClick=${onSide}><${Icon} name="info" /></button>
    </header>
    ${colleagues.length > 0 && html`
      <p class="strip is-warn" role="status">${colleagues.map((one) => html`
        <span key=${one.staff_id}>${t(one.doing === "typing" ? "thread.colleagueTypes" : "thread.colleagueLooks",
          { name: one.username })}</span> `)}</p>`}`;
}

function Actions({ person, onTemplates }) {
  if (!may("answer")) return null;
  if (!person.is_chat_support) {
    return html`<button class="button start" onClick=${() => startChat(person, onTemplates)}>
      ${t("chat.start")}</button>`;
  }
  const isMine = person.assigned_to === app.get().me.user.username;
  return html`
    ${!isMine && html`<button class="button take" onClick=${() => takeOver(person)}>${t("chat.take")}</button>`}
    <${HandOver} person=${person} isMine=${isMine} />
    <button class="button is-danger end" onClick=${() => endChat(person)} aria-label=${t("chat.end")}>
      <span class="end-long">${t("chat.end")}</span>
      <span class="end-short" aria-hidden="true">${t("chat.endShort")}</span></button>`;
}

function NotWritten({ person, onTemplates }) {
  if (!may("answer")) return html`<p class="strip">${t("chat.readOnly")}</p>`;
  return html`
    <div class="strip"><p>${t("chat.bot")}</p>
      <button class="button is-primary" onClick=${() => startChat(person, onTemplates)}>
        ${t("chat.start")}</button></div>`;
}
