// The console begins here. docs/console.md says where everything is.

import { get, reach } from "./api.js";
import "./calls.js";
import { doLater } from "./components/later.js";
import { Shell } from "./components/shell.js";
import { Failed, Loading } from "./components/states.js";
import { draftsAt, SENDING } from "./drafts.js";
import { on, start, stop } from "./events.js";
import { html, render, useEffect, useState } from "./html.js";
import { root } from "./page.js";
import { loadPreferences } from "./preferences.js";
import { here, logInAddress, navigate, usePage, useRoute, whole } from "./router.js";
import { LoggedOut, token, whenItEnds } from "./session.js";
import { app, useStore } from "./store.js";
import { speak } from "./words.js";

const tellUnsent = doLater(
  () => whole("conversations/beside", import("./pages/conversations/unsent.js")), "tellUnsent",
);

function Console() {
  const route = useRoute();
  const me = useStore(app, (state) => state.me);
  if (!route) return null;
  if (route.isOpen) return html`<${Page} route=${route} onIn=${enter} />`;
  if (!me) return html`<${Entrance} />`;
  return html`<${Shell} folder=${route.folder} onLeave=${leave}><${Page} key=${route.folder} route=${route} /><//>`;
}

function Page({ route, ...more }) {
  const { page, error, again } = usePage(route.folder);
  if (error) return html`<${Failed} error=${error} onRetry=${again} />`;
  return page ? html`<${page} params=${route.params} query=${route.query} ...${more} />` : html`<${Loading} />`;
}

// Who comes with a cookie of an earlier visit is let in; everybody else is asked who they are.
function Entrance() {
  const [error, setError] = useState(null);
  const come = () => (setError(null), enter().catch((caught) => caught instanceof LoggedOut || setError(caught)));
  useEffect(() => void come(), []);
  return error ? html`<${Failed} error=${error} onRetry=${come} />` : html`<${Loading} />`;
}

async function enter() {
  await reach(token);
  const [me] = await Promise.all([get("/api/admin/me"), loadPreferences()]);
  app.set({ me: me.data });
  if (draftsAt(SENDING).length) tellUnsent();
  start();
}

function leave(isWanted) {
  stop();
  app.get().dialog?.resolve(false);
  app.set({ me: null, figures: null, dialog: null, toasts: [] });
  if (isWanted) navigate("/login", { replace: true }); // what was begun is gone: there is nothing to come back to
  else if (!here()?.isOpen) navigate(logInAddress(), { replace: true });
}

whenItEnds(leave);
on("notifications", (figures) => app.set({ figures }));
speak("auto").then(() => {
  root.replaceChildren();
  render(html`<${Console} />`, root);
});
