// One conversation as it is read: a window of its messages, the person, and how both stay right while things happen.
//
// The window holds at most WINDOW messages, so a thread of ten thousand costs what one of three hundred does: what is
// scrolled out of it at one end is asked for again when somebody comes back.

import { get, look, patch } from "../../api.js";
import { createHearing } from "../../hearing.js";
import { createStore, may } from "../../store.js";

const PAGE = 50;
const WINDOW = 300;
const CATCH_UP = 4; // pages; what was missed beyond that is not told one by one

const BLANK = { messages: null, hasOlder: false, atEnd: true, found: null };

export const addressOf = (contact) => `/api/admin/conversations/${encodeURIComponent(contact)}`;
export const number = (id) => Number(id.slice("msg_".length));

export function openThread(contact) {
  let address = addressOf(contact);
  const ask = (query) => get(`${address}/messages`, { limit: PAGE, ...query }).then(({ data }) => data);
  const store = createStore({ person: null, error: null, ...BLANK });
  const hearing = createHearing();
  const paging = new Set(); // "older", "newer": which pages are on their way
  let last = Promise.resolve();
  let marking = false;

  // One question after the other; what fails leaves the thread as it is.
  function quietly(work) {
    last = last.then(() => hearing.ask(work)).then(() => store.set({ error: null }), (error) => store.set({ error }));
    return last;
  }

  // What a scrolling reader asks again and again goes once at a time, and waits for what else is asked: whoever has
  // reached the end of what there is cannot scroll any further to ask again.
  function page(direction, work) {
    if (paging.has(direction)) return undefined;
    paging.add(direction);
    return quietly(work).finally(() => paging.delete(direction));
  }

  // Somebody else may have this number by now: then nothing of the old thread stays.
  const readPerson = async () => {
    const person = (await look(address)).data;
    const isOther = store.get().person && !isOurs(person);
    store.set({ person, ...(isOther && BLANK) });
  };

  // Once `ready`: whose messages they are must be known.
  const readEnd = async (ready) => {
    const [{ data }] = await Promise.all([look(`${address}/messages`, { limit: PAGE }), ready]);
    const { messages, atEnd } = store.get();
    if (messages && !atEnd) return; // somebody reads what was long ago
    if (!messages?.length || touches(messages, data)) {
      const hasOlder = messages?.length ? store.get().hasOlder : data.length === PAGE;
      store.set({ messages: merged(messages ?? [], data), hasOlder });
    } else {
      await catchUp(data);
    }
  };

  async function catchUp(end) {
    for (let turn = 0; turn < CATCH_UP; turn += 1) {
      const data = await ask({ after: store.get().messages.at(-1).id });
      store.set({ messages: merged(store.get().messages, data) });
      if (data.length < PAGE) return;
    }
    store.set({ messages: end, hasOlder: true, atEnd: true });
  }

  // The words of an event may be cut. Where they cannot be read in full, the next look brings them.
  async function readWhole(id) {
    const rows = await ask({ around: id, limit: 1 }).catch(() => []);
    rows.filter((one) => one.id === id).forEach((one) => hearing.hear(() => add(one)));
  }

  const knows = ({ id }) => store.get().messages?.some((one) => one.id === id);

  // What stands outside the window is not added to it: the pages between would be missing.
  function add(message) {
    const { messages, atEnd, hasOlder } = store.get();
    const isBefore = hasOlder && messages?.length && number(message.id) < number(messages[0].id);
    if (!messages || (!knows(message) && (isBefore || !atEnd))) return;
    const all = merged(messages, [message]);
    const isTooLong = all.length > WINDOW + PAGE;
    store.set({ messages: isTooLong ? all.slice(-WINDOW) : all, ...(isTooLong && { hasOlder: true }) });
  }

  const drop = (id) => store.set(({ messages }) => messages && { messages: messages.filter((one) => one.id !== id) });
  const isOurs = (row) => row.conversation_id === store.get().person?.conversation_id;

  const thread = {
    store,
    refresh: () => quietly(() => {
      const person = readPerson();
      return Promise.all([person, readEnd(person)]);
    }),
    readPerson: () => quietly(async () => {
      await readPerson();
      if (!store.get().messages) await readEnd();
    }),

    older: () => page("older", async () => {
      const { messages, hasOlder } = store.get();
      if (!hasOlder || !messages?.length) return;
      const data = await ask({ before: messages[0].id });
      const all = merged(data, store.get().messages);
      const atEnd = store.get().atEnd && all.length <= WINDOW;
      store.set({ messages: all.slice(0, WINDOW), hasOlder: data.length === PAGE, atEnd });
    }),

    newer: () => page("newer", async () => {
      const { messages, atEnd } = store.get();
      if (atEnd || !messages?.length) return;
      const data = await ask({ after: messages.at(-1).id });
      const all = merged(store.get().messages, data);
      const hasOlder = store.get().hasOlder || all.length > WINDOW;
      store.set({ messages: all.slice(-WINDOW), hasOlder, atEnd: data.length < PAGE });
    }),

    toTheEnd: () => quietly(async () => {
      const data = await ask({});
      store.set({ messages: data, hasOlder: data.length === PAGE, atEnd: true, found: null });
    }),

    // Show this message with what stands around it. `found` is another object each time: one may come back to it.
    jump: (id) => quietly(async () => {
      if (!knows({ id })) {
        store.set({ messages: await ask({ around: id }), hasOlder: true, atEnd: false });
      }
      store.set({ found: { id } });
    }),

    hear: (message) => hearing.hear(() => {
      if (message.gone) return drop(message.id);
      return isOurs(message) && (message.truncated ? readWhole(message.id) : add(message));
    }),

    // What the API has just taken. What is known of it says more.
    take: (message) => hearing.hear(() => knows(message) || add(message)),

    report: ({ id, delivery_status, error, retry_possible }) => hearing.hear(() => {
      if (!knows({ id })) return;
      store.set(({ messages }) => ({ messages: messages.map((one) =>
        (one.id === id ? { ...one, delivery_status, error, retry_possible } : one)) }));
    }),

    // Where the person has gone (they were erased), nothing of theirs stays on the screen. They may have moved, too.
    hearRow: (row) => hearing.hear(() => {
      if (!isOurs(row)) return;
      if (row.gone) return void thread.empty();
      address = addressOf(row.contact_id);
      store.set(({ person }) => ({ person: { ...person, ...row } }));
    }),

    empty() {
      store.set({ person: null, ...BLANK });
      return thread.refresh();
    },

    // Somebody sees the newest message: the conversation counts as read. What fails is done at the next look.
    async markRead() {
      if (marking || !store.get().person?.unread_count || !may("answer") || document.hidden) return;
      marking = true;
      await hearing.ask(async () => {
        const answer = await patch(address, { read: true }).catch(() => null);
        marking = false;
        if (answer && isOurs(answer.data)) store.set({ person: answer.data });
      });
    },
  };
  return thread;
}

// By id, in the order of the thread; a later row goes before an earlier one.
function merged(before, news) {
  const all = new Map([...before, ...news].map((message) => [message.id, message]));
  return [...all.values()].sort((one, other) => number(one.id) - number(other.id));
}

const touches = (messages, end) => !end.length || number(end[0].id) <= number(messages.at(-1).id) || end.length < PAGE;
