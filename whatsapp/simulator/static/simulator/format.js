// WhatsApp's own formatting (*bold*, _italic_, ~strike~, ```mono```, `code`, > quote, lists) and links, as elements.
// Text stays text: nothing here ever makes markup out of a string.

import { html } from "./html.js";

const FENCE = /```([\s\S]+?)```/;
const MARKED = /(?<![\p{L}\p{N}])([*_~`])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}]/i;
const DAY = 86_400_000;
// Times are the team's, as in the console beside the phones, whatever the reader's computer believes.
const { zone: timeZone } = document.getElementById("app").dataset;
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
const date = new Intl.DateTimeFormat([], { weekday: "short", day: "numeric", month: "long", timeZone });
const key = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone }); // 2026-01-09
const TAGS = { "*": "strong", _: "em", "~": "s", "`": "code" };

export function formatted(text) {
  return cut(text, FENCE, (match) => html`<code class="mono">${match[1]}</code>`, lines);
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => [index ? "\n" : "", oneLine(line)]);
}

function oneLine(line) {
  if (line.startsWith("> ")) return html`<span class="cited">${inline(line.slice(2))}</span>`;
  const bullet = /^[-*] (?=\S)/.exec(line);
  return bullet ? ["•  ", inline(line.slice(2))] : inline(line);
}

function inline(text) {
  return cut(text, LINK, link, (rest) => cut(rest, MARKED, marked, (plain) => plain));
}

function marked([, mark, inner]) {
  return html`<${TAGS[mark]}>${mark === "`" ? inner : inline(inner)}<//>`;
}

function link([address]) {
  return html`<a href=${address} target="_blank" rel="noopener noreferrer">${address}</a>`;
}

// The text cut at every match of a pattern: matches through one function, what lies between through another.
function cut(text, pattern, matched, between) {
  const parts = [];
  for (let rest = text, match; rest; rest = rest.slice(match.index + match[0].length)) {
    match = pattern.exec(rest);
    if (!match) return [...parts, between(rest)];
    if (match.index) parts.push(between(rest.slice(0, match.index)));
    parts.push(matched(match));
  }
  return parts;
}

export const time = (iso) => clock.format(new Date(iso));

export function day(iso, now = Date.now()) {
  const at = new Date(iso);
  const daysAgo = (midnight(now) - midnight(at)) / DAY;
  if (daysAgo < 2) return daysAgo < 1 ? "Today" : "Yesterday";
  return date.format(at);
}

// The beginning of a day as if it were one of UTC: between two of them lie whole days, whatever clocks did meanwhile.
function midnight(at) {
  return Date.parse(key.format(at));
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]).join("").toUpperCase();
}
