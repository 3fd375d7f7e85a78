// Where a person types: text, a file with its caption, the message that is replied to or edited, or a voice note.
// A draft survives a failure, and a reload of the page.

import { html, useEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";
import { remember, remembered } from "./store.js";
import { canRecord, record, Recording } from "./voice.js";

export function Composer({ phone, quoted, onDropQuote, editing, onDropEdit, file, onDropFile, onAttach, onSend, onProblem }) {
  const draft = `draft.${phone.id}`;
  const [text, setText] = useState(editing ? editing.text : remembered(draft, ""));
  const [busy, setBusy] = useState(false);
  const [recording, setRecording] = useState(null);
  const box = useRef();
  const canSend = Boolean(text.trim() || file);
  useEffect(() => {
    if (quoted || editing || file) box.current?.focus();
  }, [quoted, editing, file]);
  useEffect(() => () => recording?.drop(), [recording]);

  const write = (words) => {
    setText(words);
    if (!editing) remember(draft, words);
  };
  const submit = async (event) => {
    event?.preventDefault();
    if (busy || !canSend) return;
    setBusy(true);
    if (await onSend(text)) write("");
    setBusy(false);
    box.current?.focus();
  };
  const onKeyDown = (event) => {
    // A phone's keyboard, and one that composes characters, use Enter for themselves.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
    if (event.key === "Escape" && editing) onDropEdit();
  };
  const begin = () => record().then(setRecording, (error) => onProblem(error.message));
  const finish = async () => {
    setRecording(null);
    await recording.finish().then((note) => onSend("", { kind: "audio", file: note }), (error) => onProblem(error.message));
  };
  if (recording) {
    return html`<div class="composer"><${Recording} onDrop=${() => setRecording(null)} onFinish=${finish} /></div>`;
  }
  return html`
    <form class="composer" onSubmit=${submit}>
      ${quoted && html`
        <${Chip} onDrop=${onDropQuote} label="Do not reply to it"><${Icon} name="reply" /> ${quoted.text || "Message"}<//>`}
      ${editing && html`
        <${Chip} onDrop=${onDropEdit} label="Do not edit it"><${Icon} name="pen" /> Edit: ${editing.text}<//>`}
      ${file && html`
        <${Chip} onDrop=${onDropFile} label="Do not send it"><${Icon} name="document" /> ${file.file.name}<//>`}
      <div class="line">
        <button type="button" class="round" aria-label="Send a photo or something else" onClick=${onAttach}>
          <${Icon} name="attach" />
        </button>
        <textarea rows="1" ref=${box} value=${text} aria-label=${`Message from ${phone.name}`} dir="auto"
          placeholder=${file ? "Add a caption" : "Message"}
          onInput=${(event) => write(event.target.value)} onKeyDown=${onKeyDown}></textarea>
        ${canSend || !canRecord ? html`
          <button key="send" class="round send" aria-label="Send" disabled=${busy || !canSend}><${Icon} name="send" /></button>` : html`
          <button key="voice" type="button" class="round send" aria-label="Record a voice note" onClick=${begin}>
            <${Icon} name="voice" />
          </button>`}
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
