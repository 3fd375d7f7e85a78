// Who is logged in. The access token lives here, in memory; the refresh token in a cookie that no script can read.
//
// One refresh at a time, in this tab (one promise) and among all tabs (a Web Lock); a new token is told to the others.

export const LIMIT = 30_000; // milliseconds in which an answer must be there
const MARGIN = 30_000; // milliseconds before its end in which a token is not used any more
const LOCK = "edubot-refresh";
const others = new BroadcastChannel("edubot-session");

let access = "";
let user = ""; // whose it is
let endsAt = 0;
let refreshing = null;
let onEnd = () => {};

export class LoggedOut extends Error {}

// Call this when the log-in is over: nobody can refresh any more, or another tab logged out (`true`).
export function whenItEnds(handler) {
  onEnd = handler;
}

// A token that still counts. Rejects with LoggedOut, or with fetch's TypeError where the network is away.
export async function token() {
  return access && Date.now() < endsAt - MARGIN ? access : refresh(access);
}

// Another token than this one, which the server has refused or which is about to end.
export function refresh(stale) {
  refreshing ??= alone(() => renew(stale)).finally(() => (refreshing = null));
  return refreshing;
}

export async function logIn(username, password) {
  const response = await post("/api/admin/login", { username, password, cookie: true });
  if (response.ok) adopt(await tell(response));
  return response;
}

export async function logOut({ everywhere = false } = {}) {
  const response = await post("/api/admin/logout", { everywhere }, access && { Authorization: `Bearer ${access}` });
  if (!response.ok && response.status !== 401) throw new Error(String(response.status));
  others.postMessage({ ended: true });
  forget();
}

async function renew(stale) {
  if (access && access !== stale) return access; // somebody was quicker
  const response = await post("/api/admin/token/refresh", {});
  if (response.status === 401) {
    end();
    throw new LoggedOut();
  }
  if (!response.ok) throw new TypeError(`The refresh was answered with ${response.status}.`);
  const session = await tell(response);
  if (isOfAnother(session)) {
    end();
    throw new LoggedOut();
  }
  adopt(session);
  return access;
}

async function tell(response) {
  const { access: token, expires_in: seconds, user: whose } = (await response.json()).data;
  const told = { access: token, seconds, user: whose.username };
  others.postMessage(told);
  return told;
}

function adopt(session) {
  access = session.access;
  user = session.user;
  endsAt = Date.now() + session.seconds * 1000;
}

// In another tab somebody else has logged in: the cookie is theirs now, and what stands here is not.
const isOfAnother = (session) => Boolean(user && session.user) && session.user !== user;

function end(isWanted) {
  forget();
  onEnd(isWanted);
}

function forget() {
  access = "";
  user = "";
  endsAt = 0;
}

// What is not answered in time fails as what the network keeps does: no tab may hold the lock for long.
function post(path, body, more = {}) {
  const headers = { "Content-Type": "application/json", "X-Requested-With": "console", ...more };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(LIMIT) })
    .catch(({ message }) => {
      throw new TypeError(message);
    });
}

// Web Locks exist in secure contexts alone; without them the server's ten seconds of grace for one browser must do.
function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

others.onmessage = ({ data }) => {
  if (data.ended || isOfAnother(data)) end(data.ended);
  else adopt(data);
};
