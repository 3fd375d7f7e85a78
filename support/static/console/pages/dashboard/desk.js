// What somebody should look at: who waits longest, whose 24 hours end soon, whom we did not reach, and how WhatsApp is.

import { look } from "../../api.js";

const SHOWN = 5;
const MOST = 100;

// What cannot be read is left out: the rest matters no less. `isKnown`: whether it was read who waits.
export async function readDesk() {
  const rows = (path, query) => look(path, query).catch(() => null);
  const [whatsapp, waiting, chats, failed] = await Promise.all([
    rows("/api/admin/status/whatsapp"),
    rows("/api/support/tickets", { active: true, waiting: true, limit: SHOWN }),
    rows("/api/admin/conversations", { chat_support: true, limit: MOST }),
    rows("/api/admin/conversations", { failed: true, limit: SHOWN }),
  ]);
  return {
    whatsapp: whatsapp?.data ?? null, waiting: waiting?.data ?? [], chats: chats?.data ?? [], failed: failed?.data ?? [],
    isKnown: Boolean(waiting && chats),
  };
}

// The live chats in which somebody waits and the window closes within so many milliseconds, the next to close first.
export function closingSoon(chats, now, within) {
  const left = ({ window_expires_at: until }) => Date.parse(until) - now;
  return chats
    .filter((row) => row.waiting_since && row.window_expires_at && left(row) > 0 && left(row) < within)
    .sort((one, other) => left(one) - left(other))
    .slice(0, SHOWN);
}
