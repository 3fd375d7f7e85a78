// Voice notes: recorded with the microphone, where the browser lets us.

import { html, useEffect, useState } from "./html.js";
import { Icon } from "./icons.js";
import { oggFromWebm } from "./ogg.js";

const OGG = "audio/ogg;codecs=opus";
const TYPE = globalThis.MediaRecorder && [OGG, "audio/webm;codecs=opus"].find((type) => MediaRecorder.isTypeSupported(type));

export const canRecord = Boolean(navigator.mediaDevices?.getUserMedia && TYPE);

// Begins to record; answers with `finish`, which gives the voice note as a file, and `drop`.
export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => {
    throw new Error("The microphone cannot be used here. Attach a sound file instead.");
  });
  const recorder = new MediaRecorder(stream, { mimeType: TYPE });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const end = new Promise((resolve) => (recorder.onstop = resolve));
  const drop = () => {
    if (recorder.state !== "inactive") recorder.stop();
    stream.getTracks().forEach((track) => track.stop());
  };
  const finish = async () => {
    drop();
    await end;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return new File([TYPE === OGG ? bytes : oggFromWebm(bytes)], "voice-note.ogg", { type: OGG });
  };
  recorder.start();
  return { finish, drop };
}

export function Recording({ onDrop, onFinish }) {
  const [seconds, count] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const timer = setInterval(() => count(Math.floor((Date.now() - began) / 1000)), 250);
    return () => clearInterval(timer);
  }, []);
  return html`
    <div class="line recording">
      <button type="button" class="round" aria-label="Throw the recording away" onClick=${onDrop}><${Icon} name="bin" /></button>
      <p><i aria-hidden="true"></i>Recording <span role="timer">${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</span></p>
      <button type="button" class="round send" aria-label="Send the voice note" onClick=${onFinish}><${Icon} name="send" /></button>
    </div>`;
}
