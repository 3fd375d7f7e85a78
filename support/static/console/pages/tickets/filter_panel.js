// The filters, one field each.

import { look } from "../../api.js";
import { html, useEffect, useState } from "../../html.js";
import { span } from "../../time.js";
import { t } from "../../words.js";
import { AGES, PRIORITIES, STATUSES } from "./filters.js";
import { staff } from "./ticket.js";

export function Filters({ filters, onChange }) {
  const [people, setPeople] = useState([]);
  const [categories, setCategories] = useState([]);
  useEffect(() => {
    staff().then(setPeople, () => {});
    look("/api/admin/categories", { limit: 100 }).then(({ data }) => setCategories(data), () => {});
  }, []);
  const fields = {
    status: [["", t("filter.active")], ...STATUSES.map((name) => [name, t(`ticket.${name}`)]), ["all", t("filter.all")]],
    priority: [["", t("filter.any")], ...PRIORITIES.map((name) => [name, t(`priority.${name}`)])],
    category: [["", t("filter.any")], ...categories.map(({ name }) => [name, name])],
    assigned: [["", t("filter.anybody")], ["me", t("filter.me")], ["none", t("filter.nobody")], ...people.map(({ id, name }) => [String(id), name])],
    older: [["", t("filter.any")], ...AGES.map((minutes) => [String(minutes), t("filter.olderThan", { time: span(minutes * 60) })])],
  };
  const isNarrow = Object.keys(fields).some((name) => filters[name]);
  return html`
    <div class="ticket-filters">
      ${Object.entries(fields).map(([name, options]) => html`
        <label key=${name}><span>${t(`filter.${name}`)}</span>
          <select value=${filters[name]} onChange=${({ target }) => onChange({ [name]: target.value })}>
            ${options.map(([value, words]) => html`<option key=${value} value=${value} selected=${value === filters[name]}>${words}</option>`)}
          </select></label>`)}
      ${isNarrow && html`<button class="button" onClick=${() => onChange(Object.fromEntries(Object.keys(fields).map((name) => [name, ""])))}>${t("filter.clear")}</button>`}
    </div>`;
}
