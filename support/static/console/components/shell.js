// The frame of every page: where one is, where one can go, who one is, and how the connection stands.

import { look } from "../api.js";
import { useWhileBlind } from "../events.js";
import { html, useState } from "../html.js";
import { brand } from "../page.js";
import { whole } from "../router.js";
import { app, useStore } from "../store.js";
import { clock } from "../time.js";
import { t } from "../words.js";
import { Confirmation } from "./confirm.js";
import { Icon } from "./icons.js";
import { later } from "./later.js";
import { Avatar } from "./person.js";
import { Toasts } from "./toast.js";

const Settings = later(() => whole("settings", import("../pages/settings/settings.js"))
  .then((module) => module.Settings), { isDialog: true });
const PLACES = [
  { folder: "dashboard", href: "/dashboard" },
  { folder: "conversations", href: "/conversations", figure: "active_chats" },
  { folder: "tickets", href: "/support-tickets", figure: "unassigned_tickets" },
];

export function Shell({ folder, onLeave, children }) {
  const { user } = useStore(app, (state) => state.me);
  const figures = useStore(app, (state) => state.figures);
  const [settings, setSettings] = useState(false);
  useWhileBlind(10, askFigures);
  return html`
    <div class="shell">
      <a class="skip" href="#main" onClick=${skip}>${t("shell.skip")}</a>
      <header class="rail">
        <span class="mark" title=${brand} aria-hidden="true">${brand[0]}</span>
        <nav aria-label=${t("shell.navigation")}>
          ${PLACES.map((place) => html`<${Place} key=${place.folder} ...${place} isHere=${folder === place.folder}
            count=${figures?.[place.figure]} />`)}
        </nav>
        <${Connection} />
        <button class="me" onClick=${() => setSettings(true)}>
          <${Avatar} name=${user.name} of=${user.username} />
            <span class="unseen">${t("shell.me", { name: user.name })}</span>
          <small>${t(`role.${user.role}`)}</small>
        </button>
      </header>
      <main id="main" tabindex="-1">${children}</main>
      ${settings && html`<${Settings} onClose=${() => setSettings(false)} onLeave=${onLeave} />`}
      <${Confirmation} />
      <${Toasts} />
    </div>`;
}

function Place({ folder, href, count, figure, isHere }) {
  return html`
    <a href=${href} aria-current=${isHere ? "page" : null}>
      <${Icon} name=${folder} /><span>${t(`shell.${folder}`)}</span>
      ${count > 0 && html`<b class="count" aria-label=${t(`shell.${figure}`, { n: count })}>
        ${count > 99 ? "99+" : count}</b>`}
    </a>`;
}

export function Connection() {
  const { state, since } = useStore(app, (whole) => whole.connection);
  const words = t(`connection.${state}`, { time: since ? clock(since) : "" });
  return html`<p class=${`connection is-${state}`} role="status" title=${words}><i aria-hidden="true"></i>
    <span>${words}</span></p>`;
}

// What the stream tells meanwhile is newer.
async function askFigures() {
  const answer = await look("/api/support/notifications").catch(() => null);
  if (answer && app.get().connection.state !== "live") app.set({ figures: answer.data });
}

// The address of a page must not become its #main.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}
