// When somebody of the team is called: a student who is theirs, or nobody's, has written in a live chat.

import { on } from "./events.js";
import { call } from "./notify.js";
import { addressOf } from "./router.js";
import { app } from "./store.js";
import { t } from "./words.js";

const unread = new Map(); // conversation -> how many messages nobody had read when it was last heard of
const began = Date.now();

on("conversation", (row) => {
  const before = unread.get(row.conversation_id) ?? 0;
  unread.set(row.conversation_id, row.unread_count);
  const { me } = app.get();
  const isOurs = row.is_chat_support && [null, me?.user.username].includes(row.assigned_to);
  if (!isOurs || row.unread_count <= before || Date.parse(row.last_message_time) < began) return;
  const isTheirs = row.last_message_sender === "user"; // the bot may have said that it passed their words on
  call({
    title: row.student_name, body: (isTheirs && row.last_message) || t("call.file"),
    address: addressOf(row.contact_id), tag: `chat-${row.conversation_id}`, at: row.last_message_time,
  });
});
