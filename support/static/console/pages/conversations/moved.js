// Somebody is reached elsewhere from now on (a new number): what was meant for them goes along.

import { draft, keepDraft } from "../../drafts.js";
import { addressOf, here, navigate } from "../../router.js";
import { keep, sending, update } from "./sending.js";

// `open`: the thread on the screen, {contact}. It is not opened anew, so nothing moves.
export function follow(open, to) {
  const { contact } = open;
  for (const place of ["", "note."]) moveDraft(place + contact, place + to);
  const waiting = sending.get().entries.filter((entry) => entry.contact === contact);
  waiting.forEach(({ key }) => keep(update(key, { contact: to })));
  if (here()?.params.contact !== contact) return; // they have gone on to somebody else
  open.contact = to;
  navigate(addressOf(to) + location.search, { replace: true });
}

// The words in the box may stand at the new place already, and be newer.
function moveDraft(from, to) {
  keepDraft(to, draft(to) || draft(from));
  keepDraft(from, "");
}
