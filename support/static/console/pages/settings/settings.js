// Who one is and how one likes the console: the dialog behind one's own initials.

import { Dialog } from "../../components/dialog.js";
import { complain, toast } from "../../components/toast.js";
import { html } from "../../html.js";
import { prefer } from "../../preferences.js";
import { logOut } from "../../session.js";
import { askLeave } from "../../signals.js";
import { app, useStore } from "../../store.js";
import { LANGUAGES, t } from "../../words.js";

export function Settings({ onClose, onLeave }) {
  const { user } = useStore(app, (state) => state.me);
  const wishes = useStore(app, (state) => state.preferences);
  const set = (change) => prefer(change).catch(complain);
  const notifications = async (event) => {
    const wanted = event.target.checked;
    if (!wanted || (await askLeave())) return set({ notifications: wanted });
    event.target.checked = false;
    return toast(t("settings.refused"), { isError: true });
  };
  const leave = (everywhere) => logOut({ everywhere })
    .then(() => onLeave(true), () => toast(t("error.unreachable"), { isError: true }));
  const languages = { auto: t("settings.language.auto"), ...LANGUAGES };
  const themes = Object.fromEntries(["system", "light", "dark"].map((name) => [name, t(`settings.theme.${name}`)]));
  return html`
    <${Dialog} title=${t("settings.title")} onClose=${onClose}>
      <p class="muted"><bdi>${user.name}</bdi> · ${t(`role.${user.role}`)}</p>
      <${Choice} label=${t("settings.theme")} value=${wishes.theme} options=${themes}
        onPick=${(theme) => set({ theme })} />
      <${Choice} label=${t("settings.language")} value=${wishes.language} options=${languages}
        onPick=${(language) => prefer({ language }).then(() => location.reload(), complain)} />
      <${Switch} label=${t("settings.sound")} checked=${wishes.sound}
        onChange=${({ target }) => set({ sound: target.checked })} />
      <${Switch} label=${t("settings.count")} checked=${wishes.title_count}
        onChange=${({ target }) => set({ title_count: target.checked })} />
      <${Switch} label=${t("settings.notifications")} checked=${wishes.notifications} onChange=${notifications} />
      <div class="dialog-actions">
        <button class="button" onClick=${() => leave(true)}>${t("settings.leaveAll")}</button>
        <button class="button" onClick=${() => leave(false)}>${t("settings.leave")}</button>
        <button class="button is-primary" onClick=${onClose}>${t("action.close")}</button>
      </div>
    <//>`;
}

function Choice({ label, value, options, onPick }) {
  return html`
    <label class="setting">${label}
      <select value=${value} onChange=${(event) => onPick(event.target.value)}>
        ${Object.entries(options).map(([name, words]) =>
          html`<option key=${name} value=${name} selected=${name === value}>${words}</option>`)}
      </select>
    </label>`;
}

function Switch({ label, checked, onChange }) {
  return html`<label class="setting">${label}
    <input type="checkbox" role="switch" checked=${checked} onChange=${onChange} /></label>`;
}
