// Modal dialogs on the browser's own <dialog>: focus stays inside, Escape closes, focus goes back to where it was. A
// click beside it closes, too, unless it began within: whoever selects words may let go anywhere. The page behind can be
// neither reached nor heard, so what is told meanwhile is told here.

import { html, useLayoutEffect, useRef } from "../html.js";
import { Toasts } from "./toast.js";

export function Dialog({ title, onClose, children }) {
  const box = useRef();
  const began = useRef(null); // where the button went down
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => (dialog.close(), before?.isConnected && before.focus());
  }, []);
  const onCancel = (event) => (event.preventDefault(), onClose());
  const onClick = ({ target }) => target === box.current && began.current === target && onClose();
  return html`
    <dialog class="dialog" ref=${box} aria-labelledby="dialog-title" onCancel=${onCancel}
      onPointerDown=${({ target }) => (began.current = target)} onClick=${onClick}>
      <div class="dialog-inside"><h2 id="dialog-title">${title}</h2>${children}</div>
      <${Toasts} />
    </dialog>`;
}
