// The fault switches as a form. What is normal is left out, so an empty object means: nothing is wrong.

import * as api from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { Switch } from "./sheet.js";

const NORMAL = {
  answer: "ok", code: 131026, delay: 0, share: 100, times: 0,
  statuses: "normal", files: "normal", duplicates: false, reorder: false, pair_limit: true,
};
const NEEDS_CODE = ["rejected", "failed_later"];

export function FaultForm({ faults, onChange }) {
  const [options, setOptions] = useState(null);
  useEffect(() => {
    api.getFaults().then((answer) => setOptions(answer.options), () => {});
  }, []);
  if (!options) return html`<p class="hint">Loading the switches…</p>`;

  const now = { ...NORMAL, ...faults };
  const set = (name, value) => {
    const { [name]: _, ...others } = faults;
    onChange(value === NORMAL[name] ? others : { ...others, [name]: value });
  };
  const choice = (name, label) => html`
    <label class="field">${label}
      <select value=${String(now[name])}
        onChange=${({ target }) => set(name, name === "code" ? Number(target.value) : target.value)}>
        ${Object.entries(options[name]).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
      </select>
    </label>`;
  const number = (name, label, most) => html`
    <label class="field">${label}
      <input type="number" min="0" max=${most} defaultValue=${now[name]}
        onChange=${({ target }) => target.reportValidity() && set(name, Number(target.value))} />
    </label>`;
  return html`
    <div class="faults">
      ${choice("answer", "A send is answered")}
      ${NEEDS_CODE.includes(now.answer) && choice("code", "Error code")}
      ${now.answer !== "ok" && html`
        <div class="pair">
          ${number("times", "This many times (0: always)", 1000000)}
          ${number("share", "Of the sends, percent", 100)}
        </div>`}
      ${number("delay", "Seconds before any answer", 60)}
      ${choice("statuses", "Delivery reports")}
      ${choice("files", "Files the person sends")}
      <${Switch} label="Every webhook comes twice" checked=${now.duplicates} onChange=${(value) => set("duplicates", value)} />
      <${Switch} label="Webhooks come in no order" checked=${now.reorder} onChange=${(value) => set("reorder", value)} />
      <${Switch} label="Limit of messages to one person" hint="45 at once, then one every 6 seconds"
        checked=${now.pair_limit} onChange=${(value) => set("pair_limit", value)} />
      <button class="plain" disabled=${!Object.keys(faults).length} onClick=${() => onChange({})}>All back to normal</button>
    </div>`;
}
