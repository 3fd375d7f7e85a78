// One message of a thread, with what hangs on it: file, quote, buttons, reactions, time and ticks.

import { mediaUrl } from "./api.js";
import { formatted, time } from "./format.js";
import { html } from "./html.js";
import { Icon, Tick } from "./icons.js";

export function Bubble({ message, brand, onTap, onList, onMenu, onPlayed }) {
  if (message.kind === "system") return html`<p class="note"><bdi>${message.text}</bdi></p>`;
  const from = message.mine ? "You" : brand;
  return html`
    <article class=${`message ${message.mine ? "mine" : "theirs"}`} aria-label=${`${from}, ${time(message.at)}`}>
      <div class="bubble">
        ${message.revoked ? html`<p class="gone">This message was deleted</p>` : html`
          ${message.quote && html`<${Quote} quote=${message.quote} brand=${brand} />`}
          ${message.file && html`<${File} message=${message} onPlayed=${onPlayed} />`}
          ${message.header && html`<p class="head"><bdi>${message.header}</bdi></p>`}
          ${message.text && html`<p class="text" dir="auto">${formatted(message.text)}</p>`}
          ${message.footer && html`<p class="foot"><bdi>${message.footer}</bdi></p>`}`}
        <span class="meta">
          <time datetime=${message.at}>${time(message.at)}</time>
          ${message.mine && html`<${Tick} status=${message.status} />`}
        </span>
        ${!message.revoked && html`
          <button class="menu" aria-label="React, reply or delete" onClick=${onMenu}><${Icon} name="down" /></button>`}
      </div>
      <${Reactions} message=${message} />
      ${message.buttons.length > 0 && html`
        <div class="choices">
          ${message.buttons.map(({ id, title }) => html`
            <button class="choice" onClick=${() => onTap(id)}><bdi>${title}</bdi></button>`)}
        </div>`}
      ${message.list_label && html`
        <div class="choices">
          <button class="choice" onClick=${onList}><${Icon} name="list" /><bdi>${message.list_label}</bdi></button>
        </div>`}
    </article>`;
}

function Quote({ quote, brand }) {
  return html`
    <blockquote class="quote">
      <strong>${quote.mine ? "You" : brand}</strong>
      <span dir="auto">${formatted(quote.text || NAMES[quote.kind] || "Message")}</span>
    </blockquote>`;
}

const NAMES = { image: "Photo", video: "Video", audio: "Voice note", document: "Document", sticker: "Sticker" };

function Reactions({ message }) {
  const reactions = [message.their_reaction, message.our_reaction].filter(Boolean);
  return reactions.length > 0 && html`<span class="reactions" aria-label="Reactions">${reactions.join(" ")}</span>`;
}

function File({ message, onPlayed }) {
  const { file, kind } = message;
  const url = mediaUrl(file.id);
  if (kind === "image" || kind === "sticker") {
    return html`<a href=${url} target="_blank" rel="noopener"><img class=${kind} src=${url} alt=${NAMES[kind]} loading="lazy" /></a>`;
  }
  if (kind === "audio") {
    return html`<audio controls preload="metadata" src=${url} aria-label="Voice note"
      onPlay=${() => message.mine || message.status === "played" || onPlayed()}></audio>`;
  }
  return html`
    <a class="document" href=${url} download=${file.filename || true}>
      <${Icon} name="document" />
      <span><bdi>${file.filename || NAMES[kind]}</bdi><small>${file.mime_type}</small></span>
    </a>`;
}
