// Calling somebody who looks elsewhere: a sound, a count in the title, the browser's own notification. Each can be
// turned off.

import { app } from "./store.js";
import { brand } from "./page.js";

const tabs = new BroadcastChannel("edubot-calls");
const seenThere = new Map(); // tag -> until when somebody has seen all in another tab of ours
let name = "";
let waiting = 0;

export function setTitle(text) {
  name = text;
  draw();
}

// Somebody wrote. `address`: where the notification leads; `at`: when.
export function call({ title, body, address, tag, at }) {
  const wishes = app.get().preferences;
  if (!wishes) return;
  if (document.hasFocus() && !document.hidden) return tabs.postMessage([tag, at]);
  waiting += 1;
  draw();
  import("./signals.js").then((signals) => signals.ring(`${tag} ${at}`, () => seenThere.get(tag) >= at, () => {
    if (wishes.sound) signals.sound();
    if (wishes.notifications) signals.show(title, body, address, tag);
  }), () => {}); // without them the title says it
}

function draw() {
  const count = waiting && app.get().preferences?.title_count ? `(${waiting}) ` : "";
  document.title = `${count}${name ? `${name} · ` : ""}${brand}`;
}

function seen() {
  if (document.hidden || !waiting) return;
  waiting = 0;
  draw();
}

tabs.onmessage = ({ data: [tag, at] }) => seenThere.set(tag, at);
addEventListener("focus", seen);
document.addEventListener("visibilitychange", seen);
