// The conversations as the list shows them: which ones, in which order, and how they stay right while things happen.

import { look } from "../../api.js";
import { app, createStore } from "../../store.js";

const ADDRESS = "/api/admin/conversations";
const PAGE = 40;
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

export const list = createStore({ rows: null, hits: [], next: null, filter: "all", search: "", error: null,
  busy: false });
let asked = 0;

export async function load() {
  const question = (asked += 1);
  try {
    const answer = await ask();
    if (question !== asked) return;
    list.set({ rows: ordered(kept(answer.data)), next: answer.next, error: null });
  } catch (error) {
    if (question === asked) list.set({ error });
  }
}

// The next page, when somebody scrolls to the end of this one.
export async function more() {
  const { next, busy, rows } = list.get();
  if (!next || busy) return;
  const question = asked;
  list.set({ busy: true });
  try {
    const answer = await ask({ cursor: next });
    if (question === asked) list.set({ rows: merged(rows, kept(answer.data)), next: answer.next });
  } catch (error) {
    if (question === asked) list.set({ error });
  } finally {
    list.set({ busy: false });
  }
}

// The beginning again, without letting go of the pages that somebody has scrolled through.
export async function refresh() {
  const { rows } = list.get();
  if (!rows || rows.length <= PAGE) return load();
  const question = asked;
  try {
    const answer = await ask();
    if (question === asked) list.set((state) => ({ rows: merged(state.rows, kept(answer.data)), error: null }));
  } catch (error) {
    list.set({ error });
  }
  return undefined;
}

export function choose(change) {
  list.set({ ...change, rows: null, hits: [], next: null, error: null });
  findWords();
  return load();
}

// The messages with the words searched for. They are an extra: without them the people found stand there all the same.
async function findWords() {
  const { search } = list.get();
  if (!search) return;
  const { data } = await look("/api/admin/search", { query: search }).catch(() => ({ data: [] }));
  if (search === list.get().search) list.set({ hits: data });
}

// A row as an event tells it. `open` stays where it is even when it leaves the filter: nobody loses what they look at.
export function heard(row, open) {
  const { rows, filter, search } = list.get();
  if (!rows) return;
  if (row.gone) return drop(row);
  const known = rows.some((one) => one.conversation_id === row.conversation_id);
  const { holds } = FILTERS[filter];
  const belongs = (holds ? holds(row) : known) || row.contact_id === open;
  if (!belongs) drop(row);
  else if (known || !search) list.set({ rows: merged(rows, [row]) });
}

// How far a message got: it may have come into trouble, or out of it.
export function reported({ delivery_status: status, contact_id: contact }) {
  const { rows, filter } = list.get();
  if (filter !== "failed" || !rows) return;
  if (TROUBLE.has(status) !== rows.some((row) => row.contact_id === contact)) load();
}

function drop({ conversation_id: id }) {
  list.set(({ rows }) => ({ rows: rows.filter((row) => row.conversation_id !== id) }));
}

function ask(more = {}) {
  const { filter, search } = list.get();
  return look(ADDRESS, { ...FILTERS[filter].query, search, limit: PAGE, ...more });
}

const kept = (rows) => rows.filter(FILTERS[list.get().filter].holds ?? Boolean);

function merged(before, news) {
  const rows = new Map([...before, ...news].map((row) => [row.conversation_id, row]));
  return ordered([...rows.values()]);
}

const when = (row) => Date.parse(row.last_message_time) || 0;
const ordered = (rows) => [...rows].sort((one, other) => when(other) - when(one)
  || other.conversation_id - one.conversation_id);
