// The messages with the words searched for. They are an extra: without them the people found stand there all the same.

import { look } from "../../api.js";
import { Avatar } from "../../components/person.js";
import { html, useEffect } from "../../html.js";
import { addressOf } from "../../router.js";
import { useStore } from "../../store.js";
import { brief, fullTime } from "../../time.js";
import { t } from "../../words.js";
import { list } from "./list.js";

const MOST = 50; // that the API finds

export function Hits({ now }) {
  const { search, hits, since } = useStore(list);
  useEffect(() => {
    let isOver = false;
    const take = ({ data, searched_from: from }) => isOver || list.set({ hits: data, since: from });
    look("/api/admin/search", { query: search }).then(take, () => {});
    return () => ((isOver = true), list.set({ hits: [] }));
  }, [search]);
  return hits.length > 0 && html`
    <h2 class="list-group">${t(`list.${hits.length < MOST ? "messages" : "newest"}`, { n: hits.length })}</h2>
    ${since && html`<p class="list-group">${t("list.since", { day: brief(since, now) })}</p>`}
    <ul>${hits.map((hit) => html`<${Hit} key=${hit.id} hit=${hit} now=${now} />`)}</ul>`;
}

// A message that was found: it leads to its place in the thread.
function Hit({ hit, now }) {
  return html`
    <li>
      <a class="row" href=${`${addressOf(hit.contact_id)}?message=${hit.id}`}>
        <${Avatar} name=${hit.student_name} of=${hit.contact_id} />
        <span class="row-top"><bdi class="row-name one-line">${hit.student_name}</bdi>
          <time datetime=${hit.timestamp} title=${fullTime(hit.timestamp)}>${brief(hit.timestamp, now)}</time></span>
        <span class="row-bottom"><span class="row-last one-line" dir="auto">${hit.excerpt}</span></span>
      </a>
    </li>`;
}
