// One small store: an object that is replaced, never changed, and who wants to know.

import { useEffect, useState } from "./html.js";

export function createStore(initial) {
  let state = initial;
  const listeners = new Set();
  return {
    get: () => state,
    set(change) {
      const wanted = typeof change === "function" ? change(state) : change;
      if (wanted === state || !wanted) return;
      state = { ...state, ...wanted };
      for (const listener of [...listeners]) listener(state);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// What concerns the whole console. Pages keep what is theirs in stores of their own.
export const app = createStore({
  me: null, // {user: {id, username, name, role}, permissions}
  preferences: null, // see preferences.js
  connection: { state: "connecting", since: 0 }, // see events.js
  figures: null, // the banner's: {open_tickets, in_progress_tickets, unassigned_tickets, active_chats, has_alerts}
  toasts: [],
  dialog: null, // see components/confirm.js
});

// A part of a store; the component is drawn again only when that part becomes another.
export function useStore(store, select = (state) => state) {
  const [, draw] = useState(0);
  const chosen = select(store.get());
  useEffect(() => {
    let last = chosen;
    const look = (state) => {
      const now = select(state);
      if (!Object.is(now, last)) {
        last = now;
        draw((count) => count + 1);
      }
    };
    look(store.get());
    return store.subscribe(look);
  }, [store]);
  return chosen;
}

export const may = (right) => Boolean(app.get().me?.permissions.includes(right));
