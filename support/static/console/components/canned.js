// Canned replies: `/` at the beginning of an answer, then a few letters; arrows choose, Enter takes.

import { look } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { t } from "../words.js";

const SHOWN = 8;
const LIST = "canned-list";
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function useCanned(text, person) {
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
  const keys = (event, pick) => {
    if (!fits.length) return false;
    if (event.key in STEPS) setAt((chosen + STEPS[event.key] + fits.length) % fits.length);
    else if (event.key === "Enter" || event.key === "Tab") pick(filled(fits[chosen]));
    else if (event.key === "Escape") setClosed(text);
    else return false;
    return true;
  };
  const box = fits.length
    ? { "aria-autocomplete": "list", "aria-controls": LIST, "aria-activedescendant": `canned-${fits[chosen].id}` }
    : {};
  return { fits, chosen, filled, keys, box };
}

export function Canned({ canned, onPick }) {
  const { fits, chosen, filled } = canned;
  return fits.length > 0 && html`
    <ul class="canned" id=${LIST} role="listbox" aria-label=${t("canned.title")}>
      ${fits.map((reply, index) => html`
        <li key=${reply.id} id=${`canned-${reply.id}`} role="option" aria-selected=${String(index === chosen)}
          onClick=${() => onPick(filled(reply))}>
          <b>/${reply.shortcut}</b> <span class="one-line">${reply.title} · ${filled(reply)}</span></li>`)}
    </ul>`;
}

const matches = ({ shortcut, title }, asked) => shortcut.toLowerCase().startsWith(asked)
  || title.toLowerCase().includes(asked);

// A phone number instead of a name is no way to address somebody.
const firstName = ({ profile, student_name: name }) =>
  (profile.name || profile.profile_name || (/^\+?\d+$/.test(name) ? "" : name)).split(" ")[0];
