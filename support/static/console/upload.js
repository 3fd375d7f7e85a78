// A form with a file, for the JSON API. Only XMLHttpRequest tells how much has gone out.

import { reach, read, Unreachable } from "./api.js";
import { refresh, token } from "./session.js";

const SILENCE = 60_000; // milliseconds in which nothing goes out any more and no answer comes

// `onProgress` gets 0 to 1.
export async function upload(path, form, { onProgress = () => {} } = {}) {
  const used = await reach(token);
  const answer = await transmit(path, form, used, onProgress);
  if (answer.status !== 401) return read(answer);
  return read(await transmit(path, form, await reach(() => refresh(used)), onProgress));
}

function transmit(path, form, bearer, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${bearer}`);
    let watch = 0;
    const wait = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), SILENCE);
    };
    request.upload.onprogress = ({ loaded, total }) => (wait(), onProgress(total ? loaded / total : 0));
    request.onload = () => {
      const told = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
      resolve(new Response(request.response || null, { status: request.status, headers: told }));
    };
    request.onerror = request.onabort = () => reject(new Unreachable());
    request.onloadend = () => clearTimeout(watch);
    request.send(form);
    wait();
  });
}
