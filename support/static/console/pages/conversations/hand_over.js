// Who may have this chat next: oneself, a colleague, or whoever takes it.

import { get } from "../../api.js";
import { Icon } from "../../components/icons.js";
import { Menu } from "../../components/menu.js";
import { html, useEffect, useState } from "../../html.js";
import { may } from "../../store.js";
import { t } from "../../words.js";
import { assign, takeOver } from "./actions.js";

export function HandOver({ person, isMine }) {
  const [staff, setStaff] = useState([]);
  useEffect(() => void get("/api/admin/staff", { limit: 100 }).then(({ data }) => setStaff(data), () => {}), []);
  const others = staff.filter(({ username, role }) => username !== person.assigned_to && role !== "reader");
  const items = [
    !isMine && { label: t("chat.take"), onPick: () => takeOver(person) },
    ...(may("assign") ? others : [])
      .map((one) => ({ label: t("chat.handTo", { name: one.name }), onPick: () => assign(person, one) })),
    person.assigned_to && { label: t("chat.letGo"), onPick: () => assign(person, null) },
  ].filter(Boolean);
  return items.length > 0 && html`<${Menu} label=${t("chat.hand")} items=${items}><${Icon} name="more" /><//>`;
}
