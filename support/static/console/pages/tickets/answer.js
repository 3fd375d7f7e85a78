// The box one answers or notes in. What is typed is kept at each key, and leaves the box once the API has it.

import { Icon } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { inWords } from "../../components/states.js";
import { toast } from "../../components/toast.js";
import { draft, keepDraft } from "../../drafts.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../html.js";
import { newKey } from "../../keys.js";
import { addressOf } from "../../router.js";
import { may, useStore } from "../../store.js";
import { t } from "../../words.js";
import { addressOf as ticketAt } from "./filters.js";

const Canned = later(() => import("../../components/canned.js").then((module) => module.Canned));
const LONGEST = 4000;
const MODES = ["answer", "note"];

export function Answer({ one, ticket }) {
  const mode = useStore(one.store, (state) => state.mode);
  const wanted = useStore(one.store, (state) => state.wanted);
  const box = useRef();
  const isShut = mode === "answer" && ticket.status === "CLOSED";
  const typed = useRef(); // where somebody may be typing stays: the next keys would be commands
  if (!isShut) typed.current = mode;
  const stays = typed.current === mode;
  useLayoutEffect(() => void (wanted && box.current.focus()), [wanted]); // before the next key
  return html`
    <div class="answer" data-mode=${mode}>
      <div class="tabs" role="group" aria-label=${t("answer.kind")}>${MODES.map((name) => html`
        <button key=${name} type="button" class="tab" aria-pressed=${String(name === mode)} onClick=${() => one.write(name)}>${t(`answer.${name}`)}</button>`)}
      </div>
      ${isShut && html`<p class="answer-shut">${t("answer.shut")} <button class="button" ref=${stays ? null : box} onClick=${one.reopen}>${t("ticket.reopen")}</button></p>`}
      ${stays && html`<${Box} key=${mode} one=${one} ticket=${ticket} mode=${mode} box=${box} isShut=${isShut} />`}
    </div>`;
}

function Box({ one, ticket, mode, box, isShut }) {
  const place = `ticket.${ticket.id}.${mode}`;
  const keyPlace = `${place}.key`;
  const [text, setText] = useState(() => draft(place));
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(null); // of these words: when they are sent again they do not go out twice
  key.current ??= draft(keyPlace) || newKey();
  const isHere = useRef(true);
  const person = { profile: {}, student_name: ticket.student_name };
  const isHeld = busy || isShut;
  const isReady = text.trim() && text.trim().length <= LONGEST && !isHeld;
  const write = (words) => {
    setText(words);
    keepDraft(place, words);
    key.current = newKey(); // other words are another message
    keepDraft(keyPlace, words && key.current);
    setProblem(null);
  };
  const send = async (more) => {
    if (!isReady) return;
    const used = key.current;
    keepDraft(keyPlace, used);
    setBusy(true);
    try {
      await one.send(mode, text.trim(), used, more);
      if (draft(keyPlace) === used) write(""); // and not what somebody has come back to write meanwhile
      if (mode === "note") toast(t("answer.noted"));
    } catch (error) {
      if (isHere.current) setProblem(error);
      else toast(`${t("answer.failed", { id: ticket.id, name: ticket.student_name })} ${inWords(error)}`, { isError: true, href: ticketAt(ticket.id) });
    }
    setBusy(false);
  };
  useEffect(() => () => (isHere.current = false), []);
  useEffect(() => setProblem(null), [isShut]);
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (event.key === "Escape") box.current.blur();
  };
  return html`
    <form onSubmit=${(event) => (event.preventDefault(), send())}>
      ${problem && html`<${Problem} error=${problem} one=${one} ticket=${ticket} onSend=${send} />`}
      ${mode === "answer" && html`<${Canned} box=${box} text=${text} person=${person} onPick=${(words) => (write(words), box.current.focus())} />`}
      <textarea ref=${box} rows="3" dir="auto" value=${text} readonly=${isHeld} aria-label=${t(`answer.${mode}To`, { name: ticket.student_name })}
        placeholder=${t(`answer.${mode}Here`)} onInput=${({ target }) => write(target.value)} onKeyDown=${onKeyDown}></textarea>
      <p class="answer-end">
        <small class=${text.trim().length > LONGEST ? "is-over" : "muted"}>${text.trim().length > LONGEST * 0.9 ? t("answer.length", { n: text.trim().length, most: LONGEST }) : t("answer.how")}</small>
        <button class="button is-primary" disabled=${!isReady}><${Icon} name=${mode === "note" ? "note" : "send"} />${t(busy ? "answer.busy" : `answer.${mode}Send`)}</button></p>
    </form>`;
}

// What the API refused, and the way out of it.
function Problem({ error, one, ticket, onSend }) {
  const ways = {
    ASSIGNED_TO_OTHER: () => html`<button type="button" class="button" onClick=${() => onSend({ take: true })}>${t("answer.take")}</button>`,
    TICKET_CLOSED: () => html`<button type="button" class="button" onClick=${one.reopen}>${t("ticket.reopen")}</button>`,
    WINDOW_CLOSED: () => html`<a class="button" href=${addressOf(ticket.contact_id)}>${t(may("templates") ? "answer.template" : "ticket.chat")}</a>
      <button type="button" class="button" onClick=${() => one.write("note")}>${t("answer.insteadNote")}</button>`,
  };
  const way = ways[error.code] ?? (() => html`<button type="button" class="button" onClick=${() => onSend()}>${t("action.retry")}</button>`);
  return html`<div class="problem" role="alert"><p>${error.code === "WINDOW_CLOSED" ? t("answer.window") : inWords(error)} ${t("answer.kept")}</p><p class="problem-ways">${way()}</p></div>`;
}
