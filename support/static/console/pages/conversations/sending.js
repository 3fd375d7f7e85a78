// What is on its way to the API: shown at once, sent in order, tried again without being sent twice (`client_id`).

import { post, Unreachable, upload } from "../../api.js";
import { on } from "../../events.js";
import { newKey } from "../../keys.js";
import { createStore } from "../../store.js";
import { addressOf } from "./thread.js";

// Entries: {key, contact, text, file, replyTo, take, at, after, progress, error}
export const sending = createStore({ entries: [] });

const queues = new Map(); // contact -> promise of everything before
const receivers = new Set();

// Hear of what the API has taken: (entry, data).
export function whenTaken(receiver) {
  receivers.add(receiver);
  return () => receivers.delete(receiver);
}

export function send(contact, words) {
  const blank = { text: "", file: null, replyTo: null, take: false, progress: 0, error: null };
  const entry = { ...blank, key: newKey(), contact, at: Date.now(), ...words };
  sending.set(({ entries }) => ({ entries: [...entries, entry] }));
  queue(entry.key, contact);
}

export function retry(key, change = {}) {
  const entry = update(key, { ...change, error: null, progress: 0 });
  if (entry) queue(key, entry.contact);
}

export function discard(key) {
  sending.set(({ entries }) => ({ entries: entries.filter((entry) => entry.key !== key) }));
}

function queue(key, contact) {
  const before = queues.get(contact) ?? Promise.resolve();
  queues.set(contact, before.then(() => attempt(key)));
}

async function attempt(key) {
  const entry = find(key);
  if (!entry) return;
  if (entry.error) update(key, { error: null, progress: 0 });
  try {
    const { data } = await transmit(entry);
    receivers.forEach((receiver) => receiver(entry, data));
    discard(key);
  } catch (error) {
    update(key, { error });
    if (error.status !== 429) return;
    await sleep(error.retryAfter || 1); // and whatever is to be sent after it waits as well
    await attempt(key);
  }
}

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function transmit({ key, contact, text, file, replyTo, take }) {
  const address = `${addressOf(contact)}/chat-support/send`;
  const more = { client_id: key, ...(take && { take: true }) };
  if (!file) return post(address, { message: text, ...more, ...(replyTo && { reply_to: replyTo.id }) });
  const form = new FormData();
  form.set("file", file);
  for (const [name, value] of Object.entries({ caption: text, ...more })) if (value) form.set(name, String(value));
  return upload(address, form, { onProgress: (progress) => update(key, { progress }) });
}

const find = (key) => sending.get().entries.find((entry) => entry.key === key);

function update(key, change) {
  const changed = (entry) => (entry.key === key ? { ...entry, ...change } : entry);
  sending.set(({ entries }) => ({ entries: entries.map(changed) }));
  return find(key);
}

// The network is back: what it kept from going out goes by itself.
on("look", () => {
  for (const { key, error } of sending.get().entries) if (error instanceof Unreachable) retry(key);
});

addEventListener("beforeunload", (event) => sending.get().entries.length && event.preventDefault());
