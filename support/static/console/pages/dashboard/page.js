// The dashboard: what waits, how well the desk does beside its targets, what needs somebody, and how it went by the day.

import { look } from "../../api.js";
import { later } from "../../components/later.js";
import { Failed, inWords, Loading } from "../../components/states.js";
import { useEvents, useWhileBlind } from "../../events.js";
import { html, useEffect, useRef, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { app, useStore } from "../../store.js";
import { t } from "../../words.js";
import { Attention } from "./attention.js";
import { Banner } from "./banner.js";
import { readDesk } from "./desk.js";
import { Figures, LATELY, NOW, Totals } from "./figures.js";

const Charts = later(() => import("./charts.js").then((module) => module.Charts), { className: "charts" });
const SOON = 3000; // milliseconds after something happened: more of it comes along
const CALM = 15_000; // however much happens, everything is asked for once in this time
const REGULARLY = 60_000; // waiting grows by itself

export default function Dashboard() {
  const [{ stats, desk, error }, load] = useDesk();
  const live = useStore(app, (state) => state.figures);
  useEffect(() => setTitle(t("shell.dashboard")), []);
  if (!stats) return error ? html`<${Failed} error=${error} onRetry=${load} />` : html`<${Loading} />`;
  const { OPEN, IN_PROGRESS } = stats.tickets;
  const counts = live ?? { open_tickets: OPEN, in_progress_tickets: IN_PROGRESS, unassigned_tickets: stats.figures.unassigned.value };
  return html`
    <div class="dashboard">
      <h1>${t("shell.dashboard")}</h1>
      ${error && html`<p class="problem" role="status">${t("dashboard.old")} ${inWords(error)}</p>`}
      <${Banner} counts=${counts} waiting=${stats.figures.waiting.value} />
      <${Figures} title=${t("figures.now")} names=${NOW} figures=${{ ...stats.figures, ...(live && nowOf(stats.figures, live)) }} />
      <${Attention} desk=${desk} figures=${stats.figures} />
      <${Figures} title=${t("figures.lately")} names=${LATELY} figures=${stats.figures} />
      <${Charts} />
      <${Totals} stats=${stats} />
    </div>`;
}

// What the stream tells is newer than what was asked for.
function nowOf({ active_chats: chats, unassigned }, live) {
  const isMet = chats.target === null ? null : live.active_chats <= chats.target;
  return {
    active_chats: { ...chats, value: live.active_chats, is_met: isMet },
    unassigned: { ...unassigned, value: live.unassigned_tickets },
  };
}

function useDesk() {
  const [found, set] = useState({ stats: null, desk: null, error: null });
  const timer = useRef(0);
  const last = useRef(0);
  const question = useRef(0);
  // The answer to a question after which another was asked changes nothing, and neither does its error.
  const load = async () => {
    last.current = Date.now();
    const mine = (question.current += 1);
    const tell = (change) => mine === question.current && set(change);
    try {
      const [{ data: stats }, desk] = await Promise.all([look("/api/admin/dashboard/stats"), readDesk()]);
      tell({ stats, desk, error: null });
    } catch (error) {
      tell((before) => ({ ...before, error }));
    }
  };
  // While nobody looks nothing is asked: whoever comes back finds it as it is.
  const visit = () => document.hidden || load();
  const soon = () => {
    const wait = Math.max(SOON, last.current + CALM - Date.now());
    timer.current ||= setTimeout(() => ((timer.current = 0), visit()), wait);
  };
  useEffect(() => {
    load();
    const regularly = setInterval(visit, REGULARLY);
    document.addEventListener("visibilitychange", visit);
    return () => {
      clearInterval(regularly);
      clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", visit);
    };
  }, []);
  useEvents({ look: soon, ticket: soon, delivery: soon, conversation: soon, notifications: soon });
  useWhileBlind(10, load);
  return [found, load];
}
