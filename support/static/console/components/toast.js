// Short words at the edge of the screen: what was done, or what went wrong. Errors stay until they are read.

import { html } from "../html.js";
import { app, useStore } from "../store.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";
import { inWords } from "./states.js";

const SHOWN = 5000; // milliseconds
let last = 0;

export function toast(text, { isError = false } = {}) {
  const id = (last += 1);
  app.set(({ toasts }) => ({ toasts: [...toasts.slice(-2), { id, text, isError }] }));
  if (!isError) setTimeout(() => drop(id), SHOWN);
}

export const complain = (error) => error?.name === "AbortError" || toast(inWords(error), { isError: true });

function drop(id) {
  app.set(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

export function Toasts() {
  const toasts = useStore(app, (state) => state.toasts);
  return html`
    <div class="toasts" role="status" aria-live="polite">
      ${toasts.map(({ id, text, isError }) => html`
        <p key=${id} class=${`toast ${isError ? "is-error" : ""}`}>
          <span>${text}</span>
          <button class="icon-button" aria-label=${t("action.close")} onClick=${() => drop(id)}>
            <${Icon} name="close" /></button>
        </p>`)}
    </div>`;
}
