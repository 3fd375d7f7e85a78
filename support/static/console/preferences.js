// How somebody likes the console. Kept by the API, so they find it on every computer.

import { get, put } from "./api.js";
import { app } from "./store.js";
import { speak } from "./words.js";

const ADDRESS = "/api/admin/me/preferences";

export async function loadPreferences() {
  await take((await get(ADDRESS)).data);
}

let saving = Promise.resolve(); // one after the other, so that the last change is the one that stays

// Change some of them, or what `change` makes of those there are. The screen follows at once; where the API refuses, it
// goes back and the error is thrown. Another tab may have changed others: what is saved are those that the API has now.
export async function prefer(change) {
  const before = app.get().preferences;
  const changed = (known) => ({ ...known, ...(typeof change === "function" ? change(known) : change) });
  await take(changed(before));
  try {
    await (saving = saving.catch(() => {}).then(async () => put(ADDRESS, changed((await get(ADDRESS)).data))));
  } catch (error) {
    await take(before);
    throw error;
  }
}

// The next key or click must meet them already: only another language takes time.
async function take(preferences) {
  paint(preferences.theme);
  if (preferences.language !== app.get().preferences?.language) await speak(preferences.language);
  app.set({ preferences });
}

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("console.theme", theme); // theme.js paints with it before the first picture
  } catch {
    // The next page begins in the system's colours.
  }
}
