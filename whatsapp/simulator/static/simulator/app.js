// The page: a bar, and the phones side by side; on a narrow screen one phone at a time, with a switcher.

import * as api from "./api.js";
import { FaultForm } from "./faults.js";
import { initials } from "./format.js";
import { html, render, useEffect, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Phone } from "./phone.js";
import { Sheet } from "./sheet.js";
import { addPhone, brand, show, start, useStore } from "./store.js";

const NAMES = ["Tunde Bello", "Zainab Musa", "Chioma Eze", "Kofi Mensah", "Amina Yusuf", "Ngozi Okafor"];
const NARROW = 720; // pixels: with less, one phone at a time (and simulator.css agrees)
const place = document.getElementById("app");

function App() {
  const { phones, putAway, offline } = useStore();
  const isNarrow = useNarrow();
  const [chosen, choose] = useState(null);
  const [sheet, setSheet] = useState("");
  const current = phones.find((phone) => phone.id === chosen) ?? phones[0];
  const close = () => setSheet("");
  useEffect(() => {
    document.getElementById(`phone-${chosen}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  return html`
    <div class="page" inert=${Boolean(sheet)}>
      <header class="bar">
        <h1><span class="mark" aria-hidden="true"></span>${brand} <small>phones</small></h1>
        ${isNarrow && html`<${Switcher} phones=${phones} current=${current} onChoose=${choose} />`}
        <div class="bar-end">
          <button class="bar-button" onClick=${() => setSheet("faults")}><${Icon} name="bolt" /><span>Faults</span></button>
          <button class="bar-button" onClick=${() => setSheet("add")}><${Icon} name="plus" /><span>Add phone</span></button>
        </div>
      </header>
      ${offline && html`<p class="offline" role="alert">The service does not answer. Trying again…</p>`}
      <main class="phones">
        ${phones.map((phone) => html`
          <${Phone} key=${phone.id} phone=${phone} hidden=${isNarrow && phone !== current}
            visible=${!isNarrow || phone === current} />`)}
        ${!phones.length && html`<p class="boot">No phone is on the table. Add one to begin.</p>`}
      </main>
    </div>
    ${sheet === "add" && html`<${AddSheet} putAway=${putAway} taken=${phones} onClose=${close}
      onAdded=${(id) => (choose(id), close())} />`}
    ${sheet === "faults" && html`<${FaultSheet} onClose=${close} />`}`;
}

function Switcher({ phones, current, onChoose }) {
  return html`
    <nav class="switcher" aria-label="Phones">
      ${phones.map((phone) => html`
        <button aria-current=${phone === current ? "true" : null} onClick=${() => onChoose(phone.id)}>
          <span class="avatar" aria-hidden="true">${initials(phone.name)}</span>
          <span class="unseen">Phone of ${phone.name}</span>
        </button>`)}
    </nav>`;
}

// A `defaultValue`, unlike a `value`, leaves alone what is typed when everything is drawn anew.
function AddSheet({ putAway, taken, onAdded, onClose }) {
  const [problem, setProblem] = useState("");
  const known = [...taken, ...putAway];
  const name = NAMES[known.length % NAMES.length];
  const number = nextNumber(known);
  const onSubmit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    try {
      onAdded((await addPhone(form.get("number"), form.get("name"), form.has("hides"))).id);
    } catch (error) {
      setProblem(error.message);
    }
  };
  return html`
    <${Sheet} title="Add a phone" onClose=${onClose}>
      <form onSubmit=${onSubmit}>
        <label class="field">Profile name<input name="name" defaultValue=${name} required maxlength="120" autocomplete="off" /></label>
        <label class="field">Number<input name="number" defaultValue=${number} required type="tel" autocomplete="off" /></label>
        <label class="row"><span>Hides the number<small>Our service learns only the user id</small></span>
          <input type="checkbox" name="hides" /></label>
        ${problem && html`<p class="problem" role="alert">${problem}</p>`}
        <button class="primary">Add phone</button>
      </form>
      ${putAway.length > 0 && html`
        <section>
          <h4>Put away</h4>
          ${putAway.slice(0, 30).map((phone) => html`
            <button class="action" onClick=${() => (show(phone.id), onAdded(phone.id))}>
              <bdi>${phone.name}</bdi> <small>+${phone.number}</small></button>`)}
        </section>`}
    <//>`;
}

function nextNumber(known) {
  const taken = new Set(known.map((phone) => phone.number));
  let last = known.length + 1;
  while (taken.has(`234803${String(last).padStart(7, "0")}`)) last += 1;
  const digits = String(last).padStart(7, "0");
  return `+234 803 ${digits.slice(0, 3)} ${digits.slice(3)}`;
}

function FaultSheet({ onClose }) {
  const [faults, setFaults] = useState(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    api.getFaults().then((answer) => setFaults(answer.everybody), (error) => setProblem(error.message));
  }, []);
  const change = (wanted) => api.setFaults(null, wanted).then(() => setFaults(wanted), (error) => setProblem(error.message));
  return html`
    <${Sheet} title="Faults for every phone" onClose=${onClose}>
      <p class="hint">A phone’s own switches come before these.</p>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${faults && html`<${FaultForm} faults=${faults} onChange=${change} />`}
    <//>`;
}

function useNarrow() {
  const [is, set] = useState(place.clientWidth < NARROW);
  useEffect(() => {
    const observer = new ResizeObserver(() => set(place.clientWidth < NARROW));
    observer.observe(place);
    return () => observer.disconnect();
  }, []);
  return is;
}

start().then(
  () => (place.replaceChildren(), render(html`<${App} />`, place)),
  (error) => (place.querySelector(".boot").textContent = error.message),
);
