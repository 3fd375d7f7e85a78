// One phone: whose it is, the chat with us, the composer, and the sheets that slide over them.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { day, initials, time } from "./format.js";
import { html, useEffect, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Settings } from "./settings.js";
import { AttachSheet, ListSheet, MessageSheet, PhotoSheet } from "./sheet.js";
import { act, brand, remember, remembered } from "./store.js";
import { Thread } from "./thread.js";

const ONLINE = 10 * 60_000; // milliseconds since we were last heard of

export function Phone({ phone, visible, hidden }) {
  const [sheet, setSheet] = useState(null); // {name, wamid?}
  const [quoted, setQuoted] = useState(null);
  const [editing, setEditing] = useState(null);
  const [file, setFile] = useState(null);
  const [problem, setProblem] = useState("");
  const [reads, setReads] = useState(remembered(`reads.${phone.id}`, true));
  const typing = useTyping(phone);
  useReading(phone, visible && reads);

  const attempt = async (promise) => {
    setProblem("");
    try {
      await act(promise);
      return true;
    } catch (error) {
      setProblem(error.message);
      return false;
    }
  };
  const say = (message) => (setSheet(null), attempt(api.say(phone.id, message)));
  const send = async (text, attached = file) => {
    const sent = await attempt(sending(text, attached));
    if (sent) (setQuoted(null), setFile(null), setEditing(null));
    return sent;
  };
  const sending = (text, attached) => {
    const quotes = quoted?.wamid ?? "";
    if (editing) return api.say(phone.id, { type: "edit", wamid: editing.wamid, text });
    if (attached) return api.sendFile(phone.id, { ...attached, caption: text, quotes });
    return api.say(phone.id, { type: "text", text, quotes });
  };
  const quote = (message) => (setEditing(null), setQuoted(message), setSheet(null));
  const message = sheet?.wamid && phone.messages.get(sheet.wamid);
  const close = () => setSheet(null);
  const sheets = {
    list: () => html`<${ListSheet} message=${message} onClose=${close}
      onChoose=${(id) => say({ type: "tap", wamid: message.wamid, id })} />`,
    message: () => html`<${MessageSheet} message=${message} onClose=${close}
      onReact=${(emoji) => say({ type: "reaction", wamid: message.wamid, emoji })}
      onRevoke=${() => say({ type: "revoke", wamid: message.wamid })}
      onEdit=${() => (setQuoted(null), setFile(null), setEditing(message), close())}
      onQuote=${() => quote(message)} />`,
    photo: () => html`<${PhotoSheet} message=${message} onClose=${close} />`,
    attach: () => html`<${AttachSheet} onClose=${close} onSay=${say}
      onSticker=${(image) => (close(), send("", { kind: "sticker", file: image }))}
      onFile=${(chosen) => (setEditing(null), setFile(chosen.file ? chosen : null), close())} />`,
    settings: () => html`<${Settings} phone=${phone} reads=${reads} attempt=${attempt} onClose=${close}
      onReads=${(value) => (remember(`reads.${phone.id}`, value), setReads(value))} />`,
  };
  return html`
    <section class="phone" id=${`phone-${phone.id}`} hidden=${hidden} aria-label=${`Phone of ${phone.name}`}>
      <div class="under" inert=${Boolean(sheet)}>
        <${Owner} phone=${phone} onSettings=${() => setSheet({ name: "settings" })} />
        <header class="chat-head">
          <span class="avatar" aria-hidden="true">${initials(brand)}</span>
          <div>
            <h3>${brand}</h3>
            <p aria-live="polite">${presence(phone, typing)}</p>
          </div>
        </header>
        <${Thread} phone=${phone} typing=${typing && phone.online} onSay=${say} onSheet=${setSheet} onQuote=${quote} />
        ${(problem || phone.trouble) && html`<p class="problem" role="alert">${problem || phone.trouble}</p>`}
        <${Composer} key=${editing?.wamid ?? ""} phone=${phone} quoted=${quoted} onDropQuote=${() => setQuoted(null)}
          editing=${editing} onDropEdit=${() => setEditing(null)} onProblem=${setProblem}
          file=${file} onDropFile=${() => setFile(null)} onAttach=${() => setSheet({ name: "attach" })} onSend=${send} />
      </div>
      ${sheet && (!sheet.wamid || message) && sheets[sheet.name]()}
    </section>`;
}

// What the app says under our name: what we do now, or when we were last heard of.
function presence(phone, typing) {
  if (!phone.online) return "No network";
  if (typing) return "typing…";
  const heard = [...phone.messages.values()].findLast((message) => !message.mine || message.status === "read")?.at;
  if (!heard || Date.now() - new Date(heard) < ONLINE) return "online";
  return `last seen ${day(heard).toLowerCase()} at ${time(heard)}`;
}

function Owner({ phone, onSettings }) {
  const faulty = Object.keys(phone.faults).length > 0;
  return html`
    <div class="owner">
      <span class=${`dot ${phone.online ? "on" : "off"}`} aria-hidden="true"></span>
      <h2><bdi>${phone.name}</bdi> <small>${phone.hides_number ? "number hidden" : `+${phone.number}`}</small></h2>
      ${faulty && html`<span class="faulty"><${Icon} name="bolt" />faults</span>`}
      <button class="round" aria-label=${`Settings of ${phone.name}'s phone`} onClick=${onSettings}>
        <${Icon} name="more" />
      </button>
    </div>`;
}

// The typing dots end by themselves, even when nothing new arrives.
function useTyping(phone) {
  const [, redraw] = useState(0);
  const left = phone.typingUntil - Date.now();
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => redraw((count) => count + 1), left);
    return () => clearTimeout(timer);
  }, [phone.typingUntil]);
  return left > 0;
}

// Our chat counts as open on the phone while a person can see it here.
function useReading(phone, wanted) {
  useEffect(() => {
    const tell = () => {
      const reading = wanted && !document.hidden && document.getElementById("app").checkVisibility();
      api.changePhone(phone.id, { reading }, { keepalive: true }).catch(() => {});
    };
    tell();
    const leave = () => api.changePhone(phone.id, { reading: false }, { keepalive: true }).catch(() => {});
    document.addEventListener("visibilitychange", tell);
    addEventListener("sidechange", tell); // of the desk, where the phones may stand behind the console
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("sidechange", tell);
      document.removeEventListener("visibilitychange", tell);
      removeEventListener("pagehide", leave);
      leave();
    };
  }, [phone.id, wanted]);
}
