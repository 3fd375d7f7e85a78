// A list that is read page by page and stays right while things happen: what every list of ours has in common.

import { look } from "./api.js";
import { createHearing } from "./hearing.js";
import { createStore } from "./store.js";

const PAGE = 40;

// `address` and `query(state)`: how the API is asked. `key`: what names a row. `order(rows, state)`: as they stand.
// `keeps(row, state)`: whether a row of an answer, which may be a moment old, still belongs there.
export function createRows({ address, query, key, order, keeps = () => true, ...more }) {
  const store = createStore({ rows: null, next: null, total: 0, error: null, busy: false, stuck: null, ...more });
  const hearing = createHearing();
  let question = 0;

  const ask = (extra = {}) => look(address, { ...query(store.get()), limit: PAGE, ...extra });
  const kept = (rows) => rows.filter((row) => keeps(row, store.get()));
  const merged = (news) => {
    const rows = new Map([...store.get().rows, ...news].map((row) => [row[key], row]));
    return order([...rows.values()], store.get());
  };

  // The rows once more, of which the first are as they are now: what stood among these and does no longer has gone.
  const begun = (news, isAll) => {
    const there = new Set(news.map((row) => row[key]));
    const rows = merged(news);
    const last = isAll ? rows.length : rows.findLastIndex((row) => there.has(row[key]));
    return rows.filter((row, at) => at > last || there.has(row[key]));
  };

  // The answer to a question that nobody asks any more changes nothing, and neither does its error.
  async function quietly(extra, take) {
    const mine = question;
    try {
      await hearing.ask(async () => {
        const answer = await ask(extra);
        if (mine === question) store.set({ ...take(answer), error: null });
      });
    } catch (error) {
      if (mine === question) store.set({ error });
    }
  }

  const list = {
    store,

    load() {
      question += 1;
      return quietly({}, ({ data, next, total, search_cut: isCut }) =>
        ({ rows: order(kept(data), store.get()), next, total, isCut }));
    },

    // The beginning again, without letting go of the pages that somebody has scrolled through.
    refresh() {
      const { rows } = store.get();
      if (!rows || rows.length <= PAGE) return list.load();
      return quietly({}, ({ data, next, total }) =>
        ({ rows: begun(kept(data), !next), total, ...(!next && { next }) }));
    },

    // The next page, when somebody scrolls to the end of this one.
    async more() {
      const { next, busy } = store.get();
      if (!next || busy) return;
      store.set({ busy: true });
      await quietly({ cursor: next }, ({ data, next: after }) => ({ rows: merged(kept(data)), next: after }));
      store.set(({ error }) => ({ busy: false, stuck: error })); // why the next page did not come
    },

    // Other rows: `change` is what the question depends on.
    choose(change) {
      store.set({ ...change, rows: null, next: null, error: null });
      return list.load();
    },

    // `tell` changes the rows as an event says, once there are some.
    hear: (tell) => hearing.hear(() => store.get().rows && tell()),

    put: (row) => store.set({ rows: merged([row]) }),
    drop: (row) => store.set(({ rows }) => ({ rows: rows.filter((one) => one[key] !== row[key]) })),
  };

  // Where rows have left, the next page comes by itself: nobody can scroll down to it.
  store.subscribe(({ rows, next, busy, error }) => rows?.length < PAGE && next && !busy && !error && list.more());
  return list;
}
