// A form with a file, for the JSON API. Only XMLHttpRequest tells how much has gone out.

import { reach, read, Unreachable } from "./api.js";
import { refresh, token } from "./session.js";

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
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      const told = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
      resolve(new Response(request.response || null, { status: request.status, headers: told }));
    };
    request.onerror = () => reject(new Unreachable());
    request.send(form);
  });
}
