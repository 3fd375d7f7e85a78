// People: initials in a circle whose colour stays theirs, and names that cannot reorder the words around them.

import { html } from "../html.js";

const HUES = 8; // the .hue-N classes of console.css

export function initials(name) {
  const words = name.trim().split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word].find((letter) => /[\p{L}\p{N}]/u.test(letter))).join("").toUpperCase() || "?";
}

export function Avatar({ name, of = name }) {
  const hue = [...of].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % HUES;
  return html`<span class=${`avatar hue-${hue}`} aria-hidden="true">${initials(name)}</span>`;
}
