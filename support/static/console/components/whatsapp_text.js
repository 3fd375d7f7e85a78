// WhatsApp's own formatting and links, as elements. Text stays text: nothing here makes markup out of a string.

import { html } from "../html.js";

const FENCE = /```([\s\S]+?)```/;
const LINK = /https?:\/\/[^\s<>"\u202a-\u202e\u2066-\u2069]*[^\s<>".,;:!?)\]}\u202a-\u202e\u2066-\u2069]/i;
const MARKED = /(?<![\p{L}\p{N}])([*_~`])(?=\S)([^\n]{0,1000}?\S)\1(?![\p{L}\p{N}])/u;
const TAGS = { "*": "strong", _: "em", "~": "s", "`": "code" };
const DEEPEST = 4;

export const formatted = (text) => split(text, FENCE, ([, inner]) => html`<code class="mono">${inner}</code>`, linked);

// The same without the signs: for a line in a list.
export const plain = (text) => text.replaceAll("```", "").replace(new RegExp(MARKED, "gu"), "$2");

const linked = (text) => split(text, LINK, ([address]) =>
  html`<a href=${address} target="_blank" rel="noopener noreferrer nofollow">${address}</a>`, marked);

function marked(text, depth = 0) {
  if (depth > DEEPEST) return text;
  return split(text, MARKED, ([, sign, inner]) =>
    html`<${TAGS[sign]}>${sign === "`" ? inner : marked(inner, depth + 1)}<//>`, (rest) => rest);
}

// What matches goes through one function, what lies between through another.
function split(text, pattern, onMatch, onRest) {
  const parts = [];
  let rest = text;
  for (let match = pattern.exec(rest); match; match = pattern.exec(rest)) {
    parts.push(onRest(rest.slice(0, match.index)), onMatch(match));
    rest = rest.slice(match.index + match[0].length);
  }
  return [...parts, onRest(rest)];
}
