// What the page knows: the phones, their threads, which of them stand on the screen. Asks for news once a second.

import * as api from "./api.js";
import { useEffect, useState } from "./html.js";

const PAUSE = 1000;
const PAUSE_HIDDEN = 5000;
const MOST_AT_FIRST = 3;
const PORTION = 300; // messages that the service tells at once (state.MOST)

const phones = new Map(); // id -> phone; phone.messages: wamid -> message
const listeners = new Set();
let open = remembered("open", null); // ids of the phones on the screen; null: this browser never chose
let offline = false;
let timer = 0;

export const brand = document.getElementById("app").dataset.brand;

export function useStore() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((count) => count + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return { phones: openPhones(), putAway: [...phones.values()].filter((phone) => !open.includes(phone.id)), offline };
}

export async function start() {
  const listed = (await api.getPhones()).phones;
  if (!listed.length) listed.push(await api.addPhone("+234 803 000 0001", "Ada Obi"));
  for (const phone of listed) keep({ ...phone, version: 0 });
  open = (open ?? listed.slice(0, MOST_AT_FIRST).map((phone) => phone.id)).filter((id) => phones.has(id));
  await refresh();
}

export async function refresh() {
  clearTimeout(timer);
  try {
    const versions = openPhones().map((phone) => [phone.id, phone.version]);
    const news = versions.length ? (await api.getNews(versions)).phones : [];
    news.forEach((phone) => (phone.gone ? drop(phone.id) : keep(phone)));
    if (news.length || offline) changed({ offline: false });
  } catch {
    changed({ offline: true });
  }
  timer = setTimeout(refresh, document.hidden ? PAUSE_HIDDEN : PAUSE);
}

// Do something with the API, then look at what came of it. Errors go to the caller.
export async function act(promise) {
  const answer = await promise;
  await refresh();
  return answer;
}

export const hasEarlier = (phone) => !phone.complete && phone.messages.size >= PORTION;

export async function loadEarlier(id) {
  const phone = phones.get(id);
  const first = Math.min(...[...phone.messages.values()].map((message) => message.place));
  const { messages } = await api.getEarlier(id, first);
  keep({ ...phones.get(id), messages, complete: messages.length < PORTION });
  changed({});
}

export async function addPhone(number, name, hidesNumber) {
  let phone = await api.addPhone(number, name);
  if (hidesNumber) phone = await api.changePhone(phone.id, { hides_number: true });
  keep({ ...phone, version: 0 });
  show(phone.id);
  return phone;
}

export function show(id) {
  remember("open", (open = [...open.filter((other) => other !== id), id]));
  refresh();
}

export function putAway(id) {
  remember("open", (open = open.filter((other) => other !== id)));
  changed({});
}

export async function deletePhone(id) {
  await api.deletePhone(id);
  drop(id);
  changed({});
}

function keep(phone) {
  const messages = new Map(phones.get(phone.id)?.messages);
  for (const message of phone.messages ?? []) messages.set(message.wamid, message);
  const complete = phone.complete ?? phones.get(phone.id)?.complete;
  const typingUntil = Date.now() + phone.typing_seconds * 1000;
  phones.set(phone.id, { ...phone, messages, complete, typingUntil });
}

function drop(id) {
  phones.delete(id);
  for (const name of ["draft", "reads"]) localStorage.removeItem(`simulator.${name}.${id}`);
  remember("open", (open = open.filter((other) => other !== id)));
}

function openPhones() {
  return (open ?? []).map((id) => phones.get(id)).filter(Boolean);
}

function changed(facts) {
  offline = facts.offline ?? offline;
  listeners.forEach((listener) => listener());
}

export function remember(name, value) {
  localStorage.setItem(`simulator.${name}`, JSON.stringify(value));
}

export function remembered(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`simulator.${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

document.addEventListener("visibilitychange", () => refresh());
