// What WhatsApp takes outside the 24 hours: one of the approved templates, with words for its places.

import { post } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { inWords } from "../../components/states.js";
import { toast } from "../../components/toast.js";
import { html, useMemo, useState } from "../../html.js";
import { newKey } from "../../keys.js";
import { t } from "../../words.js";
import { addressOf } from "./thread.js";

export function Templates({ person, templates, onClose }) {
  const [at, setAt] = useState(0);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const template = templates[at];
  const key = useMemo(newKey, [at]);
  const places = Array.from({ length: template.parameter_count }, (_, index) => index + 1);
  const onSubmit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    try {
      const parameters = places.map((place) => form.get(`place-${place}`));
      await post(`${addressOf(person.contact_id)}/templates`,
        { name: template.name, language: template.language, parameters, client_id: key });
      toast(t("template.sent"));
      return onClose();
    } catch (error) {
      setProblem(inWords(error));
      return setBusy(false);
    }
  };
  return html`
    <${Dialog} title=${t("template.title")} onClose=${onClose}>
      <p class="muted">${t("template.why")}</p>
      <form class="dialog-form" onSubmit=${onSubmit}>
        <label class="field">${t("template.which")}
          <select value=${at} onChange=${({ target }) => setAt(Number(target.value))}>
            ${templates.map(({ name, language }, index) =>
              html`<option key=${name + language} value=${index}>${name} (${language})</option>`)}
          </select></label>
        <blockquote class="template-body" dir="auto">${template.body}</blockquote>
        ${places.map((place) => html`
          <label class="field" key=${`${at} ${place}`}>{{${place}}}
            <input name=${`place-${place}`} required maxlength="1024" autocomplete="off" /></label>`)}
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
          <button class="button is-primary" disabled=${busy}>${t("template.send")}</button>
        </div>
      </form>
    <//>`;
}
