// Who else is at this conversation, and telling them that we are.

import { post } from "../../api.js";
import { useEvents } from "../../events.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { app } from "../../store.js";
import { t } from "../../words.js";
import { addressOf } from "./thread.js";

const REPEAT = 20_000; // milliseconds; the API forgets after 30 seconds
const COUNTS = 30_000;
const PAUSE = 20_000; // after the last key nobody writes any more, whatever stands in the box

// `say`: a ref that gets how to tell what one is doing.
export function Presence({ contact, conversationId, say: told }) {
  const [others, setOthers] = useState([]);
  const doing = useRef("looking");
  const said = useRef(0);
  const idle = useRef(0);
  const last = useRef(Promise.resolve());
  // One word after the other: what was said last is what counts, on a slow line too.
  const tell = (what) => {
    said.current = Date.now();
    last.current = last.current.then(async () => {
      const answer = await post(`${addressOf(contact)}/presence`, { doing: what }).catch(() => null);
      if (answer && what !== "gone") setOthers(answer.data);
    });
  };
  const say = (what) => {
    clearTimeout(idle.current);
    if (what === "typing") idle.current = setTimeout(() => say("looking"), PAUSE);
    const isNew = what !== doing.current || Date.now() - said.current > REPEAT;
    doing.current = what;
    if (isNew) tell(what);
  };
  useEffect(() => {
    const look = () => tell(document.hidden ? "gone" : doing.current);
    const repeat = () => {
      setOthers((known) => known.filter(({ at }) => Date.now() - new Date(at) < COUNTS));
      if (!document.hidden) look();
    };
    look();
    const timer = setInterval(repeat, REPEAT);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      clearTimeout(idle.current);
      document.removeEventListener("visibilitychange", look);
      if (app.get().me) tell("gone");
    };
  }, [contact]);
  useEvents({
    presence: (sign) => {
      if (sign.conversation_id !== conversationId || sign.staff_id === app.get().me.user.id) return;
      setOthers((known) => [...known.filter((one) => one.staff_id !== sign.staff_id),
        ...(sign.doing === "gone" ? [] : [sign])]);
    },
  }, [conversationId]);
  told.current = say;
  return others.length > 0 && html`
    <p class="strip is-warn" role="status">${others.map((one) => html`
      <span key=${one.staff_id}>${t(one.doing === "typing" ? "thread.colleagueTypes" : "thread.colleagueLooks",
        { name: one.username })}</span> `)}</p>`;
}
