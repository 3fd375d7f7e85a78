// What stands where nothing else does: waiting, nothing there, something went wrong. Each says what one can do.

import { mayPass, Unreachable } from "../api.js";
import { html, useEffect } from "../html.js";
import { t } from "../words.js";
import { Icon } from "./icons.js";

export function Loading({ lines = 6 }) {
  return html`
    <div class="loading" role="status" aria-label=${t("state.loading")}>
      ${Array.from({ length: lines }, (_, index) => html`<span class="bone" key=${index}></span>`)}
    </div>`;
}

export function Empty({ icon = "conversations", title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><p class="empty-title">${title}</p>${children}</div>`;
}

const PAUSE = 10; // seconds

// What may pass is tried again by itself: when the network is back, when the API said that it would do, or soon.
function useHealing(error, again) {
  useEffect(() => {
    if (!again || !mayPass(error)) return undefined;
    const timer = setTimeout(again, (error.retryAfter || PAUSE) * 1000);
    addEventListener("online", again);
    return () => (clearTimeout(timer), removeEventListener("online", again));
  }, [error]);
}

export function Failed({ error, onRetry }) {
  useHealing(error, onRetry);
  return html`
    <div class="empty" role="alert">
      <${Icon} name="warning" /><p class="empty-title">${inWords(error)}</p>
      ${onRetry && html`<button class="button" onClick=${onRetry}>${t("action.retry")}</button>`}
    </div>`;
}

// What an error means for the person who meets it.
export function inWords(error) {
  if (error instanceof Unreachable) return t("error.unreachable");
  if (error.status === 429) return t("error.limited", { n: error.retryAfter || 1 });
  if (error.status >= 500) return t("error.server");
  const details = Object.values(error.errors ?? {}).flat();
  return details.length ? details.join(" ") : error.message;
}
