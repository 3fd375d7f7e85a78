// The few icons of the page, drawn for it.

import { html } from "./html.js";

const PATHS = {
  more: "M12 6.5v.01M12 12v.01M12 17.5v.01",
  attach: "M20 11.5 12.2 19.3a5 5 0 0 1-7.1-7.1l8.3-8.3a3.4 3.4 0 0 1 4.8 4.8l-8.1 8.1a1.7 1.7 0 0 1-2.4-2.4l7.4-7.4",
  send: "M4 12 20 4.5 14.5 20l-3.2-6.6zM11.3 13.4 20 4.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  list: "M9 7h11M9 12h11M9 17h11M4.5 7v.01M4.5 12v.01M4.5 17v.01",
  down: "M6 9.5l6 6 6-6",
  photo: "M4 6h16v13H4zM4 16l5-5 4 4 2-2 5 5M15.5 9.5v.01",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  voice: "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3.5",
  location: "M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0C5.5 15 12 21 12 21zM12 10v.01",
  contact: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  puzzle: "M5 9h4a2.2 2.2 0 1 1 4 0h5v4a2.2 2.2 0 1 0 0 4v3H5z",
  reply: "M10 6 4.5 11.5 10 17M4.5 11.5H14a5.5 5.5 0 0 1 5.5 5.5v1.5",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  film: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3",
  smile: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9 10v.01M15 10v.01M8.5 14a4.2 4.2 0 0 0 7 0",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 7.5V12l3 2",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  bolt: "M13 3 6 13.5h5L10.5 21 18 10h-5.5z",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

const TICKS = {
  waiting: ["Waiting for the network", "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3l2 1.5"],
  sent: ["Sent", "M3 8.5 6.5 12 13 4.5"],
  delivered: ["Delivered", "M1 8.5 4.5 12 11 4.5M7.5 11.5 8 12l6.5-7.5"],
  read: ["Read", "M1 8.5 4.5 12 11 4.5M7.5 11.5 8 12l6.5-7.5"],
};

export function Tick({ status }) {
  const [label, path] = TICKS[status] ?? TICKS.sent;
  return html`<svg class="tick tick-${status}" viewBox="0 0 16 16" role="img" aria-label=${label}><path d=${path} /></svg>`;
}
