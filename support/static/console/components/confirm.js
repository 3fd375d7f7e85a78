// Asking before something that cannot be taken back; the dialog itself is loaded when it is first needed.

import { html } from "../html.js";
import { app, useStore } from "../store.js";
import { later } from "./later.js";

const Question = later(() => import("./question.js").then((module) => module.Question), { isDialog: true });

const PAUSE = 400; // milliseconds: a second click on one question must not answer the one that comes after it

const asking = new Set(); // titles
let last = Promise.resolve();

// Resolves to whether they want it. One question after the other: none takes the place of one that is being read. What
// is asked already (a double click) is not asked again.
export async function confirm({ title, body, action, isDanger = false }) {
  if (asking.has(title)) return false;
  asking.add(title);
  const ask = (resolve) => app.set({ dialog: { title, body, action, isDanger, resolve } });
  const answer = last.then(() => Boolean(app.get().me) && new Promise(ask));
  const rest = (wanted) => (wanted || asking.size) && new Promise((done) => setTimeout(done, PAUSE));
  last = answer.then((wanted) => (asking.delete(title), rest(wanted)));
  return answer;
}

export function Confirmation() {
  const asked = useStore(app, (state) => state.dialog);
  const answer = (wanted) => (app.set({ dialog: null }), asked.resolve(wanted));
  return asked && html`<${Question} key=${asked} ...${asked} onClose=${() => answer(false)}
    onWanted=${() => answer(true)} />`;
}
