// Single keys for whoever answers all day. They can be turned off, and never act while somebody types.

import { Dialog } from "../../components/dialog.js";
import { complain } from "../../components/toast.js";
import { html, useLayoutEffect } from "../../html.js";
import { prefer } from "../../preferences.js";
import { navigate } from "../../router.js";
import { app, may, useStore } from "../../store.js";
import { t } from "../../words.js";
import { addressOf } from "./filters.js";
import { list, toggle } from "./list.js";

const KEYS = ["j", "k", "r", "n", "a", "e", "x", "/", "?"];
const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu]";

export function useShortcuts({ open, query, ticket, onHelp }) {
  useLayoutEffect(() => { // before the next key, which must not act on the ticket that was open before
    const step = (by) => {
      const rows = list.get().rows ?? [];
      const at = rows.findIndex(({ id }) => id === open);
      const next = at < 0 ? rows[0] : rows[at + by];
      if (!next) return;
      navigate(addressOf(next.id, query), { replace: Boolean(open) });
      document.querySelector(`.tickets [data-ticket="${next.id}"]`)?.scrollIntoView({ block: "nearest" });
    };
    const work = (verb) => ticket?.store.get().ticket && may("answer") && verb();
    const write = (mode) => may("answer") && ticket?.write(mode);
    const verbs = {
      j: () => step(1),
      k: () => step(-1),
      r: () => write("answer"),
      n: () => write("note"),
      a: () => work(ticket.takeByKey),
      e: () => work(ticket.resolve),
      x: () => open && may("bulk") && toggle(open),
      "/": () => document.querySelector(".tickets input[type=search]")?.focus(),
      "?": onHelp,
    };
    const listener = (event) => {
      const isFree = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && app.get().preferences.shortcuts !== false;
      if (!isFree || !verbs[event.key] || event.target.closest?.(TYPED_IN) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      if (!isComing(ticket)) verbs[event.key]();
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [open, query, ticket]);
}

// Somebody wants to write already, and the box is not there yet: what they type is no command.
function isComing(ticket) {
  const { wanted, ticket: known } = ticket?.store.get() ?? {};
  return wanted > 0 && !known;
}

export function Help({ onClose }) {
  const isOn = useStore(app, (state) => state.preferences.shortcuts !== false);
  return html`
    <${Dialog} title=${t("keys.title")} onClose=${onClose}>
      <dl class="keys">
        ${KEYS.map((key) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${t(`keys.${key}`)}</dd></div>`)}
        <div><dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>${t("keys.send")}</dd></div>
      </dl>
      <label class="setting">${t("keys.on")}
        <input type="checkbox" role="switch" checked=${isOn} onChange=${({ target }) => prefer({ shortcuts: target.checked }).catch(complain)} /></label>
      <div class="dialog-actions"><button class="button is-primary" autofocus onClick=${onClose}>${t("action.close")}</button></div>
    <//>`;
}
