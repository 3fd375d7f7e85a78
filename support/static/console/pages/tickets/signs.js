// Status and priority: a colour, and always a sign and a word with it.

import { Icon } from "../../components/icons.js";
import { html } from "../../html.js";
import { t } from "../../words.js";

const STATUS = { OPEN: ["clock", "is-warn"], IN_PROGRESS: ["reply", "is-accent"], RESOLVED: ["done", "is-good"], CLOSED: ["close", ""] };
const PRIORITY = { URGENT: ["warning", "is-danger"], HIGH: ["up", "is-warn"], LOW: ["down", ""] };

const sign = ([icon, colour], words) => html`<span class=${`chip sign ${colour}`}><${Icon} name=${icon} />${words}</span>`;

export const Status = ({ status }) => sign(STATUS[status], t(`ticket.${status}`));

// What is neither urgent nor to be put off needs no sign.
export const Priority = ({ priority }) => priority in PRIORITY && sign(PRIORITY[priority], t(`priority.${priority}`));
