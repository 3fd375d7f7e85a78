// Ready views and one's own: a name for what the address asks for. And, for supervisors, the way to the exports.

import { Dialog } from "../../components/dialog.js";
import { Icon } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { Menu } from "../../components/menu.js";
import { complain, toast } from "../../components/toast.js";
import { html, useState } from "../../html.js";
import { prefer } from "../../preferences.js";
import { app, may, useStore } from "../../store.js";
import { t } from "../../words.js";
import { addressOf, VIEWS } from "./filters.js";

const Exports = later(() => import("./exports.js").then((module) => module.Exports), { isDialog: true });
const LONGEST_NAME = 60;

export function Views({ query, open }) {
  const saved = useStore(app, (state) => state.preferences.saved_views);
  const [isNaming, setNaming] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const views = [...Object.entries(VIEWS).map(([name, view]) => [t(`view.${name}`), view]), ...saved.map(({ name, query: view }) => [name, view])];
  const here = saved.find((view) => view.query === query);
  const isKnown = views.some(([, view]) => view === query);
  const drop = () => prefer(({ saved_views: all }) => ({ saved_views: all.filter((view) => view.query !== query) })).then(() => toast(t("view.dropped")), complain);
  const items = [
    !isKnown && { label: t("view.save"), onPick: () => setNaming(true) },
    here && { label: t("view.drop", { name: here.name }), onPick: drop, isDanger: true },
    may("export") && { label: t("export.menu"), onPick: () => setExporting(true) },
  ].filter(Boolean);
  return html`
    <div class="ticket-views">
      <nav class="tabs" aria-label=${t("view.title")}>
        ${views.map(([name, view]) => html`
          <a key=${name + view} class="tab" href=${addressOf(open, view)} aria-current=${view === query ? "true" : null}><bdi>${name}</bdi></a>`)}
      </nav>
      ${items.length > 0 && html`<${Menu} label=${t("view.more")} items=${items}><${Icon} name="more" /><//>`}
      ${isNaming && html`<${Naming} query=${query} onClose=${() => setNaming(false)} />`}
      ${isExporting && html`<${Exports} onClose=${() => setExporting(false)} />`}
    </div>`;
}

function Naming({ query, onClose }) {
  const onSubmit = async (event) => {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (!name) return;
    try {
      await prefer(({ saved_views: all }) => ({ saved_views: [...all, { name, query }] }));
      onClose();
    } catch (error) {
      complain(error);
    }
  };
  return html`
    <${Dialog} title=${t("view.save")} onClose=${onClose}>
      <form class="view-form" onSubmit=${onSubmit}>
        <label class="field">${t("view.name")}<input name="name" required maxlength=${LONGEST_NAME} autocomplete="off" autofocus /></label>
        <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
          <button class="button is-primary">${t("view.keep")}</button></div>
      </form>
    <//>`;
}
