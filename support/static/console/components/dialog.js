// Modal dialogs on the browser's own <dialog>: focus stays inside, Escape closes, focus goes back to where it was.

import { html, useLayoutEffect, useRef } from "../html.js";

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
