// Coming in: says what is wrong, counts down while too many tries are refused, and leads to where one wanted to go.

import { inWords } from "../../components/states.js";
import { Unreachable } from "../../api.js";
import { html, useEffect, useState } from "../../html.js";
import { setTitle } from "../../notify.js";
import { brand } from "../../page.js";
import { navigate, wanted } from "../../router.js";
import { logIn } from "../../session.js";
import { t } from "../../words.js";

export default function LogIn({ query, onIn }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useCountdown();
  useEffect(() => setTitle(t("login.title")), []);

  const onSubmit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    setBusy(true);
    setProblem("");
    try {
      const response = await logIn(form.get("username").trim(), form.get("password"));
      if (response.ok) {
        await onIn();
        return navigate(wanted(query), { replace: true });
      }
      if (response.status === 429) setWait(Number(response.headers.get("Retry-After")) || 60);
      setProblem(response.status === 401 ? t("login.wrong")
        : (await response.json().catch(() => null))?.message ?? t("error.server"));
    } catch (error) {
      setProblem(inWords(error instanceof TypeError ? new Unreachable() : error));
    }
    setBusy(false);
    return event.target.elements.password?.select();
  };

  return html`
    <main class="login">
      <form onSubmit=${onSubmit}>
        <h1><span class="mark" aria-hidden="true">${brand[0]}</span>${t("login.welcome", { brand })}</h1>
        ${query.has("next") && !problem && html`<p class="muted">${t("login.again")}</p>`}
        ${problem && html`
          <p class="problem"><span role="alert">${problem}</span> ${wait > 0 && t("login.wait", { n: wait })}</p>`}
        <label class="field">${t("login.username")}
          <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="150"
            required autofocus /></label>
        <label class="field">${t("login.password")}
          <input name="password" type="password" autocomplete="current-password" maxlength="1024" required /></label>
        <button class="button is-primary" disabled=${busy || wait > 0}>
          ${busy ? t("login.busy") : t("login.action")}</button>
      </form>
    </main>`;
}

function useCountdown() {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}
