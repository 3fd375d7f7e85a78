// How much waits, and the way there.

import { Loading } from "../../components/states.js";
import { html, useEffect } from "../../html.js";
import { setTitle } from "../../notify.js";
import { app, useStore } from "../../store.js";
import { t } from "../../words.js";

export default function Dashboard() {
  const figures = useStore(app, (state) => state.figures);
  useEffect(() => setTitle(t("shell.dashboard")), []);
  return html`<div class="dashboard"><h1>${t("shell.dashboard")}</h1>${figures ? html`<${Banner} ...${figures} />` : html`<${Loading} lines=${1} />`}</div>`;
}

function Banner({ open_tickets: open, in_progress_tickets: inProgress, unassigned_tickets: unassigned }) {
  const requests = open + inProgress;
  return html`
    <section class=${`banner ${unassigned ? "is-urgent" : ""}`}>
      <div>
        <h2>${requests ? t("dashboard.requests", { n: requests }) : t("dashboard.nothing")}</h2>
        ${requests > 0 && html`<p>${t("dashboard.split", { unassigned, inProgress })}</p>`}
      </div>
      <p class="banner-actions">
        <a class="button" href="/support-tickets">${t("dashboard.tickets")}</a>
        <a class="button is-primary" href="/conversations">${t("dashboard.conversations")}</a>
      </p>
    </section>`;
}
