// A sheet that slides over one phone. The phone makes what lies under it inert; Escape and the close button end it.

import { mediaUrl } from "./api.js";
import { html, useLayoutEffect, useRef } from "./html.js";
import { Icon } from "./icons.js";

export function Sheet({ title, onClose, children, kind = "" }) {
  const box = useRef();
  const began = useRef(null); // where the button went down: whoever selects words may let go anywhere
  useLayoutEffect(() => {
    const before = document.activeElement; // still: what became inert loses the focus only with the next frame
    box.current.focus();
    return () => requestAnimationFrame(() => before?.focus());
  }, []);
  const onKeyDown = (event) => event.key === "Escape" && (event.stopPropagation(), onClose());
  const onClick = ({ target, currentTarget }) => target === currentTarget && began.current === target && onClose();
  return html`
    <div class="curtain" onPointerDown=${({ target }) => (began.current = target)} onClick=${onClick}>
      <div class=${`sheet ${kind}`} role="dialog" aria-modal="true" aria-label=${title} tabindex="-1" ref=${box} onKeyDown=${onKeyDown}>
        <header class="sheet-head">
          <h3>${title}</h3>
          <button class="round" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
        </header>
        <div class="sheet-body">${children}</div>
      </div>
    </div>`;
}

export function Switch({ label, hint, checked, onChange }) {
  return html`
    <label class="switch">
      <span>${label}${hint && html`<small>${hint}</small>`}</span>
      <input type="checkbox" role="switch" checked=${checked} onChange=${(event) => onChange(event.target.checked)} />
    </label>`;
}

// The rows of a list message: choose one, then send it, as in the app.
export function ListSheet({ message, onChoose, onClose }) {
  const onSubmit = (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target).get("row");
    if (chosen !== null) onChoose(chosen);
  };
  return html`
    <${Sheet} title=${message.list_label} onClose=${onClose}>
      <form onSubmit=${onSubmit}>
        ${message.sections.map((section) => html`
          <fieldset>
            ${section.title && html`<legend>${section.title}</legend>`}
            ${section.rows.map((row) => html`
              <label class="row">
                <span><bdi>${row.title}</bdi>${row.description && html`<small><bdi>${row.description}</bdi></small>`}</span>
                <input type="radio" name="row" value=${row.id} required />
              </label>`)}
          </fieldset>`)}
        <button class="primary">Send</button>
      </form>
    <//>`;
}

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export function MessageSheet({ message, onReact, onQuote, onEdit, onRevoke, onClose }) {
  return html`
    <${Sheet} title="Message" onClose=${onClose}>
      <div class="emoji">
        ${EMOJI.map((emoji) => html`
          <button aria-label=${`React with ${emoji}`} aria-pressed=${message.their_reaction === emoji}
            onClick=${() => onReact(message.their_reaction === emoji ? "" : emoji)}>${emoji}</button>`)}
      </div>
      <button class="action" onClick=${onQuote}><${Icon} name="reply" /> Reply to this message</button>
      ${message.mine && message.kind === "text" && html`
        <button class="action" onClick=${onEdit}><${Icon} name="pen" /> Edit</button>`}
      ${message.mine && html`
        <button class="action danger" onClick=${onRevoke}><${Icon} name="bin" /> Delete for everyone</button>`}
    <//>`;
}

export function PhotoSheet({ message, onClose }) {
  const url = mediaUrl(message.file.id);
  return html`
    <${Sheet} title="Photo" kind="full" onClose=${onClose}>
      <img src=${url} alt="Photo" />
      ${message.text && html`<p dir="auto">${message.text}</p>`}
      <a href=${url} target="_blank" rel="noopener">In full size</a>
    <//>`;
}

const FILES = [
  { kind: "image", icon: "photo", label: "Photo", accept: "image/*" },
  { kind: "video", icon: "film", label: "Video", accept: "video/*" },
  { kind: "document", icon: "document", label: "Document", accept: "" },
  { kind: "audio", icon: "voice", label: "Sound file", accept: "audio/*" },
];
const OTHERS = [
  { type: "location", icon: "location", label: "Location" },
  { type: "contact", icon: "contact", label: "Contact" },
  { type: "unsupported", icon: "puzzle", label: "Something unreadable" },
];

const STICKERS = ["🎓", "📚", "🎉", "🤔", "🙏"];

// A sticker as the app sends them: WebP, 512 pixels a side.
async function sticker(emoji) {
  const canvas = new OffscreenCanvas(512, 512);
  const pen = canvas.getContext("2d");
  Object.assign(pen, { font: "400px system-ui", textAlign: "center", textBaseline: "middle" });
  pen.fillText(emoji, 256, 276);
  const type = "image/webp";
  return new File([await canvas.convertToBlob({ type })], "sticker.webp", { type });
}

export function AttachSheet({ onFile, onSay, onSticker, onClose }) {
  return html`
    <${Sheet} title="Send" onClose=${onClose}>
      <div class="tiles">
        ${FILES.map(({ kind, icon, label, accept }) => html`
          <label class="tile"><${Icon} name=${icon} />${label}
            <input type="file" accept=${accept} onChange=${(event) => onFile({ kind, file: event.target.files[0] })} />
          </label>`)}
        ${OTHERS.map(({ type, icon, label }) => html`
          <button class="tile" onClick=${() => onSay({ type })}><${Icon} name=${icon} />${label}</button>`)}
      </div>
      <h4>Stickers</h4>
      <div class="emoji">
        ${STICKERS.map((emoji) => html`
          <button aria-label=${`Send the sticker ${emoji}`} onClick=${() => sticker(emoji).then(onSticker)}>${emoji}</button>`)}
      </div>
    <//>`;
}
