// Short words at the edge of the screen: what was done, or what went wrong. Errors stay until they are read, the
// earlier behind the later; the same is said once.

import { html } from "../html.js";
import { app, useStore } from "../store.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";
import { inWords } from "./states.js";

const SHOWN = 5000; // milliseconds
const ROOM = 3;
let last = 0;

// `href`: where one can do something about it. Returns how to take it back.
export function toast(text, { isError = false, href = null } = {}) {
  const id = (last += 1);
  const drop = () => app.set(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
  const isOther = (one) => one.text !== text || one.href !== href;
  app.set(({ toasts }) => ({ toasts: [...toasts.filter(isOther), { id, text, isError, href, drop }] }));
  if (!isError) setTimeout(drop, SHOWN);
  return drop;
}

export const complain = (error) => error?.name === "AbortError" || toast(inWords(error), { isError: true });

export function Toasts() {
  const toasts = useStore(app, (state) => state.toasts);
  return html`
    <div class="toasts" role="status" aria-live="polite">
      ${toasts.slice(-ROOM).map(({ id, text, isError, href, drop }) => html`
        <p key=${id} class=${`toast ${isError ? "is-error" : ""}`}>
          ${href ? html`<a href=${href} dir="auto" onClick=${drop}>${text}</a>` : html`<span dir="auto">${text}</span>`}
          <button class="icon-button" aria-label=${t("action.close")} onClick=${drop}>
            <${Icon} name="close" /></button>
        </p>`)}
    </div>`;
}
