// The figures beside their targets, and what each one means for whoever asks.

import { Icon } from "../../components/icons.js";
import { html, useState } from "../../html.js";
import { t } from "../../words.js";
import { inUnit, whole } from "./values.js";

export const NOW = ["active_chats", "waiting", "longest_wait", "unassigned"];
export const LATELY = ["first_response", "chat_duration", "resolution", "satisfaction", "delivery_rate", "error_rate"];
const MORE_IS_BETTER = new Set(["delivery_rate", "satisfaction"]);

export function Figures({ title, names, figures }) {
  return html`
    <section aria-label=${title}><h2>${title}</h2>
      <ul class="figures">${names.map((name) => html`<${Figure} key=${name} name=${name} ...${figures[name]} />`)}</ul>
    </section>`;
}

function Figure({ name, value, unit, target, count, is_met: isMet }) {
  const [isOpen, setOpen] = useState(false);
  const title = t(`figure.${name}`);
  const state = isMet === null ? "" : isMet ? "is-met" : "is-missed";
  return html`
    <li class=${`figure ${state}`} data-figure=${name}>
      <h3>${title}
        <button class="icon-button" aria-expanded=${String(isOpen)} aria-label=${t("figures.about", { title })} title=${t("figures.about", { title })}
          onClick=${() => setOpen(!isOpen)}><${Icon} name="info" /></button></h3>
      <p class=${`figure-value ${value === null ? "is-none" : ""}`}>${value === null ? t("figures.none") : inUnit(value, unit)}</p>
      ${target !== null && html`
        <p class="figure-target">${state && html`<${Icon} name=${isMet ? "done" : "warning"} />`}
          ${t(MORE_IS_BETTER.has(name) ? "figures.atLeast" : "figures.atMost", { target: inUnit(target, unit) })}
          ${state && html`<span class="unseen"> · ${t(isMet ? "figures.met" : "figures.missed")}</span>`}</p>`}
      ${isOpen && html`<p class="figure-about">${t(`figure.${name}.about`)} ${t("figures.behind", { n: count })}</p>`}
    </li>`;
}

// How much there is of everything else.
export function Totals({ stats }) {
  const totals = {
    students: stats.students, leads: stats.leads, subscribers: stats.active_subscribers,
    homework: stats.homework.PENDING + stats.homework.IN_PROGRESS, payments: stats.payments.PENDING,
  };
  return html`
    <section aria-labelledby="totals-title"><h2 id="totals-title">${t("totals.title")}</h2>
      <dl class="totals">
        ${Object.entries(totals).map(([name, n]) => html`<div key=${name}><dt>${t(`totals.${name}`)}</dt><dd>${whole(n)}</dd></div>`)}
      </dl></section>`;
}
