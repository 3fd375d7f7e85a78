// Line icons on a 24-pixel grid, and the ticks of a message.

import { html } from "../html.js";

const PATHS = {
  dashboard: "M4 13h7V4H4zM13 20h7V11h-7zM4 20h7v-4H4zM13 8h7V4h-7z",
  conversations: "M4 5h16v11H9l-5 4z",
  tickets: "M4 7h16v4a2 2 0 0 0 0 4v3H4v-3a2 2 0 0 0 0-4zM14 7v11",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  send: "M4 12l16-8-6 16-3-6.5z",
  attach: "M8 12.5l6-6a3 3 0 0 1 4.5 4.5l-8 8a5 5 0 0 1-7-7l7.5-7.5",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8v.01",
  done: "M5 12.5l4.5 4.5L19 7.5",
  filter: "M4 6h16M7 12h10M10 18h4",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M6 9l6 6 6-6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  reply: "M10 7L5 12l5 5M5 12h8a6 6 0 0 1 6 6",
  retry: "M19 8a8 8 0 1 0 1 6M20 4v5h-5",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.01",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
  more: "M6 12v.01M12 12v.01M18 12v.01",
  note: "M5 4h14v10l-5 6H5zM14 20v-6h5",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21a8 8 0 0 1 16 0",
};

export function Icon({ name }) {
  return html`<svg class=${`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

const CLOCK = "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM8 6v2.2l1.6 1";
const ONE = "M3.5 8.5l3 3 6-7";
const TWO = "M1 8.5l3 3 6-7M7.5 11.5l6-7";
const TICKS = {
  queued: CLOCK, sending: CLOCK, sent: ONE, delivered: TWO, read: TWO, played: TWO,
  failed: "M8 3v6M8 12v.01", unknown: "M6 6a2 2 0 1 1 2.6 2c-.6.3-.6.8-.6 1.4M8 12v.01",
  cancelled: "M4 4l8 8M12 4l-8 8",
};

// `label`: the same in words.
export function Tick({ status, label }) {
  return html`<svg class=${`tick tick-${status}`} viewBox="0 0 16 16" role="img" aria-label=${label}>
    <title>${label}</title><path d=${TICKS[status] ?? CLOCK} /></svg>`;
}
