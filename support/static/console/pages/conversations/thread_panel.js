// The right panel: what one person and we said to each other.

import { look } from "../../api.js";
import { Icon } from "../../components/icons.js";
import { Failed, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { clock } from "../../time.js";
import { t } from "../../words.js";

export function ThreadPanel({ contact }) {
  const [{ messages, error }, set] = useState({ messages: null, error: null });
  const address = `/api/admin/conversations/${encodeURIComponent(contact)}/messages`;
  const load = () => look(address).then(({ data }) => set({ messages: data, error: null }), (caught) => set({ messages, error: caught }));
  useEffect(() => (setTitle(contact), void load()), []);
  useEvents({ look: load, message: (message) => message.contact_id === contact && load() });
  useWhileBlind(5, load);
  return html`
    <section class="thread-panel" aria-label=${t("thread.title")}>
      <header class="thread-head"><a class="icon-button back" href="/conversations" aria-label=${t("action.back")}><${Icon} name="back" /></a><h1><bdi>${contact}</bdi></h1></header>
      ${!messages && (error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} />`)}
      <ol class="thread" tabindex="0">${messages?.map((one) => html`<li key=${one.id}><small>${one.sender_name} · ${clock(one.timestamp)}</small><p dir="auto">${one.text}</p></li>`)}</ol>
    </section>`;
}
