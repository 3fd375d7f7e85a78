// The same done to each of the tickets that were chosen. One that refuses does not undo the others.

import { post } from "../../api.js";
import { confirm } from "../../components/confirm.js";
import { Icon } from "../../components/icons.js";
import { Menu } from "../../components/menu.js";
import { complain, toast } from "../../components/toast.js";
import { html, useEffect, useState } from "../../html.js";
import { t } from "../../words.js";
import { PRIORITIES } from "./filters.js";
import { list, refresh } from "./list.js";
import { ADDRESS, staff } from "./ticket.js";

export function Bulk({ chosen }) {
  const [people, setPeople] = useState([]);
  const [busy, setBusy] = useState(false);
  useEffect(() => void staff().then(setPeople, () => {}), []);
  const run = async (action, value = {}) => {
    setBusy(true);
    try {
      tell(await post(`${ADDRESS}/bulk`, { ids: [...chosen], action, ...value }));
      await refresh();
    } catch (error) {
      complain(error);
    }
    setBusy(false);
  };
  const close = async () => {
    const n = chosen.size;
    if (await confirm({ title: t("bulk.closeTitle", { n }), body: t("ticket.closeBody"), action: t("ticket.close"), isDanger: true })) run("close");
  };
  const assign = [
    ...people.map(({ id, name }) => ({ label: name, onPick: () => run("assign", { assigned_admin_id: id }) })),
    { label: t("ticket.toNobody"), onPick: () => run("assign", { assigned_admin_id: null }) },
  ];
  const priority = PRIORITIES.map((name) => ({ label: t(`priority.${name}`), onPick: () => run("priority", { priority: name }) }));
  return html`
    <div class="ticket-bulk" role="group" aria-label=${t("bulk.title")} aria-busy=${String(busy)}>
      <strong>${t("bulk.chosen", { n: chosen.size })}</strong>
      <${Menu} label=${t("ticket.assign")} className="button" items=${assign}>${t("ticket.assign")}<//>
      <${Menu} label=${t("filter.priority")} className="button" items=${priority}>${t("filter.priority")}<//>
      <button class="button" disabled=${busy} onClick=${() => run("resolve")}>${t("ticket.resolve")}</button>
      <button class="button" disabled=${busy} onClick=${close}>${t("ticket.close")}</button>
      <button class="icon-button" aria-label=${t("bulk.none")} title=${t("bulk.none")} onClick=${() => list.set({ chosen: new Set() })}><${Icon} name="close" /></button>
    </div>`;
}

// How it went; those that refused stay chosen.
function tell({ data, done, failed }) {
  const refused = data.filter((outcome) => !outcome.done);
  list.set({ chosen: new Set(refused.map(({ id }) => id)) });
  if (done) toast(t("bulk.done", { n: done }));
  if (failed) toast(t("bulk.failed", { n: failed, why: refused[0].message }), { isError: true });
}
