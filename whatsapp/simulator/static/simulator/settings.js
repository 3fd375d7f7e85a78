// What can happen to a phone: its person, its network, its clock, its faults.

import * as api from "./api.js";
import { FaultForm } from "./faults.js";
import { html, useState } from "./html.js";
import { Sheet, Switch } from "./sheet.js";
import { deletePhone, putAway } from "./store.js";

const HOUR = 3600;
const JUMPS = [
  ["35 minutes", 35 * 60],
  ["2 h 5 min", 2 * HOUR + 300],
  ["23 h 50 min", 24 * HOUR - 600],
  ["24 hours", 24 * HOUR],
  ["7 days", 7 * 24 * HOUR],
  ["30 days", 30 * 24 * HOUR],
];

export function Settings({ phone, reads, onReads, attempt, onClose }) {
  const [passed, setPassed] = useState("");
  const jump = async (label, seconds) => {
    setPassed("");
    if (await attempt(api.passTime(phone.id, seconds))) setPassed(label);
  };
  const change = (changes) => attempt(api.changePhone(phone.id, changes));
  return html`
    <${Sheet} title=${`${phone.name}’s phone`} onClose=${onClose}>
      <${Switch} label="Network" hint="Without it messages wait, both ways" checked=${phone.online}
        onChange=${(online) => change({ online })} />
      <${Switch} label="Reads messages" hint="Blue ticks for the team while this chat is on the screen" checked=${reads}
        onChange=${onReads} />
      <${Switch} label="Hides the number" hint="Webhooks then name only the user id" checked=${phone.hides_number}
        onChange=${(hides) => change({ hides_number: hides })} />
      <section>
        <h4>Let time pass</h4>
        <p class="hint">For this person alone: their messages, tickets and subscription grow older, Meta’s 24-hour window
          too. What is then due comes with the worker’s next round. Log-ins, other people and the real clock stay.</p>
        <div class="pills">
          ${JUMPS.map(([label, seconds]) => html`
            <button onClick=${() => jump(label, seconds)}>${label}</button>`)}
        </div>
        <p class="passed" role="status">${passed && `${passed} have passed.`}</p>
      </section>
      <section>
        <h4>Faults on the way to this phone</h4>
        <${FaultForm} faults=${phone.faults} onChange=${(faults) => attempt(api.setFaults(phone.id, faults))} />
      </section>
      <section>
        <h4>Person</h4>
        <${OneField} label="Profile name" value=${phone.name} onSave=${(name) => change({ name })} />
        <${OneField} label="Number" value=${`+${phone.number}`} onSave=${(number) => change({ number })} />
        <p class="hint">User id ${phone.user_id}</p>
      </section>
      <section class="ends">
        <button class="plain" onClick=${() => putAway(phone.id)}>Put away</button>
        <${Confirmed} label="Delete phone" question="Delete the phone and its thread?" onYes=${() => deletePhone(phone.id)} />
      </section>
    <//>`;
}

function OneField({ label, value, onSave }) {
  const onSubmit = (event) => {
    event.preventDefault();
    onSave(event.target.elements.value.value);
  };
  return html`
    <form class="one-field" onSubmit=${onSubmit}>
      <label>${label}<input name="value" defaultValue=${value} required maxlength="120" /></label>
      <button class="plain">Save</button>
    </form>`;
}

function Confirmed({ label, question, onYes }) {
  const [asked, ask] = useState(false);
  if (!asked) return html`<button class="plain danger" onClick=${() => ask(true)}>${label}</button>`;
  return html`
    <span class="confirm" role="group" aria-label=${question}>
      ${question}
      <button class="plain danger" onClick=${onYes}>Delete</button>
      <button class="plain" onClick=${() => ask(false)}>Keep</button>
    </span>`;
}
