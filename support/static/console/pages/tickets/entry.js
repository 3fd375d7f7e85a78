// One entry of a ticket's thread: what was said, a note of the team, or what happened.

import { post } from "../../api.js";
import { Icon, Tick } from "../../components/icons.js";
import { later } from "../../components/later.js";
import { complain } from "../../components/toast.js";
import { formatted } from "../../components/whatsapp_text.js";
import { html, useState } from "../../html.js";
import { addressOf } from "../../router.js";
import { may } from "../../store.js";
import { brief, clock, fullTime } from "../../time.js";
import { t } from "../../words.js";

const Media = later(() => import("../../components/media.js").then((module) => module.Media), { className: "media" });

export function Entry({ entry, ticket }) {
  const { kind, sender_type: sender, sender_name: name, message, created_at: at, delivery_status: status } = entry;
  if (kind === "event") return html`<p class="entry-event"><span dir="auto">${message}</span> · <time datetime=${at} title=${fullTime(at)}>${moment(at)}</time></p>`;
  return html`
    <article class=${`entry is-${kind === "note" ? "note" : sender}`} data-id=${entry.id} aria-label=${t("entry.label", { name, time: moment(at) })}>
      <p class="entry-who">${kind === "note" && html`<${Icon} name="note" />${t("entry.note")} · `}<bdi>${name}</bdi>${kind === "reported" && ` · ${t("entry.reported")}`}</p>
      <div class="entry-body">
        ${entry.media && html`<${Media} message=${entry} />`}
        ${!entry.media && !message && html`<p><a href=${addressOf(ticket.contact_id)}>${t("entry.elsewhere")}</a></p>`}
        ${message && html`<p class="entry-text" dir="auto">${kind === "note" ? message : formatted(message)}</p>`}
        <p class="entry-meta"><time datetime=${at} title=${fullTime(at)}>${moment(at)}</time>
          ${status && html`<${Tick} status=${status} label=${t(`status.${status}`)} />`}</p>
      </div>
      ${(entry.error || entry.retry_possible) && html`<${Trouble} entry=${entry} />`}
    </article>`;
}

const moment = (at) => (brief(at) === clock(at) ? clock(at) : `${brief(at)} ${clock(at)}`);

function Trouble({ entry }) {
  const { error, retry_possible: canRetry, delivery_status: status, conversation_message_id: id } = entry;
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    await post(`/api/admin/messages/${id}/retry`).catch(complain);
    setBusy(false);
  };
  return html`
    <div class="entry-trouble">
      ${error && html`<p><strong>${error.message || t(`status.${status}`)}</strong> ${error.hint}</p>`}
      ${canRetry && may("answer") && html`<button class="button" disabled=${busy} onClick=${again}><${Icon} name="retry" />${t("action.retry")}</button>`}
    </div>`;
}
