// One ticket as it is worked on: what it says, how it stays right, and what can be done with it.

import { get, look, patch, post } from "../../api.js";
import { confirm } from "../../components/dialog.js";
import { inWords } from "../../components/states.js";
import { complain, toast } from "../../components/toast.js";
import { app, createStore } from "../../store.js";
import { t } from "../../words.js";
import { heard } from "./list.js";

const OTHERS = "ASSIGNED_TO_OTHER";

export const ADDRESS = "/api/support/tickets";

export function openTicket(id) {
  const address = `${ADDRESS}/${id}`;
  const store = createStore({ ticket: null, error: null, mode: "answer", wanted: 0 });

  const take = ({ data }) => {
    store.set({ ticket: data, error: null });
    heard(data, id);
  };

  const one = {
    id,
    store,
    refresh: () => look(address).then(take, (error) => store.set({ error })),

    // The box one writes in: for an answer or a note, with the cursor in it.
    write: (mode) => store.set(({ wanted }) => ({ mode, wanted: wanted + 1 })),

    report({ id: message, delivery_status, error, retry_possible }) {
      const { ticket } = store.get();
      const about = { delivery_status, error, retry_possible };
      const change = (entry) => (entry.conversation_message_id === message ? { ...entry, ...about } : entry);
      if (ticket) store.set({ ticket: { ...ticket, messages: ticket.messages.map(change) } });
    },

    async send(mode, message, key, more = {}) {
      const kind = mode === "note" ? { internal: true } : {};
      await post(`${address}/messages?sender_type=admin`, { message, client_id: key, ...kind, ...more });
      await one.refresh();
    },

    // Change it. Where a colleague has it, ask first; where it is no longer as it looked, show how it is.
    async change(what, said) {
      try {
        take(await patch(address, what).catch((error) => unlessOthers(error, () => patch(address, { ...what, take: true }))));
        if (said) toast(said);
      } catch (error) {
        complain(error.code === "INVALID_TRANSITION" ? Object.assign(error, { message: t("ticket.moved", { why: inWords(error) }) }) : error);
        if (error.name !== "AbortError") await one.refresh();
      }
    },

    assign: (person) => one.change({ assigned_admin_id: person?.id ?? null }, person ? t("ticket.given", { name: person.name }) : t("ticket.free")),
    takeIt: () => one.change({ assigned_admin_id: app.get().me.user.id }, t("ticket.mine")),
    resolve: () => one.change({ status: "RESOLVED" }, t("ticket.resolved")),
    reopen: () => one.change({ status: "IN_PROGRESS" }, t("ticket.reopened")),

    async close() {
      const { ticket } = store.get();
      const asked = { title: t("ticket.closeTitle", { name: ticket.student_name }), body: t("ticket.closeBody"), action: t("ticket.close"), isDanger: true };
      if (await confirm(asked)) await one.change({ status: "CLOSED" }, t("ticket.closed"));
    },
  };
  return one;
}

export const staff = () => get("/api/admin/staff", { limit: 100 }).then(({ data }) => data.filter(({ role }) => role !== "reader"));

async function unlessOthers(error, goOn) {
  if (error.code !== OTHERS) throw error;
  if (await confirm({ title: t("ticket.othersTitle"), body: inWords(error), action: t("ticket.take") })) return goOn();
  throw new DOMException("They thought better of it.", "AbortError");
}
