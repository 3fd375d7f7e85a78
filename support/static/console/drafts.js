// What somebody has begun to write, per person and conversation. It outlives reloads and the end of a token; logging
// out clears it together with everything else that this browser keeps for us.

import { app } from "./store.js";

export const SENDING = "sending."; // where answers stand that are on their way

const key = (place) => `console.draft.${app.get().me?.user.id ?? ""}.${place}`;

export function draft(place) {
  return read(key(place)) ?? "";
}

export function keepDraft(place, text) {
  if (text) write(key(place), text);
  else forget(key(place));
}

// All that stands at places that begin so.
export const draftsAt = (beginning) => names().filter((name) => name.startsWith(key(beginning))).map(read);

// A browser may refuse to store anything (private windows, a full disk): then drafts live as long as the page.
const here = new Map();

function names() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [...here.keys()];
  }
}

function read(name) {
  try {
    return localStorage.getItem(name) ?? here.get(name);
  } catch {
    return here.get(name);
  }
}

function write(name, text) {
  here.set(name, text);
  try {
    localStorage.setItem(name, text);
  } catch {
    // It is in memory.
  }
}

function forget(name) {
  here.delete(name);
  try {
    localStorage.removeItem(name);
  } catch {
    // It was never there.
  }
}
