// What is heard and seen of a call outside the page: a sound, and the browser's own notification.

import { navigate } from "./router.js";

let audio = null;

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
