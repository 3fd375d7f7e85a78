// The dialog of `confirm`.

import { html } from "../html.js";
import { t } from "../words.js";
import { Dialog } from "./dialog.js";

export function Question({ title, body, action, isDanger, onClose, onWanted }) {
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p>${body}</p>
      <div class="dialog-actions">
        <button class="button" autofocus onClick=${onClose}>${t("action.cancel")}</button>
        <button class=${`button ${isDanger ? "is-danger" : "is-primary"}`} onClick=${onWanted}>${action}</button>
      </div>
    <//>`;
}
