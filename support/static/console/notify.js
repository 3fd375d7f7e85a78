// Calling somebody who looks elsewhere: a sound, a count in the title, the browser's own notification. Each can be
// turned off.

import { app } from "./store.js";
import { brand } from "./page.js";
import { navigate } from "./router.js";

let name = "";
let waiting = 0;
let audio = null;

export function setTitle(text) {
  name = text;
  draw();
}

// Somebody wrote. `address`: where the notification leads.
export function call({ title, body, address, tag }) {
  const wishes = app.get().preferences;
  if (!wishes || (document.hasFocus() && !document.hidden)) return;
  waiting += 1;
  draw();
  if (wishes.sound) sound();
  if (wishes.notifications) show(title, body, address, tag);
}

// Ask the browser for leave; whether there is any.
export async function askLeave() {
  return "Notification" in window && (await Notification.requestPermission()) === "granted";
}

function show(title, body, address, tag) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const notification = new Notification(title, { body, tag });
  notification.onclick = () => (window.focus(), navigate(address), notification.close());
}

// Two soft tones, made here: no file to load.
function sound() {
  try {
    audio ??= new AudioContext();
    [660, 880].forEach((frequency, index) => tone(frequency, audio.currentTime + index * 0.13));
  } catch {
    // No sound on this machine.
  }
}

function tone(frequency, at) {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.3);
}

function draw() {
  const count = waiting && app.get().preferences?.title_count ? `(${waiting}) ` : "";
  document.title = `${count}${name ? `${name} · ` : ""}${brand}`;
}

function seen() {
  if (document.hidden || !waiting) return;
  waiting = 0;
  draw();
}

addEventListener("focus", seen);
document.addEventListener("visibilitychange", seen);
