// The page's JSON API. Every call answers with the parsed body or throws an Error whose message is for people.

const root = document.getElementById("app").dataset.root;

export const mediaUrl = (id) => `${root}api/media/${encodeURIComponent(id)}`;

export const getPhones = () => call("GET", "phones");
export const addPhone = (number, name) => call("POST", "phones", { number, name });
export const changePhone = (id, changes, options) => call("PATCH", `phones/${id}`, changes, options);
export const deletePhone = (id) => call("DELETE", `phones/${id}`);
export const say = (id, message) => call("POST", `phones/${id}/messages`, message);
export const getEarlier = (id, place) => call("GET", `phones/${id}/messages?before=${place}`);
export const passTime = (id, seconds) => call("POST", `phones/${id}/time`, { seconds });
export const getFaults = () => call("GET", "faults");
export const setFaults = (id, faults) => call("PUT", id === null ? "faults/everybody" : `phones/${id}/faults`, faults);

export function getNews(versions) {
  const query = new URLSearchParams(versions.map(([id, version]) => ["phone", `${id}:${version}`]));
  return call("GET", `news?${query}`);
}

export function sendFile(id, { file, kind, caption, quotes }) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ type: "file", kind, caption, quotes })) form.set(name, value);
  form.set("file", file);
  return call("POST", `phones/${id}/messages`, form);
}

async function call(method, path, body, { keepalive = false } = {}) {
  const headers = { "X-CSRFToken": cookie("csrftoken") };
  const isForm = body instanceof FormData;
  if (body && !isForm) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`${root}api/${path}`, {
      method, headers, keepalive, body: body && !isForm ? JSON.stringify(body) : body,
    });
  } catch {
    throw new Error("The service cannot be reached.");
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error || `The service answered ${answer.status}.`);
  return data;
}

export function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
