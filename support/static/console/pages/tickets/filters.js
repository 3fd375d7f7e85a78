// What the list may be narrowed to. The address keeps it, so a view can be saved, sent to a colleague, and gone back to.

import { app } from "../../store.js";

export const STATUSES = ["OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED"];
export const PRIORITIES = ["URGENT", "HIGH", "MEDIUM", "LOW"];
export const AGES = [60, 1440, 4320, 10_080]; // minutes
const ACTIVE = new Set(["OPEN", "IN_PROGRESS"]);
const NAMES = ["status", "priority", "category", "assigned", "older", "waiting", "search"];
export const VIEWS = { active: "", waiting: "waiting=true", mine: "assigned=me", unassigned: "assigned=none" };

// The filters of an address; what is not named there is "".
export const filtersOf = (query) => Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));

export const queryOf = (filters) => new URLSearchParams(Object.entries(filters).filter(([, value]) => value)).toString();

export const addressOf = (ticket, query) => `/support-tickets${ticket ? `/${ticket}` : ""}${query ? `?${query}` : ""}`;

// The same as the API asks for it. Without a status: the active ones.
export function asked({ status, older, ...rest }) {
  return { ...rest, ...(status ? status !== "all" && { status } : { active: true }), older_than: older };
}

const holder = (wanted) => (wanted === "none" ? null : wanted === "me" ? app.get().me.user.id : Number(wanted));
const HOLDS = {
  status: ({ status }, wanted) => wanted === "all" || status === wanted,
  priority: ({ priority }, wanted) => priority === wanted,
  category: ({ category }, wanted) => category === wanted,
  assigned: ({ assigned_admin_id: who }, wanted) => who === holder(wanted),
  older: ({ created_at: at }, minutes) => Date.now() - Date.parse(at) > minutes * 60_000,
  waiting: ({ waiting_since: since }) => Boolean(since),
};

// Whether a row that changed still belongs to the list. What a search finds, only the API knows.
export function holds(row, filters) {
  const isOfStatus = filters.status || ACTIVE.has(row.status);
  return isOfStatus && Object.entries(HOLDS).every(([name, test]) => !filters[name] || test(row, filters[name]));
}

const time = (moment) => Date.parse(moment) || 0;

// Newest first; of those that wait, who waits longest.
export function ordered(rows, { waiting }) {
  const newest = (one, other) => time(other.created_at) - time(one.created_at) || other.id - one.id;
  const longest = (one, other) => time(one.waiting_since) - time(other.waiting_since) || one.id - other.id;
  return [...rows].sort(waiting ? longest : newest);
}
