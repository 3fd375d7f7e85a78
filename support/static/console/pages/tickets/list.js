// The tickets as the list shows them, and how they stay right while things happen.

import { look } from "../../api.js";
import { createStore } from "../../store.js";
import { asked, filtersOf, holds, ordered } from "./filters.js";

const ADDRESS = "/api/support/tickets";
const PAGE = 40;
const NONE = filtersOf(new URLSearchParams());

// `chosen`: ids for what is done with many at once.
export const list = createStore({ rows: null, next: null, total: 0, filters: NONE, error: null, busy: false, chosen: new Set() });
let question = 0;

export function choose(filters) {
  list.set({ filters, rows: null, next: null, error: null, chosen: new Set() });
  return load();
}

export async function load() {
  const mine = (question += 1);
  await quietly(mine, async () => {
    const { data, next, total } = await ask();
    if (mine === question) list.set(({ filters }) => ({ rows: ordered(data, filters), next, total, error: null }));
  });
}

// The beginning again, without letting go of the pages that somebody has scrolled through.
export async function refresh() {
  const { rows } = list.get();
  if (!rows || rows.length <= PAGE) return load();
  const mine = question;
  return quietly(mine, async () => {
    const { data, total } = await ask();
    if (mine === question) list.set((state) => ({ rows: merged(state, data), total, error: null }));
  });
}

export async function more() {
  const { next, busy } = list.get();
  if (!next || busy) return;
  const mine = question;
  list.set({ busy: true });
  await quietly(mine, async () => {
    const answer = await ask({ cursor: next });
    if (mine === question) list.set((state) => ({ rows: merged(state, answer.data), next: answer.next }));
  });
  list.set({ busy: false });
}

// A row as an event tells it. The one that is open stays even when it leaves the filter.
export function heard(row, open) {
  const { rows, filters } = list.get();
  if (!rows) return;
  const known = rows.find(({ id }) => id === row.id);
  const belongs = !row.gone && (known && row.id === open ? true : holds(row, filters));
  if (!belongs) list.set({ rows: rows.filter(({ id }) => id !== row.id) });
  else if (known || !filters.search) list.set((state) => ({ rows: merged(state, [{ ...known, ...row }]) }));
}

export function toggle(id) {
  list.set(({ chosen }) => {
    const now = new Set(chosen);
    if (!now.delete(id)) now.add(id);
    return { chosen: now };
  });
}

async function quietly(mine, work) {
  try {
    await work();
  } catch (error) {
    if (mine === question) list.set({ error });
  }
}

const ask = (extra = {}) => look(ADDRESS, { ...asked(list.get().filters), limit: PAGE, ...extra });

const merged = ({ rows, filters }, news) => ordered(new Map([...rows, ...news].map((row) => [row.id, row])).values(), filters);
