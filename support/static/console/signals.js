// What is heard and seen of a call outside the page: a sound, and the browser's own notification.

import { navigate } from "./router.js";

const WAIT = 500; // milliseconds in which a tab that somebody looks at says so
const TOO_LATE = 5000; // after which none of our tabs still comes with the same call

let audio = null;

// One of our tabs does this `work` of a call, unless somebody has seen in another what it is about.
export function ring(id, isSeen, work) {
  setTimeout(() => isSeen() || once(`edubot-call ${id}`, work), WAIT);
}

// Web Locks exist in secure contexts alone; without them each tab calls.
function once(name, work) {
  if (!navigator.locks) return work();
  const first = () => (work(), new Promise((done) => setTimeout(done, TOO_LATE)));
  return navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && first());
}

// Ask the browser for leave; whether there is any.
export async function askLeave() {
  return "Notification" in window && (await Notification.requestPermission()) === "granted";
}

export function show(title, body, address, tag) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => (window.focus(), navigate(address), notification.close());
  } catch {
    // Chrome on Android leaves them to service workers.
  }
}

// Two soft tones, made here: no file to load.
export function sound() {
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
