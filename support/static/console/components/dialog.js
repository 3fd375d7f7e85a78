// Modal dialogs on the browser's own <dialog>: focus stays inside, Escape closes, focus goes back to where it was.

import { html, useLayoutEffect, useRef } from "../html.js";
import { app, useStore } from "../store.js";
import { t } from "../words.js";

export function Dialog({ title, onClose, children }) {
  const box = useRef();
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => (dialog.close(), before?.isConnected && before.focus());
  }, []);
  const onCancel = (event) => (event.preventDefault(), onClose());
  const onClick = (event) => event.target === box.current && onClose();
  return html`
    <dialog class="dialog" ref=${box} aria-labelledby="dialog-title" onCancel=${onCancel} onClick=${onClick}>
      <div class="dialog-inside"><h2 id="dialog-title">${title}</h2>${children}</div>
    </dialog>`;
}

// Ask before something that cannot be taken back: resolves to whether they want it.
export function confirm({ title, body, action, isDanger = false }) {
  return new Promise((resolve) => app.set({ dialog: { title, body, action, isDanger, resolve } }));
}

export function Confirmation() {
  const asked = useStore(app, (state) => state.dialog);
  if (!asked) return null;
  const answer = (wanted) => (app.set({ dialog: null }), asked.resolve(wanted));
  return html`
    <${Dialog} title=${asked.title} onClose=${() => answer(false)}>
      <p>${asked.body}</p>
      <div class="dialog-actions">
        <button class="button" autofocus onClick=${() => answer(false)}>${t("action.cancel")}</button>
        <button class=${`button ${asked.isDanger ? "is-danger" : "is-primary"}`} onClick=${() => answer(true)}>
          ${asked.action}</button>
      </div>
    <//>`;
}
