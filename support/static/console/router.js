// Which page stands at which address. A page is a folder below pages/ that is loaded when somebody goes there: page.js
// (its default export is a component that gets the address's parts), page.css, and words/<language>.js.

import { reach } from "./api.js";
import { loadWords } from "./words.js";
import { useEffect, useState } from "./html.js";

const ROUTES = [
  { folder: "login", pattern: /^\/login$/, isOpen: true },
  { folder: "dashboard", pattern: /^\/dashboard$/ },
  { folder: "conversations", pattern: /^\/conversations(?:\/(?<contact>[^/]+))?$/ },
  { folder: "tickets", pattern: /^\/support-tickets(?:\/(?<ticket>[0-9]+))?$/ },
];
const HOME = "/dashboard";

const dressed = new Map(); // folder -> promise of its words and style
const listeners = new Set();

export function match(path) {
  for (const route of ROUTES) {
    const found = route.pattern.exec(path);
    if (found) return { ...route, params: decoded(found.groups), query: new URLSearchParams(location.search) };
  }
  return null;
}

export const here = () => match(location.pathname);

export function navigate(address, { replace = false } = {}) {
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  tell();
}

export function useRoute() {
  const [route, setRoute] = useState(here);
  useEffect(() => {
    const listener = () => setRoute(here());
    listeners.add(listener);
    listener();
    return () => listeners.delete(listener);
  }, []);
  return route;
}

// The page of a route: null while it loads, then a component; or {error, again}.
export function usePage(folder) {
  const [found, setFound] = useState({ folder: "", page: null, error: null });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let left = false;
    reach(() => pageOf(folder)).then(
      (page) => left || setFound({ folder, page, error: null }),
      (error) => left || setFound({ folder, page: null, error }),
    );
    return () => (left = true);
  }, [folder, tries]);
  return { ...(found.folder === folder ? found : { page: null, error: null }), again: () => setTries((n) => n + 1) };
}

export const addressOf = (contact) => `/conversations/${encodeURIComponent(contact).replace("%2B", "+")}`;

// Where somebody wanted to go before they had to log in. Only a path of ours: an address of elsewhere goes home.
export function wanted(query) {
  const next = query.get("next") ?? "";
  return /^\/(?![/\\])/.test(next) && match(next.split("?")[0]) ? next : HOME;
}

export const logInAddress = () => `/login?${new URLSearchParams({ next: location.pathname + location.search })}`;

const pageOf = (folder) => whole(folder, import(`./pages/${folder}/page.js`)).then((module) => module.default);

// A module, once the words and the style of its folder are there too.
export async function whole(folder, module) {
  if (!dressed.has(folder)) {
    const parts = Promise.all([loadWords(folder), styles(`pages/${folder}/page.css`)]);
    parts.catch(() => dressed.delete(folder)); // the next visit tries again
    dressed.set(folder, parts);
  }
  const [found] = await Promise.all([module, dressed.get(folder)]);
  return found;
}

function styles(path) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(path, import.meta.url);
    link.onload = resolve;
    link.onerror = () => (link.remove(), reject(new TypeError(path)));
    document.head.append(link);
  });
}

function decoded(groups = {}) {
  const entries = Object.entries(groups).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, tolerant(value)]));
}

function tolerant(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function tell() {
  for (const listener of [...listeners]) listener();
}

// Plain links work as they are; those to our own pages do without a load.
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !match(link.pathname)) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

addEventListener("popstate", tell);
document.addEventListener("click", follow);
