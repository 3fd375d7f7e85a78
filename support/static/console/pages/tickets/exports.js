// Files for spreadsheets: which rows, and of which days. Without days: everything.

import { blob } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { inWords } from "../../components/states.js";
import { html, useState } from "../../html.js";
import { dayKey } from "../../time.js";
import { t } from "../../words.js";

const EXPORTS = ["tickets", "first-response", "resolution", "satisfaction"];
const KEPT = 60_000; // milliseconds in which the browser has taken the file

export function Exports({ onClose }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [from, setFrom] = useState("");
  const today = dayKey(Date.now());
  const onSubmit = async (event) => {
    event.preventDefault();
    const { name, ...days } = Object.fromEntries(new FormData(event.target));
    setBusy(true);
    setProblem("");
    try {
      await download(name, Object.entries(days).filter(([, day]) => day));
      return onClose();
    } catch (error) {
      setProblem(inWords(error));
    }
    return setBusy(false);
  };
  return html`
    <${Dialog} title=${t("export.title")} onClose=${onClose}>
      <form class="view-form" onSubmit=${onSubmit}>
        <label class="field">${t("export.what")}<select name="name">
          ${EXPORTS.map((name) => html`<option key=${name} value=${name}>${t(`export.${name}`)}</option>`)}</select></label>
        <label class="field">${t("export.from")}
          <input type="date" name="from" max=${today} value=${from} onInput=${({ target }) => setFrom(target.value)} /></label>
        <label class="field">${t("export.to")}<input type="date" name="to" min=${from || null} max=${today} /></label>
        <p class="muted">${t("export.days")}</p>
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
          <button class="button is-primary" disabled=${busy}>${t(busy ? "export.busy" : "export.take")}</button></div>
      </form>
    <//>`;
}

async function download(name, days) {
  const query = days.length ? `?${new URLSearchParams(days)}` : "";
  const address = URL.createObjectURL(await blob(`/api/admin/exports/${name}.csv${query}`));
  const file = [name, ...days.map(([, day]) => day)].join("-");
  Object.assign(document.createElement("a"), { href: address, download: `${file}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
}
