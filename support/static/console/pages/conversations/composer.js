// The box one answers in. What is typed is kept at each key, and leaves the box only when it is on its way.

import { post } from "../../api.js";
import { Icon } from "../../components/icons.js";
import { doLater, later } from "../../components/later.js";
import { draft, keepDraft } from "../../drafts.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../../html.js";
import { whole } from "../../router.js";
import { clock, span, useNow } from "../../time.js";
import { may } from "../../store.js";
import { t } from "../../words.js";
import { send } from "./sending.js";
import { addressOf } from "./thread.js";

const beside = (module) => whole("conversations/beside", module); // with its words and style
const chooseTemplate = doLater(() => beside(import("./actions.js")), "chooseTemplate");
const Canned = later(() => import("../../components/canned.js").then((module) => module.Canned));
const Files = later(() => beside(import("./files.js")).then((module) => module.Files), { className: "files" });
const Emoji = later(() => beside(import("./emoji.js")).then((module) => module.Emoji));
const LONGEST = 4000;
const LONGEST_CAPTION = 1000;
const COUNTED_FROM = 0.9; // of the longest
const SOON = 2 * 3600; // seconds before the window closes in which one is warned
const TYPING_EVERY = 20_000; // milliseconds; WhatsApp shows it for 25 seconds
export const FINE = matchMedia("(pointer: fine)"); // a mouse, and so a keyboard: Enter sends

export function Composer({ person, newest, replyTo, onReplied, onDoing, onTemplates }) {
  const { contact_id: contact, student_name: name } = person;
  const box = useRef();
  const [text, setText] = useState(() => draft(contact));
  const [files, setFiles] = useState([]);
  const [isOver, setOver] = useState(false);
  const tellTyping = useTyping(contact);
  const longest = files.length ? LONGEST_CAPTION : LONGEST;
  const isReady = (text.trim() || files.length) && text.trim().length <= longest;

  const write = (words) => {
    setText(words);
    keepDraft(contact, words);
    onDoing(words ? "typing" : "looking");
    if (words) tellTyping();
  };
  const insert = (words) => {
    const { selectionStart: from, selectionEnd: to } = box.current;
    box.current.setRangeText(words, from, to, "end");
    write(box.current.value);
    box.current.focus();
  };
  const pick = (reply) => {
    write(reply);
    box.current.focus();
  };
  const submit = () => {
    if (!isReady) return;
    const words = text.trim();
    const say = (more) => send(contact, { name, after: newest, ...more });
    if (files.length) files.forEach((file, index) => say({ file, text: index ? "" : words }));
    else say({ text: words, reply_to: replyTo?.id });
    setFiles([]);
    write("");
    onReplied();
  };
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && replyTo) return onReplied();
    const isSend = event.key === "Enter" && !event.shiftKey && (FINE.matches || event.ctrlKey || event.metaKey);
    return isSend && (event.preventDefault(), submit());
  };
  const add = (list) => list.length && setFiles((known) => [...known, ...list]);
  const onDrop = (event) => (event.preventDefault(), setOver(false), add([...event.dataTransfer.files]));
  const onPaste = (event) => event.clipboardData.files.length
    && (event.preventDefault(), add([...event.clipboardData.files]));

  useLayoutEffect(() => grow(box.current), [text]);
  useEffect(() => void (replyTo && box.current.focus()), [replyTo]);

  return html`
    <form class=${`composer ${isOver ? "is-over" : ""}`} onSubmit=${(event) => (event.preventDefault(), submit())}
      onDragOver=${(event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}
      onDrop=${onDrop}>
      <${Window} until=${person.window_expires_at} onTemplates=${onTemplates} />
      ${replyTo && !files.length && html`
        <p class="replying"><${Icon} name="reply" />
          <span class="one-line" dir="auto">${replyTo.text || t("message.quoted")}</span>
          <button type="button" class="icon-button" aria-label=${t("composer.noReply")} onClick=${onReplied}>
            <${Icon} name="close" /></button></p>`}
      ${files.length > 0 && html`<${Files} files=${files}
        onDrop=${(file) => setFiles(files.filter((one) => one !== file))} />`}
      <${Canned} box=${box} text=${text} person=${person} onPick=${pick} />
      <div class="composer-row">
        <label class="icon-button attach" title=${t("composer.attach")}><${Icon} name="attach" />
          <span class="unseen">${t("composer.attach")}</span>
          <input class="unseen" type="file" multiple
            onChange=${({ target }) => (add([...target.files]), (target.value = ""))} /></label>
        <textarea ref=${box} rows="1" dir="auto" value=${text}
          aria-label=${t("composer.label", { name: person.student_name })}
          placeholder=${t(files.length ? "composer.caption" : "composer.placeholder")}
          onInput=${({ target }) => write(target.value)} onKeyDown=${onKeyDown} onPaste=${onPaste}></textarea>
        <span class="emoji-place"><${Emoji} onPick=${insert} /></span>
        <button class="button is-primary send" disabled=${!isReady} aria-label=${t("composer.send")}
          title=${t("composer.send")}><${Icon} name="send" /></button>
      </div>
      ${text.length > longest * COUNTED_FROM && html`
        <p class=${`length ${text.trim().length > longest ? "is-over" : ""}`} role="status">
          ${t("composer.length", { n: text.trim().length, most: longest })}</p>`}
    </form>`;
}

// How long WhatsApp still lets us write freely.
function Window({ until, onTemplates }) {
  const now = useNow(30);
  const left = until ? (Date.parse(until) - now) / 1000 : 0;
  if (left <= 0) {
    return html`
      <p class="window is-warn" role="status"><${Icon} name="warning" />${t("window.closed")}
        ${may("templates") && html`
          <button type="button" class="button" onClick=${() => chooseTemplate(onTemplates)}>
            ${t("message.template")}</button>`}
      </p>`;
  }
  return html`<p class=${`window ${left < SOON ? "is-warn" : ""}`} title=${t("window.why")}>
    <${Icon} name="clock" />${t("window.open", { time: span(left), at: clock(until) })}</p>`;
}

// Tell the student that somebody writes, now and then while it goes on.
function useTyping(contact) {
  const last = useRef(0);
  return () => {
    if (Date.now() - last.current < TYPING_EVERY) return;
    last.current = Date.now();
    post(`${addressOf(contact)}/typing`).catch(() => {}); // a courtesy: nobody misses it
  };
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.35)}px`;
}
