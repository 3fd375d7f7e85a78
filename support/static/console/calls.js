// When somebody of the team is called: a student who is theirs, or nobody's, has written in a live chat.

import { on } from "./events.js";
import { call } from "./notify.js";
import { addressOf } from "./router.js";
import { app } from "./store.js";
import { t } from "./words.js";

const told = new Map(); // conversation -> the time of its last message that somebody was called for
const began = Date.now();

on("conversation", (row) => {
  const { me } = app.get();
  const isOurs = row.is_chat_support && [null, me?.user.username].includes(row.assigned_to);
  if (!isOurs || row.last_message_sender !== "user" || !row.unread_count) return;
  if (Date.parse(row.last_message_time) < began || told.get(row.conversation_id) === row.last_message_time) return;
  told.set(row.conversation_id, row.last_message_time);
  call({
    title: row.student_name, body: row.last_message || t("call.file"), address: addressOf(row.contact_id), tag: `chat-${row.conversation_id}`,
  });
});
