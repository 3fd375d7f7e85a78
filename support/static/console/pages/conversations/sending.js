// What is on its way to the API: shown at once, sent in order, tried again without being sent twice (`client_id`).
//
// Words are kept by this browser until the API has them, so that a tab which is closed or thrown away gives them back;
// files live as long as the page.

import { post, reach, Unreachable } from "../../api.js";
import { inWords } from "../../components/states.js";
import { toast } from "../../components/toast.js";
import { draftsAt, keepDraft, SENDING as PLACE } from "../../drafts.js";
import { on } from "../../events.js";
import { newKey } from "../../keys.js";
import { addressOf as pageOf, here } from "../../router.js";
import { LoggedOut } from "../../session.js";
import { app, createStore } from "../../store.js";
import { t } from "../../words.js";
import { addressOf } from "./thread.js";

const PAUSE = 10; // seconds until what may pass is tried again
const LEFT = { isLeft: true }; // instead of an error: nobody knows what became of it

// Entries: {key, contact, name, text, file, reply_to, take, at, after, isOut (at this moment), progress, error (of the
// last try), takeBack (what was told of it)}
export const sending = createStore({ entries: [] });

const queues = new Map(); // contact -> promise of everything before
const held = new Map(); // key -> how to go on with it at once
const receivers = new Set();
let owner = null;

// Hear of what the API has taken: (entry, data).
export function whenTaken(receiver) {
  receivers.add(receiver);
  return () => receivers.delete(receiver);
}

export function send(contact, words) {
  const blank = { text: "", file: null, take: false, progress: 0, error: null };
  const entry = { ...blank, key: newKey(), contact, at: Date.now(), ...words };
  keep(entry);
  sending.set(({ entries }) => ({ entries: [...entries, entry] }));
  queue(entry);
}

export const keep = (entry) => entry.file || keepDraft(PLACE + entry.key, JSON.stringify(entry));

export function retry(key, change = {}) {
  if (find(key)?.isOut) return;
  find(key)?.takeBack?.();
  const entry = update(key, { ...change, error: null, takeBack: null });
  if (held.has(key)) held.get(key)();
  else if (entry) queue(entry);
}

export function discard(key) {
  keepDraft(PLACE + key, "");
  forget((entry) => entry.key === key);
  held.get(key)?.();
}

function forget(test) {
  const { entries } = sending.get();
  entries.filter(test).forEach(({ takeBack }) => takeBack?.());
  sending.set({ entries: entries.filter((entry) => !test(entry)) });
}

function queue({ key, contact }) {
  const before = queues.get(contact) ?? Promise.resolve();
  queues.set(contact, before.then(() => deliver(key)));
}

// Until it is there, or cannot be, or nobody wants it any more. What is to be sent after it waits as well.
async function deliver(key) {
  for (let entry = find(key); entry; entry = find(key)) {
    const error = await attempt(update(key, { isOut: true, progress: 0 }));
    if (!error) return discard(key);
    tell(entry, error);
    update(key, { error, isOut: false });
    if (!mayGoLater(error)) return undefined;
    await pause(key, error.retryAfter || PAUSE);
  }
  return undefined;
}

async function attempt(entry) {
  try {
    const { data } = await transmit(entry);
    receivers.forEach((receiver) => receiver(entry, data));
    return null;
  } catch (error) {
    return error;
  }
}

const mayGoLater = (error) => error instanceof Unreachable || error.status === 429 || error.status >= 500;

function pause(key, seconds) {
  const time = new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
    held.set(key, resolve);
  });
  return time.then(() => held.delete(key));
}

// Whoever has gone on to something else hears of it, once.
function tell({ key, contact, name, takeBack }, error) {
  if (takeBack || error.status === 429 || error instanceof LoggedOut || here()?.params.contact === contact) return;
  const words = `${t("message.failed", { name })} ${inWords(error)}`;
  update(key, { takeBack: toast(words, { isError: true, href: pageOf(contact) }) });
}

async function transmit({ key, contact, text, file, reply_to, take }) {
  const address = `${addressOf(contact)}/chat-support/send`;
  const more = { client_id: key, ...(take && { take: true }) };
  if (!file) return post(address, { message: text, ...more, reply_to });
  const { upload } = await reach(() => import("../../upload.js"));
  const form = new FormData();
  form.set("file", file);
  for (const [name, value] of Object.entries({ caption: text, ...more })) if (value) form.set(name, String(value));
  return upload(address, form, { onProgress: (progress) => update(key, { progress }) });
}

const find = (key) => sending.get().entries.find((entry) => entry.key === key);

export function update(key, change) {
  const changed = (entry) => (entry.key === key ? { ...entry, ...change } : entry);
  sending.set(({ entries }) => ({ entries: entries.map(changed) }));
  return find(key);
}

// The network is back: what it kept from going out goes by itself.
on("look", () => {
  for (const { key, error } of sending.get().entries) if (error instanceof Unreachable) retry(key);
});

// Whoever logs in gets back what is theirs, and nothing of anybody else's.
function own({ me }) {
  if (!me || me.user.id === owner) return;
  owner = me.user.id;
  const left = draftsAt(PLACE).map((words) => ({ ...JSON.parse(words), isOut: false, error: LEFT }));
  sending.set({ entries: left.sort((one, other) => one.at - other.at) });
}

own(app.get());
app.subscribe(own);

// Another tab has sent it, or thrown it away.
addEventListener("storage", ({ key: name, newValue }) =>
  newValue === null && forget(({ key }) => name?.endsWith(key)));

const isOpen = ({ error }) => error !== LEFT;
addEventListener("beforeunload", (event) => sending.get().entries.some(isOpen) && event.preventDefault());
