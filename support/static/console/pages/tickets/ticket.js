// One ticket as it is worked on: what it says, how it stays right, and what can be done with it.

import { get, look, patch, post } from "../../api.js";
import { confirm } from "../../components/confirm.js";
import { inWords } from "../../components/states.js";
import { complain, toast } from "../../components/toast.js";
import { createHearing } from "../../hearing.js";
import { app, createStore } from "../../store.js";
import { t } from "../../words.js";
import { heard } from "./list.js";

const OTHERS = "ASSIGNED_TO_OTHER";

export const ADDRESS = "/api/support/tickets";

export function openTicket(id) {
  const address = `${ADDRESS}/${id}`;
  const store = createStore({ ticket: null, error: null, mode: "answer", wanted: 0 });

  const hearing = createHearing();
  let asking = null; // the question on its way
  let next = null; // the one after it, whatever else is asked meanwhile

  const ask = () => hearing.ask(() => look(address).then(take, (error) => store.set({ error })));

  const take = ({ data }) => {
    store.set({ ticket: data, error: null });
    heard(data, id);
  };

  const others = () => t("ticket.othersTitle", { student: store.get().ticket.student_name });

  const one = {
    id,
    store,
    // As often as anything happens, and yet one question at a time.
    refresh() {
      if (!asking) return (asking = ask().finally(() => (asking = null)));
      return (next ??= asking.then(() => ((next = null), one.refresh())));
    },

    // The box one writes in: for an answer or a note, with the cursor in it.
    write: (mode) => store.set(({ wanted }) => ({ mode, wanted: wanted + 1 })),

    report: ({ id: message, delivery_status, error, retry_possible }) => hearing.hear(() => {
      const { ticket } = store.get();
      const about = { delivery_status, error, retry_possible };
      const change = (entry) => (entry.conversation_message_id === message ? { ...entry, ...about } : entry);
      if (ticket) store.set({ ticket: { ...ticket, messages: ticket.messages.map(change) } });
    }),

    async send(mode, message, key, more = {}) {
      const kind = mode === "note" ? { internal: true } : {};
      await post(`${address}/messages?sender_type=admin`, { message, client_id: key, ...kind, ...more });
      one.refresh();
    },

    // Change it. Where a colleague has it, ask first; where it is no longer as it looked, show how it is.
    async change(what, said) {
      try {
        const answer = await patch(address, what).catch((error) => unlessOthers(error, others(), () => patch(address, { ...what, take: true })));
        hearing.hear(() => take(answer));
        if (said) toast(said);
      } catch (error) {
        complain(error.code === "INVALID_TRANSITION" ? Object.assign(error, { message: t("ticket.moved", { why: inWords(error) }) }) : error);
        if (error.name === "AbortError") store.set({}); // drawn anew: what was picked goes back to what is
        else await one.refresh();
      }
    },

    assign: (person) => one.change({ assigned_admin_id: person?.id ?? null }, person ? t("ticket.given", { name: person.name }) : t("ticket.free")),
    takeIt: (more = {}) => one.change({ assigned_admin_id: app.get().me.user.id, ...more }, t("ticket.mine")),

    // By a single key: what a colleague has is taken only where that is meant.
    async takeByKey() {
      const { assigned_to: holder, assigned_admin_id: id } = store.get().ticket;
      if (!holder || id === app.get().me.user.id) return one.takeIt();
      const asked = { title: others(), body: t("ticket.othersBody", { name: holder }), action: t("ticket.take") };
      return (await confirm(asked)) && one.takeIt({ take: true });
    },

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

async function unlessOthers(error, title, goOn) {
  if (error.code !== OTHERS) throw error;
  if (await confirm({ title, body: inWords(error), action: t("ticket.take") })) return goOn();
  throw new DOMException("They thought better of it.", "AbortError");
}
