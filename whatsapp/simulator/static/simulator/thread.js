// The messages of a phone, by day, with the newest in sight unless the reader has scrolled up.

import { Bubble } from "./bubble.js";
import { day } from "./format.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { Icon } from "./icons.js";
import { brand, hasEarlier, loadEarlier } from "./store.js";

const NEAR_THE_END = 80; // pixels: a reader this close to the newest message wants to see the next one
const OPENERS = ["Hi", "I want to submit my homework", "Can I talk to someone?"];

export function Thread({ phone, typing, onSay, onSheet, onQuote }) {
  const messages = [...phone.messages.values()].sort((one, other) => one.place - other.place);
  const drawn = useRef(new WeakMap()); // message -> how it was drawn: what is unchanged is not compared again
  const { box, inside, onScroll, toTheEnd, missed } = useTheEnd(messages.at(-1));
  return html`
    <div class="thread-frame">
      <div class="thread" role="log" aria-label="Messages" tabindex="0" ref=${box} onScroll=${onScroll}>
        <div class="inside" ref=${inside}>
          ${hasEarlier(phone) && html`<button class="opener earlier" onClick=${() => loadEarlier(phone.id)}>Earlier messages</button>`}
          ${messages.length ? messages.flatMap(withDay) : html`<${Opening} phone=${phone} onSay=${onSay} />`}
          ${typing && html`<p class="typing" aria-hidden="true"><i></i><i></i><i></i></p>`}
        </div>
      </div>
      ${missed && html`<button class="to-end" onClick=${toTheEnd}><${Icon} name="down" /> New messages</button>`}
    </div>`;

  function withDay(message, index) {
    const today = day(message.at);
    const before = messages[index - 1];
    const isNewDay = !before || today !== day(before.at);
    const first = isNewDay || before.mine !== message.mine || before.kind === "system";
    return [
      isNewDay && html`<p class="note day" key=${`day ${message.wamid}`}>${today}</p>`,
      once(message, first),
    ];
  }

  function once(message, first) {
    const known = drawn.current.get(message);
    if (known?.first === first) return known.bubble;
    const { wamid } = message;
    const on = {
      tap: (id) => onSay({ type: "tap", wamid, id }),
      played: () => onSay({ type: "played", wamid }),
      list: () => onSheet({ name: "list", wamid }),
      menu: () => onSheet({ name: "message", wamid }),
      photo: () => onSheet({ name: "photo", wamid }),
      quote: () => onQuote(message),
      find: (quoted) => find(box.current, quoted),
    };
    const bubble = html`<${Bubble} key=${wamid} message=${message} first=${first} brand=${brand} on=${on} />`;
    drawn.current.set(message, { first, bubble });
    return bubble;
  }
}

function find(box, wamid) {
  const found = [...box.querySelectorAll("article")].find((article) => article.dataset.wamid === wamid);
  found?.scrollIntoView({ block: "center" });
  found?.focus({ preventScroll: true });
}

function Opening({ phone, onSay }) {
  return html`
    <div class="empty">
      <p>Write to ${brand} as ${phone.name} would.</p>
      ${OPENERS.map((text) => html`<button class="opener" onClick=${() => onSay({ type: "text", text })}>${text}</button>`)}
    </div>`;
}

// Keeps the end of a scrolled box in sight until the reader leaves it; `missed` says that something came meanwhile.
function useTheEnd(newest) {
  const box = useRef();
  const inside = useRef();
  const following = useRef(true);
  const lastTop = useRef(0);
  const [missed, setMissed] = useState(false);
  const toTheEnd = () => (box.current.scrollTop = box.current.scrollHeight);
  useLayoutEffect(() => {
    // Photos grow when they have loaded, and the composer takes room: sizes change without a new message, too.
    const observer = new ResizeObserver(() => following.current && toTheEnd());
    observer.observe(box.current);
    observer.observe(inside.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (newest?.mine) following.current = true;
    if (following.current) toTheEnd();
    setMissed(!following.current);
  }, [newest?.wamid]);
  const onScroll = ({ target }) => {
    const fromTheEnd = target.scrollHeight - target.scrollTop - target.clientHeight;
    if (fromTheEnd < NEAR_THE_END) {
      following.current = true;
      setMissed(false);
    } else if (target.scrollTop < lastTop.current) {
      following.current = false; // only a reader scrolls upwards
    }
    lastTop.current = target.scrollTop;
  };
  return { box, inside, onScroll, toTheEnd, missed };
}
