// The support tickets: list left, the open one right; on a narrow screen one of the two.

import { useWayBack } from "../../components/focus.js";
import { Empty } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useLayoutEffect, useMemo, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { useStore } from "../../store.js";
import { t } from "../../words.js";
import { addressOf, filtersOf } from "./filters.js";
import { choose, heard, left, list, refresh } from "./list.js";
import { ListPanel } from "./list_panel.js";
import { Help, useShortcuts } from "./shortcuts.js";
import { openTicket } from "./ticket.js";
import { TicketPanel } from "./ticket_panel.js";

export default function Tickets({ params, query }) {
  const open = params.ticket ? Number(params.ticket) : null;
  const words = query.toString();
  const [help, setHelp] = useState(false);
  const ticket = useMemo(() => (open ? openTicket(open) : null), [open]);
  const filters = useStore(list, (state) => state.filters);
  useEffect(() => void choose(filtersOf(query)), [words]);
  useEffect(() => open || setTitle(t("shell.tickets")), [open]);
  useLayoutEffect(() => () => left(open), [open]);
  useWayBack(open, ".ticket-row", (id) => addressOf(id, words));
  useEvents({ look: refresh, ticket: (row) => heard(row, open) }, [open]);
  useWhileBlind(10, refresh);
  useShortcuts({ open, query: words, ticket, onHelp: () => setHelp(true) });
  return html`
    <div class="tickets" data-open=${open ? "ticket" : "list"}>
      <${ListPanel} open=${open} query=${words} filters=${filters} onHelp=${() => setHelp(true)} />
      ${ticket
        ? html`<${TicketPanel} key=${open} ticket=${ticket} query=${words} />`
        : html`<section class="ticket-panel"><${Empty} icon="tickets" title=${t("tickets.choose")} /></section>`}
      ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
    </div>`;
}
