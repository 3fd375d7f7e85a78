// One message of a thread, with what hangs on it: file, quote, buttons, reactions, time and ticks.

import { mediaUrl } from "./api.js";
import { formatted, time } from "./format.js";
import { html } from "./html.js";
import { Icon, Tick } from "./icons.js";

const SWIPE = 60; // pixels to the right, and not more than half as many up or down
const NAMES = { image: "Photo", video: "Video", audio: "Voice note", document: "Document", sticker: "Sticker" };

// `first` of a row of messages from one side: it wears the tail. `on`: what a person does with the message.
export function Bubble({ message, first, brand, on }) {
  if (message.kind === "system") return html`<p class="note"><bdi>${message.text}</bdi></p>`;
  const from = message.mine ? "You" : brand;
  const side = message.mine ? "mine" : "theirs";
  const bare = message.kind === "sticker" && !message.revoked;
  return html`
    <article class=${`message ${side} ${first && !bare ? "first" : ""}`} aria-label=${`${from}, ${time(message.at)}`}
      data-wamid=${message.wamid} tabindex="-1" ...${swipe(on.quote)}>
      <div class=${bare ? "bubble bare" : "bubble"}>
        ${message.revoked ? html`<p class="gone">This message was deleted</p>` : html`<${Inside} ...${{ message, brand, on }} />`}
        <span class="meta">
          ${message.edited && !message.revoked && html`<span>Edited</span>`}
          <time datetime=${message.at}>${time(message.at)}</time>
          ${message.mine && html`<${Tick} status=${message.status} />`}
        </span>
        ${!message.revoked && html`
          <button class="menu" aria-label="React, reply or delete" onClick=${on.menu}><${Icon} name="down" /></button>`}
      </div>
      <${Reactions} message=${message} />
      ${message.buttons.length > 0 && html`
        <div class="choices">
          ${message.buttons.map(({ id, title }) => html`
            <button class="choice" onClick=${() => on.tap(id)}><bdi>${title}</bdi></button>`)}
        </div>`}
      ${message.list_label && html`
        <div class="choices">
          <button class="choice" onClick=${on.list}><${Icon} name="list" /><bdi>${message.list_label}</bdi></button>
        </div>`}
    </article>`;
}

function Inside({ message, brand, on }) {
  const place = message.place_on_map;
  return html`
    ${message.quote && html`<${Quote} quote=${message.quote} brand=${brand} onClick=${() => on.find(message.quote.wamid)} />`}
    ${message.file && html`<${File} message=${message} on=${on} />`}
    ${place && html`<${Place} place=${place} />`}
    ${message.header && html`<p class="head"><bdi>${message.header}</bdi></p>`}
    ${message.text && !place && html`<p class="text" dir="auto">${formatted(message.text)}</p>`}
    ${message.footer && html`<p class="foot"><bdi>${message.footer}</bdi></p>`}`;
}

// A finger that moves a message to the right wants to reply to it.
function swipe(onSwipe) {
  let start;
  return {
    onTouchStart: ({ touches }) => (start = touches.length === 1 ? touches[0] : null),
    onTouchEnd: ({ changedTouches: [end] }) => {
      const across = start ? end.clientX - start.clientX : 0;
      if (across > SWIPE && Math.abs(end.clientY - start.clientY) < across / 2) onSwipe();
    },
  };
}

function Quote({ quote, brand, onClick }) {
  return html`
    <button class="quote" onClick=${onClick}>
      <strong>${quote.mine ? "You" : brand}</strong>
      <span dir="auto">${formatted(quote.text || NAMES[quote.kind] || "Message")}</span>
    </button>`;
}

function Reactions({ message }) {
  const reactions = [message.their_reaction, message.our_reaction].filter(Boolean);
  return reactions.length > 0 && html`<span class="reactions" role="img" aria-label=${`Reactions: ${reactions.join(" ")}`}>
    ${reactions.join(" ")}</span>`;
}

function Place({ place }) {
  return html`
    <div class="place">
      <span class="map" aria-hidden="true"><${Icon} name="location" /></span>
      <p><strong><bdi>${place.name || "Location"}</bdi></strong>
        ${place.address && html`<small><bdi>${place.address}</bdi></small>`}<small>${place.where}</small></p>
    </div>`;
}

function File({ message, on }) {
  const { file, kind } = message;
  const url = mediaUrl(file.id);
  const image = html`<img class=${kind} src=${url} alt=${NAMES[kind]} loading="lazy" />`;
  if (kind === "sticker") return image;
  if (kind === "image") return html`<button class="photo" aria-label="Open the photo" onClick=${on.photo}>${image}</button>`;
  if (kind === "video") return html`<video controls preload="metadata" src=${url} aria-label="Video"></video>`;
  if (kind === "audio") {
    return html`<audio controls preload="metadata" src=${url} aria-label="Voice note"
      onPlay=${() => message.mine || message.status === "played" || on.played()}></audio>`;
  }
  return html`
    <a class="document" href=${url} download=${file.filename || true}>
      <${Icon} name="document" />
      <span><bdi>${file.filename || NAMES[kind]}</bdi><small>${file.mime_type}</small></span>
    </a>`;
}
