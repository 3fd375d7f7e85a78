// One message: who said it and when, what it quotes, its file, words and buttons, how far it got, and what went wrong.

import { post } from "../../api.js";
import { Icon, Tick } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { inWords } from "../../components/states.js";
import { complain } from "../../components/toast.js";
import { html, useState } from "../../html.js";
import { may } from "../../store.js";
import { clock, fullTime } from "../../time.js";
import { t } from "../../words.js";
import { discard, retry } from "./sending.js";
import { formatted } from "../../components/whatsapp_text.js";

const Media = later(() => import("../../components/media.js").then((module) => module.Media), { className: "media" });
const SAID = new Set(["text", "interactive", "button", "image", "audio", "voice", "video", "document", "sticker",
  "template"]);

export function Bubble({ message, quoted, reactions, edit, isFirst, isFound, onReply, onJump }) {
  const words = edit ? edit.text : message.text;
  return html`
    <article class=${`message is-${message.sender} ${isFirst ? "is-first" : ""} ${isFound ? "is-found" : ""}`}
      data-id=${message.id}
      aria-label=${t("message.label", { name: message.sender_name, time: clock(message.timestamp) })}>
      ${isFirst && html`<p class="sender"><bdi>${message.sender_name}</bdi></p>`}
      <div class="bubble">
        ${message.reply_to && html`<${Quote} message=${quoted} onJump=${() => onJump(message.reply_to)} />`}
        ${message.media && html`<${Media} message=${message} />`}
        ${!SAID.has(message.message_type) && html`<p class="kind">${kindOf(message)}</p>`}
        ${message.revoked_at && html`<p class="kind">${t("message.revoked")}</p>`}
        ${words && html`<p class="text" dir="auto">${formatted(words)}</p>`}
        ${edit && html`<p class="kind">${t("message.edited")}</p>`}
        ${message.buttons.length > 0 && html`
          <ul class="choices" aria-label=${t("message.buttons")}>
            ${message.buttons.map((button) => html`<li key=${button.id}><bdi>${button.title}</bdi></li>`)}</ul>`}
        <p class="meta">
          ${message.explanation && html`<${Why} explanation=${message.explanation} />`}
          ${onReply && html`<button class="reply" aria-label=${t("message.reply")} title=${t("message.reply")}
            onClick=${() => onReply(message)}><${Icon} name="reply" /></button>`}
          <time datetime=${message.timestamp} title=${fullTime(message.timestamp)}>${clock(message.timestamp)}</time>
          ${message.delivery_status && html`<${Tick} status=${message.delivery_status}
            label=${t(`status.${message.delivery_status}`)} />`}
        </p>
      </div>
      ${reactions?.length > 0 && html`<p class="reactions">
        <span class="unseen">${t("message.reactions")}</span>${reactions.map(({ text }) => text).join(" ")}</p>`}
      ${(message.error || message.retry_possible) && html`<${Trouble} message=${message} />`}
    </article>`;
}

const kindOf = ({ message_type: kind }) => (t(`kind.${kind}`) === `kind.${kind}` ? kind : t(`kind.${kind}`));

function Quote({ message, onJump }) {
  return html`
    <button class="quote" onClick=${onJump}>
      <strong>${message ? html`<bdi>${message.sender_name}</bdi>` : t("message.quoted")}</strong>
      ${message && html`<span class="one-line" dir="auto">${message.text || kindOf(message)}</span>`}
    </button>`;
}

function Trouble({ message }) {
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    await post(`/api/admin/messages/${message.id}/retry`).catch(complain);
    setBusy(false);
  };
  return html`
    <div class="trouble">
      ${message.error && html`<p><strong>
        ${message.error.message || t(`status.${message.delivery_status}`)}</strong> ${message.error.hint}</p>`}
      ${message.retry_possible && may("answer") && html`
        <button class="button" disabled=${busy} onClick=${again}><${Icon} name="retry" />${t("action.retry")}</button>`}
    </div>`;
}

// Why the bot did what it did after this message.
function Why({ explanation }) {
  const [isOpen, setOpen] = useState(false);
  const { rule, keyword, state, from_state: from = state, to_state: to } = explanation;
  return html`
    <span class="why">
      <button class="why-button" aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}>
        ${t("message.why")}</button>
      ${isOpen && html`
        <dl>
          <dt>${t("why.rule")}</dt><dd>${readable(rule)}</dd>
          ${keyword && html`<dt>${t("why.keyword")}</dt><dd><bdi>${keyword}</bdi></dd>`}
          <dt>${t("why.state")}</dt><dd>${readable(from)}${to && to !== from && html` → ${readable(to)}`}</dd>
        </dl>`}
    </span>`;
}

const readable = (name) => (name ?? "").replaceAll("_", " ");

// What has not reached the API yet.
export function Pending({ entry, onTemplates }) {
  const { key, text, file, progress, error, at, isOut } = entry;
  const code = error?.code;
  return html`
    <article class="message is-admin is-pending" aria-label=${t("message.pending")}>
      <div class="bubble">
        ${file && html`<p class="document"><${Icon} name="file" /><span><bdi>${file.name}</bdi></span></p>`}
        ${file && (isOut || !error) && html`<progress max="1" value=${progress} aria-label=${t("message.progress")} />`}
        ${text && html`<p class="text" dir="auto">${formatted(text)}</p>`}
        <p class="meta"><time>${clock(at)}</time>
          <${Tick} status=${error ? "failed" : "sending"} label=${t(error ? "status.notSent" : "status.sending")} /></p>
      </div>
      ${error && html`
        <div class="trouble" role="alert">
          <p>${error.isLeft ? t("message.left")
            : html`<strong>${t("message.notSent")}</strong> ${inWords(error)}`}</p>
          ${code === "ASSIGNED_TO_OTHER" && html`<button class="button" onClick=${() => retry(key, { take: true })}>
            ${t("message.take")}</button>`}
          ${code === "WINDOW_CLOSED" && may("templates") && error.data?.templates?.length > 0 && html`
            <button class="button" onClick=${() => onTemplates(error.data.templates)}>
              ${t("message.template")}</button>`}
          ${!isOut && html`
            <button class="button" onClick=${() => retry(key)}><${Icon} name="retry" />${t("action.retry")}</button>
            <button class="button" onClick=${() => discard(key)}>${t("message.discard")}</button>`}
        </div>`}
    </article>`;
}
