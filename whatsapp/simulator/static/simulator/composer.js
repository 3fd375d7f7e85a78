// Where a person types: text, a file with its caption, the message that is being replied to. A draft survives a failure.

import { html, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";

export function Composer({ name, quoted, onDropQuote, file, onDropFile, onAttach, onSend }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const box = useRef();
  const submit = async (event) => {
    event?.preventDefault();
    if (busy || (!text.trim() && !file)) return;
    setBusy(true);
    if (await onSend(text)) setText("");
    setBusy(false);
    box.current?.focus();
  };
  const onKeyDown = (event) => {
    // A phone's keyboard, and one that composes characters, use Enter for themselves.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return html`
    <form class="composer" onSubmit=${submit}>
      ${quoted && html`
        <${Chip} onDrop=${onDropQuote} label="Do not reply to it"><${Icon} name="reply" /> ${quoted.text || "Message"}<//>`}
      ${file && html`
        <${Chip} onDrop=${onDropFile} label="Do not send it"><${Icon} name="document" /> ${file.file.name}<//>`}
      <div class="line">
        <button type="button" class="round" aria-label="Send a photo or something else" onClick=${onAttach}>
          <${Icon} name="attach" />
        </button>
        <textarea rows="1" ref=${box} value=${text} aria-label=${`Message from ${name}`} dir="auto"
          placeholder=${file ? "Add a caption" : "Message"}
          onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown}></textarea>
        <button class="round send" aria-label="Send" disabled=${busy || (!text.trim() && !file)}>
          <${Icon} name="send" />
        </button>
      </div>
    </form>`;
}

function Chip({ onDrop, label, children }) {
  return html`
    <div class="chip">
      <span><bdi>${children}</bdi></span>
      <button type="button" class="round" aria-label=${label} onClick=${onDrop}><${Icon} name="close" /></button>
    </div>`;
}
