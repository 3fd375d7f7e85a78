// A button that opens a menu: arrows move, Escape closes and gives the focus back, a click elsewhere closes.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";

// `items`: [{label, onPick, isDanger?, isDisabled?}]; what is falsy is left out.
export function Menu({ label, className = "icon-button", items, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef();
  const close = () => (setOpen(false), box.current.querySelector("button").focus());
  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = (event) => box.current.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);
  useLayoutEffect(() => {
    if (open) box.current.querySelector("[role=menuitem]")?.focus();
  }, [open]);
  return html`
    <div class="menu" ref=${box} onKeyDown=${(event) => open && keys(event, box.current, close)}>
      <button type="button" class=${className} aria-haspopup="menu" aria-expanded=${String(open)} aria-label=${label}
        title=${label}
        onClick=${() => setOpen(!open)}>${children}</button>
      ${open && html`
        <div class="menu-list" role="menu" aria-label=${label}>
          ${items.filter(Boolean).map((item) => html`
            <button type="button" key=${item.label} role="menuitem" tabindex="-1"
              class=${item.isDanger ? "is-danger" : ""}
              disabled=${item.isDisabled} onClick=${() => (close(), item.onPick())}>${item.label}</button>`)}
        </div>`}
    </div>`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function keys(event, box, close) {
  if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    return close();
  }
  const items = [...box.querySelectorAll("[role=menuitem]:enabled")];
  if (!(event.key in STEPS) || !items.length) return undefined;
  event.preventDefault();
  const at = items.indexOf(document.activeElement);
  return items[(at + STEPS[event.key] + items.length) % items.length].focus();
}
