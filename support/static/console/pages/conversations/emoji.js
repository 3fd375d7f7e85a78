// A small choice of emoji; the rest is in everybody's keyboard.

import { Icon } from "../../components/icons.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { t } from "../../words.js";

const ALL = [..."😀😄😊🙂😉😍🤗🤔😅😂😢😕🙏👍👎👏💪🙌👋👌✅❌❗❓⭐🎉🎓📚📝📷📎💳⏰📅🔒💡❤💚🔥🌍"];

export function Emoji({ onPick }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef();
  useEffect(() => {
    if (!isOpen) return undefined;
    box.current.querySelector(".emoji-grid button").focus();
    const elsewhere = (event) => box.current.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [isOpen]);
  const pick = (emoji) => (setOpen(false), onPick(emoji));
  const onKeyDown = (event) => isOpen && event.key === "Escape"
    && (event.preventDefault(), setOpen(false), box.current.querySelector("button").focus());
  return html`
    <div class="emoji" ref=${box} onKeyDown=${onKeyDown}>
      <button type="button" class="icon-button" aria-expanded=${String(isOpen)} aria-label=${t("composer.emoji")}
        title=${t("composer.emoji")}
        onClick=${() => setOpen(!isOpen)}><${Icon} name="smile" /></button>
      ${isOpen && html`
        <div class="emoji-grid" role="group" aria-label=${t("composer.emoji")}>
          ${ALL.map((emoji) => html`<button type="button" key=${emoji} onClick=${() => pick(emoji)}>
            ${emoji}</button>`)}</div>`}
    </div>`;
}
