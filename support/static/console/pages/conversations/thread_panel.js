// The right panel: one conversation, from its head to the box one answers in.

import { useWayIn } from "../../components/focus.js";
import { Icon } from "../../components/icons.js";
import { doLater, later } from "../../components/later.js";
import { Avatar } from "../../components/person.js";
import { Failed, inWords, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useMemo, useRef, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { whole } from "../../router.js";
import { app, may, useStore } from "../../store.js";
import { since, useNow } from "../../time.js";
import { t } from "../../words.js";
import { Composer, FINE } from "./composer.js";
import { Messages } from "./messages.js";
import { sending, whenTaken } from "./sending.js";
import { number, openThread } from "./thread.js";

const beside = (module) => whole("conversations/beside", module); // with its words and style
const [startChat, endChat, takeOver] = ["startChat", "endChat", "takeOver"]
  .map((name) => doLater(() => beside(import("./actions.js")), name));
const follow = doLater(() => import("./moved.js"), "follow");
const HandOver = later(() => beside(import("./hand_over.js")).then((module) => module.HandOver));
const Presence = later(() => beside(import("./presence.js")).then((module) => module.Presence));
const SidePanel = later(() => beside(import("./side_panel.js")).then((module) => module.SidePanel),
  { className: "side" });
const Templates = later(() => beside(import("./templates.js")).then((module) => module.Templates),
  { isDialog: true });
const WIDE = matchMedia("(min-width: 1400px)");

export function ThreadPanel({ open, found }) {
  const { contact } = open;
  const thread = useMemo(() => openThread(contact), []);
  const { person, messages, error } = useStore(thread.store);
  const entries = useStore(sending).entries
    .filter((entry) => entry.contact === person?.contact_id && !isThere(entry, messages));
  const [replyTo, setReplyTo] = useState(null);
  const [templates, setTemplates] = useState(null);
  const [side, setSide] = useState(WIDE.matches);
  const say = useRef(() => {}); // what one is doing, to the colleagues
  const panel = useFocus(Boolean(person && messages));
  useKeptRight(thread);
  const now = person?.contact_id ?? contact;
  useEffect(() => void (now !== contact && follow(open, now)), [now]);
  useEffect(() => void (found && thread.refresh().then(() => thread.jump(found))), [thread, found]);
  useEffect(() => setReplyTo(null), [person?.conversation_id]);
  useEffect(() => setTitle(person?.student_name ?? contact), [person?.student_name]);
  useEffect(() => entries.forEach(({ takeBack }) => takeBack?.()), [entries.length]); // here they are seen
  if (!person || !messages) {
    return html`<section class="thread-panel"><header class="thread-head"><${Back} /></header>
      ${error ? html`<${Failed} error=${error} onRetry=${thread.refresh} />` : html`<${Loading} />`}</section>`;
  }
  const canWrite = person.is_chat_support && may("answer");
  return html`
    <section class="thread-panel" ref=${panel} aria-label=${t("thread.of", { name: person.student_name })}>
      <${Head} person=${person} side=${side} onSide=${() => setSide(!side)} onTemplates=${setTemplates} />
      <${Presence} contact=${contact} conversationId=${person.conversation_id} say=${say} />
      ${error && html`<p class="strip is-warn" role="status">${inWords(error)}</p>`}
      <${Messages} thread=${thread} entries=${entries} onReply=${canWrite ? setReplyTo : null}
        onTemplates=${setTemplates} />
      ${canWrite
        ? html`<${Composer} person=${person} newest=${messages.length ? number(messages.at(-1).id) : 0}
        replyTo=${replyTo} onReplied=${() => setReplyTo(null)} onDoing=${(what) => say.current(what)}
        onTemplates=${setTemplates} />`
        : html`<${NotWritten} person=${person} onTemplates=${setTemplates} />`}
    </section>
    ${side && html`<${SidePanel} person=${person} onClose=${() => setSide(false)} onChanged=${thread.readPerson} />`}
    ${templates && html`<${Templates} person=${person} templates=${templates} onClose=${() => setTemplates(null)} />`}`;
}

// What keeps a thread right: the stream, a look when something may have been missed, and what the API has just taken.
function useKeptRight(thread) {
  const isOf = (row) => row.conversation_id === thread.store.get().person?.conversation_id;
  const isTo = (entry) => entry.contact === thread.store.get().person?.contact_id;
  useEffect(() => void thread.refresh(), [thread]);
  useEvents({
    look: thread.refresh,
    message: thread.hear,
    delivery: thread.report,
    conversation: thread.hearRow,
    ticket: (row) => isOf(row) && thread.readPerson(),
  }, [thread]);
  useWhileBlind(5, thread.refresh, [thread]);
  useEffect(() => whenTaken((entry, data) => isTo(entry) && thread.take(taken(entry, data))), [thread]);
}

// Whoever came by a row of the list goes on with the answer, or at the head where that would bring up a keyboard on the
// screen or cannot be given.
function useFocus(isThere) {
  const boxOrHead = (panel) => (FINE.matches && panel.querySelector("textarea")) || panel.querySelector("h1");
  return useWayIn(isThere, ".row", boxOrHead);
}

// The event of a message may come before the API's answer to it: then it is shown once, as what it is. A file is not
// known by its words: of several all but one have none.
function isThere({ error, text, file, after }, messages) {
  const isIt = (one) => number(one.id) > after && one.sender === "admin" && one.text === text;
  return !error && !file && messages?.some(isIt);
}

// What a bubble shows of it until an event tells the row, from what the API answered.
function taken({ reply_to, file }, data) {
  const { username } = app.get().me.user;
  return {
    sender: "admin", sender_name: username, message_type: file ? "document" : "text", buttons: [],
    media: file && { mime_type: file.type, size: file.size, status: "pending", filename: file.name }, reply_to, ...data,
  };
}

const Back = () => html`<a class="icon-button back" href="/conversations" aria-label=${t("action.back")}>
  <${Icon} name="back" /></a>`;

function Head({ person, side, onSide, onTemplates }) {
  const now = useNow(15);
  const { ticket } = person;
  return html`
    <header class="thread-head">
      <${Back} />
      <${Avatar} name=${person.student_name} of=${person.contact_id} />
      <div class="thread-who">
        <h1 class="one-line" tabindex="-1"><bdi>${person.student_name}</bdi></h1>
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
    </header>`;
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
