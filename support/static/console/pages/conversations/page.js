// The conversations: list left, thread right; on a narrow screen one of the two.

import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useLayoutEffect, useRef } from "../../html.js";
import { useWayBack } from "../../components/focus.js";
import { Empty } from "../../components/states.js";
import { setTitle } from "../../notify.js";
import { addressOf } from "../../router.js";
import { t } from "../../words.js";
import { heard, left, load, refresh, reported } from "./list.js";
import { ListPanel } from "./list_panel.js";
import { ThreadPanel } from "./thread_panel.js";

export default function Conversations({ params, query }) {
  const { contact } = params;
  const found = query.get("message");
  const open = useRef({}); // it stays the same where moved.js gives it another contact
  if (open.current.contact !== contact) open.current = { contact };
  useEffect(() => void load(), []);
  useEffect(() => contact || setTitle(t("list.title")), [contact]);
  useLayoutEffect(() => () => left(contact), [contact]);
  useWayBack(contact, ".row", addressOf);
  useEvents({ look: refresh, delivery: reported, conversation: (row) => heard(row, contact) }, [contact]);
  useWhileBlind(10, refresh);
  return html`
    <div class="conversations" data-open=${contact ? "thread" : "list"}>
      <${ListPanel} open=${contact} />
      ${contact
        ? html`<${ThreadPanel} key=${open.current} open=${open.current} found=${found} />`
        : html`<section class="thread-panel"><${Empty} title=${t("thread.choose")} /></section>`}
    </div>`;
}
