// The one client of the JSON API. It sends the token, refreshes it once when it is refused, and names what went wrong.

import { LIMIT, refresh, token } from "./session.js";

const LIMIT_OF_FILES = 600_000; // milliseconds: they may be large, and the line slow
const KEPT = 200; // answers remembered with their ETag

export class ApiError extends Error {
  constructor(status, body, retryAfter) {
    super(body?.message || `HTTP ${status}`);
    this.status = status;
    this.code = body?.error_code ?? "";
    this.errors = body?.errors ?? {};
    this.data = body?.data ?? null;
    this.retryAfter = retryAfter; // seconds, or 0
  }
}

// The service cannot be reached at all, or does not answer in time.
export class Unreachable extends Error {}

// Whether the same may well succeed a little later.
export const mayPass = (error) => !(error instanceof ApiError) || error.status === 429 || error.status >= 500;

export const get = (path, query, options) => call("GET", withQuery(path, query), options);
export const post = (path, body = {}, options) => call("POST", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
export const put = (path, body, options) => call("PUT", path, { ...options, body });

// The whole envelope of an answer: `data` and what stands beside it.
export async function call(method, path, { body, headers = {} } = {}) {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await send(path, {
    method, headers: { ...json, ...headers }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  return read(response);
}

const remembered = new Map(); // address -> {etag, answer}

// Like `get`, but what has not changed is not sent again: then the very same object comes back as before.
export async function look(path, query) {
  const address = withQuery(path, query);
  const known = remembered.get(address);
  const headers = known ? { "If-None-Match": known.etag } : {};
  const response = await send(address, { method: "GET", headers });
  if (response.status === 304) return known.answer;
  const answer = await read(response);
  remember(address, response.headers.get("ETag"), answer);
  return answer;
}

// A file of the API as a blob.
export async function blob(path) {
  const response = await send(path, { method: "GET", signal: AbortSignal.timeout(LIMIT_OF_FILES) });
  return response.ok ? reach(() => response.blob()) : read(response);
}

// The stream of events needs the response itself; `options` have the signal that ends it.
export async function stream(path, options) {
  const response = await send(path, options);
  return response.ok ? response : read(response);
}

async function send(path, options) {
  const used = await reach(token);
  const response = await attempt(path, options, used);
  return response.status === 401 ? attempt(path, options, await reach(() => refresh(used))) : response;
}

function attempt(path, options, bearer) {
  const headers = { ...options.headers, Authorization: `Bearer ${bearer}` };
  return reach(() => fetch(path, { signal: AbortSignal.timeout(LIMIT), ...options, headers }));
}

// What the network kept from us, or for too long, fails as Unreachable; a module that did not come is the same.
export async function reach(work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TypeError || error.name === "TimeoutError" ? new Unreachable() : error;
  }
}

export async function read(response) {
  let body = null;
  try {
    body = await reach(() => response.json());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (response.ok && body) return body;
  throw new ApiError(response.status, body, Number(response.headers.get("Retry-After")) || 0);
}

function remember(address, etag, answer) {
  if (!etag) return;
  remembered.delete(address);
  remembered.set(address, { etag, answer });
  if (remembered.size > KEPT) remembered.delete(remembered.keys().next().value);
}

function withQuery(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}
