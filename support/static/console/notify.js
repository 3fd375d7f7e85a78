// Calling somebody who looks elsewhere: a sound, a count in the title, the browser's own notification. Each can be
// turned off.

import { app } from "./store.js";
import { brand } from "./page.js";

let name = "";
let waiting = 0;

export function setTitle(text) {
  name = text;
  draw();
}

// Somebody wrote. `address`: where the notification leads.
export function call({ title, body, address, tag }) {
  const wishes = app.get().preferences;
  if (!wishes || (document.hasFocus() && !document.hidden)) return;
  waiting += 1;
  draw();
  import("./signals.js").then((signals) => {
    if (wishes.sound) signals.sound();
    if (wishes.notifications) signals.show(title, body, address, tag);
  }, () => {}); // without them the title says it
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

addEventListener("focus", seen);
document.addEventListener("visibilitychange", seen);
