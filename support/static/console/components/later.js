// A component whose module is loaded when it is first shown: what few people open costs nobody's first screen anything.

import { reach } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { Failed } from "./states.js";
import { complain } from "./toast.js";

// Where its module cannot be had: a dialog is closed again, with a word, and asked for anew by the next click; what has
// a place of its own (`className`) says so there; anything else is missed by few. Both come when the network is back.
export function later(load, { isDialog = false, className = "" } = {}) {
  let found = null;
  return function Later(facts) {
    const [{ Component, error }, set] = useState({ Component: found, error: null });
    const come = () => reach(load).then(
      (component) => set({ Component: (found = component), error: null }),
      (caught) => (isDialog ? (complain(caught), facts.onClose()) : set({ Component: null, error: caught })),
    );
    useEffect(() => void (Component || come()), []);
    if (error) return html`<div class=${className} hidden=${!className}><${Failed} error=${error} onRetry=${come} /></div>`;
    return Component && html`<${Component} ...${facts} />`;
  };
}

// The same for a verb: its module is loaded when somebody first wants it done, and a word says where it cannot be had.
export const doLater = (load, name) => (...facts) => reach(load).then((module) => module[name](...facts), complain);
