// What is done with a chat as a whole: start, take over, give to somebody, end.

import { look, patch, post } from "../../api.js";
import { confirm } from "../../components/confirm.js";
import { complain, toast } from "../../components/toast.js";
import { newKey } from "../../keys.js";
import { app, may } from "../../store.js";
import { t } from "../../words.js";
import { addressOf } from "./thread.js";

const OTHERS = "ASSIGNED_TO_OTHER";

const isOpen = ({ window_expires_at: until }) => Boolean(until) && Date.parse(until) > Date.now();

// `onTemplates` gets the templates where WhatsApp takes nothing else.
export async function startChat(person, onTemplates) {
  if (!isOpen(person) && (await offerTemplates(onTemplates).catch(() => false))) return;
  const key = newKey();
  const start = (take) => post(`${addressOf(person.contact_id)}/chat-support/start`, { client_id: key, take });
  try {
    await start(false).catch((error) => unlessOthers(error, person, t("chat.take"), () => start(true)));
  } catch (error) {
    complain(error);
  }
}

// Whether there are any, for somebody who may send them.
async function offerTemplates(onTemplates) {
  if (!may("templates")) return false;
  const { data } = await look("/api/admin/templates");
  if (data.length) onTemplates(data);
  return data.length > 0;
}

// The same for somebody who has asked for them.
export const chooseTemplate = (onTemplates) => offerTemplates(onTemplates)
  .then((areThere) => areThere || toast(t("template.none"), { isError: true }), complain);

export const takeOver = (person) => assign(person, app.get().me.user, true);

export async function endChat(person) {
  const wanted = await confirm({
    title: t("chat.endTitle", { name: person.student_name }), body: t("chat.endBody"), action: t("chat.end"),
    isDanger: true,
  });
  if (!wanted) return;
  const end = (take) => post(`${addressOf(person.contact_id)}/chat-support/end`, { take });
  try {
    await end(false).catch((error) => unlessOthers(error, person, t("chat.end"), () => end(true)));
    toast(t("chat.ended"));
  } catch (error) {
    complain(error);
  }
}

export async function assign(person, to, take = false) {
  try {
    await patch(addressOf(person.contact_id), { assigned_admin_id: to?.id ?? null, take });
    toast(to ? t("chat.assigned", { name: to.name }) : t("chat.free"));
  } catch (error) {
    complain(error);
  }
}

// A colleague has it: ask whether that is meant, too.
async function unlessOthers(error, { student_name: name }, action, goOn) {
  if (error.code !== OTHERS) throw error;
  const asked = { title: t("chat.othersTitle", { name }), body: error.message, action, isDanger: true };
  if (await confirm(asked)) return goOn();
  throw new DOMException("They thought better of it.", "AbortError");
}
