// What needs somebody now. Where nothing does, it says so in one line.

import { Icon } from "../../components/icons.js";
import { plain } from "../../components/whatsapp_text.js";
import { html } from "../../html.js";
import { addressOf } from "../../router.js";
import { brief, clock, since, span, useNow } from "../../time.js";
import { t } from "../../words.js";
import { closingSoon } from "./desk.js";

const SOON = 2 * 3_600_000; // milliseconds before a window closes
const ICONS = { connected: "done", configured: "clock", disconnected: "warning" };

export function Attention({ desk, figures }) {
  const now = useNow(15);
  const { whatsapp, waiting, chats, failed, isKnown } = desk;
  const closing = closingSoon(chats, now, SOON);
  const { value, count } = figures.error_rate;
  const lost = Math.round(((value ?? 0) * count) / 100);
  return html`
    <section class="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">${t("attention.title")}</h2>
      <ul class="attention-list">
        ${whatsapp && html`<${WhatsApp} ...${whatsapp} now=${now} />`}
        ${lost > 0 && html`<li class="is-warn"><${Icon} name="warning" /><p>${t("attention.lost", { n: lost })}</p></li>`}
        ${isKnown && !waiting.length && !closing.length && html`<li class="is-good"><${Icon} name="done" /><p>${t("attention.nothing")}</p></li>`}
      </ul>
      <div class="attention-people">
        ${waiting.length > 0 && html`
          <${People} title=${t("attention.waiting")} rows=${waiting.map((row) => ({
            key: row.id, name: row.student_name, href: `/support-tickets/${row.id}`, what: row.issue_description || `#${row.id}`,
            time: t("attention.waits", { time: since(row.waiting_since, now) }),
          }))} />`}
        ${closing.length > 0 && html`
          <${People} title=${t("attention.closing")} rows=${closing.map((row) => ({
            key: row.conversation_id, name: row.student_name, href: addressOf(row.contact_id), what: plain(row.last_message),
            time: t("attention.left", { time: span((Date.parse(row.window_expires_at) - now) / 1000), at: clock(row.window_expires_at) }),
          }))} />`}
        ${failed.length > 0 && html`
          <${People} title=${t("attention.failed")} rows=${failed.map((row) => ({
            key: row.conversation_id, name: row.student_name, href: addressOf(row.contact_id), what: plain(row.last_message),
            time: brief(row.last_message_time, now),
          }))} />`}
      </div>
    </section>`;
}

function WhatsApp({ status, detail, last_heard_at: heard, now }) {
  const kind = { connected: "is-good", configured: "is-warn", disconnected: "is-danger" }[status];
  return html`
    <li class=${kind}><${Icon} name=${ICONS[status]} />
      <p><strong>${t(`whatsapp.${status}`)}</strong>${" "}
        ${status === "disconnected" && html`<span dir="auto">${detail}</span>${" "}`}
        ${heard && html`<span class="muted">${t("whatsapp.heard", { time: brief(heard, now) })}</span>`}</p></li>`;
}

function People({ title, rows }) {
  return html`
    <div class="people"><h3>${title}</h3>
      <ul>${rows.map(({ key, name, href, what, time }) => html`
        <li key=${key}><a href=${href}>
          <bdi class="one-line">${name}</bdi><span class="one-line muted" dir="auto">${what}</span><span class="chip is-warn">${time}</span></a></li>`)}
      </ul></div>`;
}
