// The tickets, newest first, with the way to each one's conversation.

import { look } from "../../api.js";
import { Empty, Failed, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { addressOf } from "../../router.js";
import { brief, useNow } from "../../time.js";
import { t } from "../../words.js";

export default function Tickets() {
  const [{ rows, error }, set] = useState({ rows: null, error: null });
  const now = useNow();
  const load = () => look("/api/support/tickets", { limit: 50 }).then(({ data }) => set({ rows: data, error: null }), (caught) => set({ rows, error: caught }));
  useEffect(() => void load(), []);
  useEffect(() => setTitle(t("shell.tickets")), []);
  useEvents({ look: load, ticket: load });
  useWhileBlind(10, load);
  if (!rows) return error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} />`;
  if (!rows.length) return html`<${Empty} icon="tickets" title=${t("tickets.none")} />`;
  return html`
    <div class="tickets"><h1>${t("shell.tickets")}</h1><ul>
      ${rows.map((row) => html`
        <li key=${row.id}><a href=${addressOf(row.contact_id ?? row.phone_number)}>
          <span class="chip">${row.status}</span><bdi class="one-line">${row.student_name}</bdi><small class="muted">${brief(row.created_at, now)}</small></a></li>`)}
    </ul></div>`;
}
