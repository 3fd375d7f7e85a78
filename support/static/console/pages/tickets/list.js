// The tickets as the list shows them, and how they stay right while things happen.

import { createRows } from "../../rows.js";
import { asked, filtersOf, holds, ordered } from "./filters.js";

const tickets = createRows({
  address: "/api/support/tickets",
  query: ({ filters }) => asked(filters),
  key: "id",
  order: (rows, { filters }) => ordered(rows, filters),
  filters: filtersOf(new URLSearchParams()),
  chosen: new Set(), // ids for what is done with many at once
});

export const list = tickets.store;
export const { load, refresh, more } = tickets;

export const choose = (filters) => tickets.choose({ filters, chosen: new Set() });

// A row as an event tells it. The one that is open stays even when it leaves the filter.
export const heard = (row, open) => tickets.hear(() => place(row, open));

function place(row, open) {
  const { rows, filters } = list.get();
  const known = rows.find(({ id }) => id === row.id);
  const belongs = !row.gone && (known && row.id === open ? true : holds(row, filters));
  if (!belongs) tickets.drop(row);
  else if (known || !filters.search) tickets.put({ ...known, ...row });
}

// Whoever stood there only because it was open.
export const left = (open) => list.get().rows?.filter(({ id }) => id === open).forEach((row) => place(row));

// What is no longer in the list is nothing to act on.
list.subscribe(({ rows, chosen }) => {
  const there = new Set(rows?.map(({ id }) => id));
  const left = [...chosen].filter((id) => there.has(id));
  if (rows && left.length < chosen.size) list.set({ chosen: new Set(left) });
});

export function toggle(id) {
  list.set(({ chosen }) => {
    const now = new Set(chosen);
    if (!now.delete(id)) now.add(id);
    return { chosen: now };
  });
}
