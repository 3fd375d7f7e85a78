// The box above a list: it searches once somebody pauses.

import { html, useEffect, useRef, useState } from "../html.js";
import { Icon } from "./icons.js";

const PAUSE = 250; // milliseconds after the last key

export function SearchBox({ label, words, onSearch }) {
  const timer = useRef(0);
  const asked = useRef(words); // what is typed meanwhile must not be taken back by the answer to it
  const [text, setText] = useState(words);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => void (words !== asked.current && setText((asked.current = words))), [words]);
  const onInput = ({ target }) => {
    setText(target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch((asked.current = target.value.trim())), PAUSE);
  };
  return html`
    <label class="search"><span class="unseen">${label}</span><${Icon} name="search" />
      <input type="search" value=${text} placeholder=${label} maxlength="100" onInput=${onInput}
        onKeyDown=${(event) => event.key === "Escape" && event.target.blur()} /></label>`;
}

const NEAR = 400; // pixels from the end at which the next page is asked for

export const atItsEnd = (work) => ({ target }) =>
  target.scrollHeight - target.scrollTop - target.clientHeight < NEAR && work();
