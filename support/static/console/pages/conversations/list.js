// The conversations as the list shows them: which ones, in which order, and how they stay right while things happen.

import { createRows } from "../../rows.js";
import { app } from "../../store.js";

const TROUBLE = new Set(["failed", "unknown"]);
const mine = () => app.get().me.user.username;

// What a filter asks of the API, and whether a row that changed still belongs to it (null: the API alone knows).
export const FILTERS = {
  all: { query: {}, holds: () => true },
  live: { query: { chat_support: true }, holds: (row) => row.is_chat_support },
  unread: { query: { unread: true }, holds: (row) => row.unread_count > 0 },
  mine: {
    query: { chat_support: true, assigned: "me" },
    holds: (row) => row.is_chat_support && row.assigned_to === mine(),
  },
  failed: { query: { failed: true }, holds: null },
};

const when = (row) => Date.parse(row.last_message_time) || 0;

const known = createRows({
  address: "/api/admin/conversations",
  query: ({ filter, search }) => ({ ...FILTERS[filter].query, search }),
  key: "conversation_id",
  order: (rows) => rows.sort((one, other) => when(other) - when(one) || other.conversation_id - one.conversation_id),
  keeps: (row, { filter }) => FILTERS[filter].holds?.(row) ?? true,
  filter: "all",
  search: "",
  hits: [], // see hits.js
});

export const list = known.store;
export const { choose, load, refresh, more } = known;

// A row as an event tells it. `open` stays where it is even when it leaves the filter: nobody loses what they look at.
export const heard = (row, open) => known.hear(() => place(row, open));

function place(row, open) {
  const { rows, filter, search } = list.get();
  if (row.gone) return known.drop(row);
  const isThere = rows.some((one) => one.conversation_id === row.conversation_id);
  const { holds } = FILTERS[filter];
  const belongs = (holds ? holds(row) : isThere) || row.contact_id === open;
  if (!belongs) return known.drop(row);
  return (isThere || !search) && known.put(row);
}

// Who stood there only because they were open.
export const left = (open) => list.get().rows?.filter((row) => row.contact_id === open).forEach((row) => place(row));

// How far a message got: it may have come into trouble, or out of it.
export function reported({ delivery_status: status, contact_id: contact }) {
  const { rows, filter } = list.get();
  if (filter !== "failed" || !rows) return;
  if (TROUBLE.has(status) !== rows.some((row) => row.contact_id === contact)) load();
}
