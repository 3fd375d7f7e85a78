// Canned replies: `/` at the beginning of an answer, then a few letters; arrows choose, Enter takes.

import { look } from "../api.js";
import { html, useEffect, useLayoutEffect, useState } from "../html.js";
import { t } from "../words.js";

const SHOWN = 8;
const LIST = "canned-list";
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

// `box`: where one writes; while there is something to choose its keys are for the list.
export function Canned({ box, text, person, onPick }) {
  const [replies, setReplies] = useState([]);
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState("");
  useEffect(() => void look("/api/admin/canned-replies", { limit: 100 }).then(({ data }) => setReplies(data), () => {}),
    []);
  const asked = /^\/([^\n]*)$/.exec(text)?.[1].toLowerCase();
  const fits = asked === undefined || text === closed ? [] : replies
    .filter((reply) => matches(reply, asked)).slice(0, SHOWN);
  const chosen = Math.min(at, fits.length - 1);
  const filled = (reply) => reply.text.replaceAll("{name}", firstName(person));
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (event.key in STEPS) setAt((chosen + STEPS[event.key] + fits.length) % fits.length);
    else if (event.key === "Enter" || event.key === "Tab") onPick(filled(fits[chosen]));
    else if (event.key === "Escape") setClosed(text);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  useLayoutEffect(() => fits.length && lend(box.current, onKeyDown, {
    "aria-autocomplete": "list", "aria-controls": LIST, "aria-activedescendant": `canned-${fits[chosen].id}`,
  }));
  return fits.length > 0 && html`
    <ul class="canned" id=${LIST} role="listbox" aria-label=${t("canned.title")}>
      ${fits.map((reply, index) => html`
        <li key=${reply.id} id=${`canned-${reply.id}`} role="option" aria-selected=${String(index === chosen)}
          onClick=${() => onPick(filled(reply))}>
          <b>/${reply.shortcut}</b> <span class="one-line">${reply.title} · ${filled(reply)}</span></li>`)}
    </ul>`;
}

// The list is loaded after the box, and so its box learns of it here. Returns how to take it back.
function lend(box, onKeyDown, attributes) {
  for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
  box.addEventListener("keydown", onKeyDown, true); // before the box itself
  return () => {
    for (const name of Object.keys(attributes)) box.removeAttribute(name);
    box.removeEventListener("keydown", onKeyDown, true);
  };
}

const matches = ({ shortcut, title }, asked) => shortcut.toLowerCase().startsWith(asked)
  || title.toLowerCase().includes(asked);

// A phone number instead of a name is no way to address somebody.
const firstName = ({ profile, student_name: name }) =>
  (profile.name || profile.profile_name || (/^\+?\d+$/.test(name) ? "" : name)).split(" ")[0];
