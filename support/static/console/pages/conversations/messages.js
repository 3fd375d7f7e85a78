// The messages on the screen. The newest stays in sight unless the reader has scrolled up; then what they read stays
// where it is, whatever is added above, below, or grows when it has loaded.

import { Icon } from "../../components/icons.js";
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../html.js";
import { useStore } from "../../store.js";
import { day, dayKey } from "../../time.js";
import { t } from "../../words.js";
import { Bubble, Pending } from "./bubble.js";
import { number } from "./thread.js";

const NEAR_THE_END = 60; // pixels
const AHEAD = 800; // pixels before an edge at which the next page is asked for
const ANCHORS = 9; // a reaction at the top goes into its message as soon as that comes: then the next one holds
const ATTACHED = new Set(["reaction", "edit", "revoke"]); // shown at the message that they are about

export function Messages({ thread, entries, onReply, onTemplates }) {
  const { messages, atEnd, hasOlder, found } = useStore(thread.store);
  const about = useMemo(() => attached(messages), [messages]);
  const shown = messages.filter((message) =>
    !(ATTACHED.has(message.message_type) && about.byId.has(message.reply_to)));
  const view = useView(thread, messages, entries.length);
  useEffect(() => void (found && view.show(found.id)), [found]);
  return html`
    <div class="thread-frame">
      <div class="thread" role="log" aria-label=${t("thread.title")} tabindex="0" ref=${view.box}
        onScroll=${view.onScroll}>
        <div class="thread-inside" ref=${view.inside}>
          ${!hasOlder && html`<p class="thread-start muted">${t("thread.start")}</p>`}
          ${shown.map((message, index) => [
            isNewDay(message, shown[index - 1])
              && html`<p class="day" key=${`day ${message.id}`}><span>${day(message.timestamp)}</span></p>`,
            html`<${Bubble} key=${message.id} message=${message} quoted=${about.byId.get(message.reply_to)}
              reactions=${about.reactions.get(message.id)} edit=${about.edits.get(message.id)}
              isFound=${message.id === found?.id}
              isFirst=${isNewDay(message, shown[index - 1]) || shown[index - 1].sender_name !== message.sender_name}
              onReply=${onReply} onJump=${thread.jump} />`,
          ])}
          ${entries.map((entry) =>
            html`<${Pending} key=${entry.key} entry=${entry} onTemplates=${onTemplates} />`)}
        </div>
      </div>
      ${(view.missed || !atEnd) && html`
        <button class="to-end" onClick=${view.toTheEnd}>
          <${Icon} name="down" />${t(view.missed ? "thread.new" : "thread.newest")}</button>`}
    </div>`;
}

const isNewDay = (message, before) => !before || dayKey(message.timestamp) !== dayKey(before.timestamp);

// Reactions, edits and what was taken back, by the message that they are about.
function attached(messages) {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const reactions = new Map();
  const edits = new Map();
  for (const message of messages) {
    if (message.message_type === "edit") edits.set(message.reply_to, message);
    if (message.message_type !== "reaction") continue;
    const others = (reactions.get(message.reply_to) ?? []).filter(({ sender }) => sender !== message.sender);
    reactions.set(message.reply_to, message.text ? [...others, message] : others);
  }
  return { byId, reactions, edits };
}

function useView(thread, messages, pendingCount) {
  const box = useRef();
  const inside = useRef();
  const following = useRef(true);
  const anchors = useRef([]); // {id, top}: the first messages in sight
  const top = useRef(0); // where the view stood when it was last looked at
  const [missed, setMissed] = useState(false);

  const end = () => box.current && (box.current.scrollTop = box.current.scrollHeight);
  const hold = () => {
    if (following.current) return end();
    const children = new Map([...inside.current.children].map((child) => [child.dataset.id, child]));
    const anchor = anchors.current.find(({ id }) => children.has(id));
    if (anchor) box.current.scrollTop = children.get(anchor.id).offsetTop - anchor.top;
    return undefined;
  };
  const note = () => {
    const { scrollTop } = box.current;
    const all = [...inside.current.children].filter((child) => child.dataset.id);
    const first = all.findIndex((child) => child.offsetTop + child.offsetHeight > scrollTop);
    anchors.current = (first < 0 ? [] : all.slice(first, first + ANCHORS))
      .map((child) => ({ id: child.dataset.id, top: child.offsetTop - scrollTop }));
  };
  const markRead = () => following.current && thread.markRead();
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    const left = scrollHeight - scrollTop - clientHeight;
    const { atEnd } = thread.store.get();
    // What has grown before its resize was told pushes the end away, but it is the reader alone who goes up.
    const isStill = following.current && scrollTop >= top.current;
    following.current = atEnd && (left < NEAR_THE_END || isStill);
    top.current = scrollTop;
    if (following.current && missed) setMissed(false);
    markRead();
    note();
    if (scrollTop < AHEAD) thread.older();
    if (left < AHEAD && !atEnd) thread.newer();
  };
  const toTheEnd = async () => {
    if (!thread.store.get().atEnd) await thread.toTheEnd();
    following.current = thread.store.get().atEnd; // it may have failed
    setMissed(false);
    end();
  };
  const show = (id) => {
    following.current = false;
    const element = inside.current.querySelector(`[data-id="${CSS.escape(id)}"]`);
    element?.scrollIntoView({ block: "center" });
    note();
  };

  useLayoutEffect(hold, [messages]);
  const pending = useRef(0);
  useLayoutEffect(() => {
    if (pendingCount > pending.current) toTheEnd(); // who sends something wants to see it
    pending.current = pendingCount;
  }, [pendingCount]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(hold);
    observer.observe(box.current);
    observer.observe(inside.current);
    return () => observer.disconnect();
  }, []);
  const newest = messages.length ? number(messages.at(-1).id) : 0;
  const last = useRef(newest);
  useEffect(() => {
    if (newest > last.current && !following.current && thread.store.get().atEnd) setMissed(true);
    last.current = newest;
  }, [newest]);
  useEffect(() => void markRead());
  useEffect(() => {
    document.addEventListener("visibilitychange", markRead);
    return () => document.removeEventListener("visibilitychange", markRead);
  }, []);
  return { box, inside, missed, onScroll, toTheEnd, show };
}
