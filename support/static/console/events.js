// The stream of live events: one for the tab, whoever listens in it.
//
// It goes on from the last event it saw, comes again with growing pauses when it breaks, and says how it stands in
// `app.connection`. While it is not live, `whileBlind` asks for the lists instead. A hidden tab keeps its stream (a few
// bytes a minute) and asks for nothing.

import { ApiError, stream } from "./api.js";
import { useEffect } from "./html.js";
import { LoggedOut } from "./session.js";
import { app } from "./store.js";

const ADDRESS = "/api/admin/events";
const SILENCE = 40_000; // milliseconds; the server says something every 15 seconds
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const REMEMBERED = 2000; // ids of events; a stream that comes again repeats the last ten seconds

const listeners = new Map(); // kind -> set of functions
const seen = new Set();
let lastId = "";
let running = null; // AbortController
let attempt = null; // the same, of the stream there is now
let wake = () => {};

// Hear of events of this kind: `message`, `delivery`, `conversation`, `ticket`, `presence`, `notifications`; and of
// `look`, which says that something may have been missed: read your lists again. Returns how to stop.
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
  return () => listeners.get(kind).delete(listener);
}

export function useEvents(table, dependencies = []) {
  useEffect(() => {
    const stops = Object.entries(table).map(([kind, listener]) => on(kind, listener));
    return () => stops.forEach((stop) => stop());
  }, dependencies);
}

// Do this every so many seconds while events do not come by themselves and somebody may be watching.
export function useWhileBlind(seconds, work, dependencies = []) {
  useEffect(() => {
    let isOut = false; // one after the other: a question outdates the answer to the one before
    const timer = setInterval(async () => {
      if (isOut || app.get().connection.state === "live" || document.hidden) return;
      isOut = true;
      try {
        await work();
      } finally {
        isOut = false;
      }
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, dependencies);
}

export function start() {
  if (running) return;
  running = new AbortController();
  run(running.signal);
}

export function stop() {
  running?.abort();
  running = null;
  lastId = "";
  seen.clear();
  state("connecting");
}

async function run(stopped) {
  let pause = FIRST_PAUSE;
  while (!stopped.aborted) {
    try {
      if (await listen(stopped, () => (pause = FIRST_PAUSE))) continue; // the token ended: come again at once
    } catch (error) {
      if (stopped.aborted || error instanceof LoggedOut) return;
      if (error instanceof ApiError && error.retryAfter) pause = Math.max(pause, error.retryAfter * 1000);
    }
    if (stopped.aborted) return;
    state(navigator.onLine ? "reconnecting" : "offline");
    await sleep(pause * (0.75 + Math.random() / 2), stopped);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

// One stream until it ends; true when it ended because the token did.
async function listen(stopped, onOpen) {
  const mine = new AbortController();
  const give_up = () => mine.abort();
  attempt = mine;
  stopped.addEventListener("abort", give_up);
  let watch = setTimeout(give_up, SILENCE);
  try {
    const headers = { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) };
    const response = await stream(ADDRESS, { headers, signal: mine.signal });
    let isOpen = false; // the API says something at once; what stands between may pass on its head alone
    for await (const event of parse(response.body)) {
      clearTimeout(watch);
      watch = setTimeout(give_up, SILENCE);
      if (event.kind === "expired") return true;
      if (!isOpen) {
        isOpen = true;
        state("live");
        onOpen();
        tell("look", {}); // connected first, read the lists then: nothing in between is lost
      }
      handle(event);
    }
    return false;
  } finally {
    clearTimeout(watch);
    stopped.removeEventListener("abort", give_up);
  }
}

async function* parse(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = fields(block);
      if (event.kind) yield event;
    }
  }
}

function fields(block) {
  const found = { kind: "", id: "", data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === "event") found.kind = value;
    if (name === "id") found.id = value;
    if (name === "data") found.data += value;
  }
  return found;
}

function handle({ kind, id, data }) {
  if (id) lastId = id;
  if (kind === "heartbeat") return;
  if (kind === "reset") return tell("look", {});
  const key = `${kind} ${id}`;
  if (id && seen.has(key)) return;
  if (id) note(key);
  tell(kind, JSON.parse(data));
}

function note(key) {
  seen.add(key);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
}

// One who stumbles takes neither the others nor the stream along.
function tell(kind, data) {
  for (const listener of [...(listeners.get(kind) ?? [])]) {
    try {
      listener(data);
    } catch (error) {
      console.error(error);
    }
  }
}

function state(now) {
  const { connection } = app.get();
  if (connection.state === now) return;
  const goesOn = connection.state !== "live" && now !== "live" && connection.since; // still the same gap
  app.set({ connection: { state: now, since: goesOn ? connection.since : Date.now() } });
}

function sleep(milliseconds, stopped) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => (clearTimeout(timer), resolve());
    stopped.addEventListener("abort", wake, { once: true });
  });
}

// A stream from before may live on, or be dead without a word: begin another one.
addEventListener("online", () => (attempt?.abort(), wake()));
addEventListener("offline", () => state("offline"));
document.addEventListener("visibilitychange", () => document.hidden || wake());
