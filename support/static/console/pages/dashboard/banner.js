// The yellow banner: how many people asked for a person, and the way there.

import { Icon } from "../../components/icons.js";
import { html } from "../../html.js";
import { t } from "../../words.js";

export function Banner({ counts, waiting }) {
  const { open_tickets: open, in_progress_tickets: inProgress, unassigned_tickets: unassigned } = counts;
  const requests = open + inProgress;
  const kind = !requests ? "is-quiet" : unassigned || waiting ? "is-urgent" : "is-calm";
  return html`
    <section class=${`banner ${kind}`} aria-label=${t("banner.title")}>
      <${Icon} name=${requests ? "warning" : "tickets"} />
      <div class="banner-words" role="status">
        ${requests > 0 && html`<p class="banner-kind">${t("banner.title")}</p>`}
        <h2>${requests ? t("banner.requests", { n: requests }) : t("banner.nothing")}</h2>
        ${requests > 0 && html`<p>${t("banner.split", { unassigned, inProgress })}${kind === "is-calm" && ` · ${t("banner.calm")}`}</p>`}
      </div>
      <p class="banner-actions">
        <a class="button" href="/support-tickets">${t("banner.tickets")}</a>
        <a class="button is-primary" href="/conversations">${t("banner.conversations")}</a>
      </p>
    </section>`;
}
