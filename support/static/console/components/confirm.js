// Asking before something that cannot be taken back; the dialog itself is loaded when it is first needed.

import { html } from "../html.js";
import { app, useStore } from "../store.js";
import { later } from "./later.js";

const Question = later(() => import("./question.js").then((module) => module.Question), { isDialog: true });

// Resolves to whether they want it.
export function confirm({ title, body, action, isDanger = false }) {
  return new Promise((resolve) => app.set({ dialog: { title, body, action, isDanger, resolve } }));
}

export function Confirmation() {
  const asked = useStore(app, (state) => state.dialog);
  const answer = (wanted) => (app.set({ dialog: null }), asked.resolve(wanted));
  return asked && html`<${Question} ...${asked} onClose=${() => answer(false)} onWanted=${() => answer(true)} />`;
}
