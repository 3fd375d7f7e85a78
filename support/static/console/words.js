// Every sentence of the console, by key, in the reader's language: words/<language>.js for the frame, and one such file
// beside each page. A new language is a folder's worth of catalogues and a line here; what it lacks is said in English.

const LANGUAGES = { en: "English", fr: "Français" };
const FALLBACK = "en";

let language = FALLBACK;
let plural = new Intl.PluralRules(FALLBACK);
const catalogue = {};
const fallback = {};
const folders = new Set(["./words"]); // all that are in use

export { LANGUAGES };
export const currentLanguage = () => language;

// The sentence of this key with {names} filled in; a sentence with forms takes the one for `n`.
export function t(key, values = {}) {
  const found = catalogue[key] ?? fallback[key] ?? key;
  const sentence = typeof found === "string" ? found : found[plural.select(values.n)] ?? found.other;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export async function speak(wanted) {
  language = LANGUAGES[wanted] ? wanted : ofBrowser();
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  for (const key of Object.keys(catalogue)) delete catalogue[key]; // they are of the language before
  await Promise.all([...folders].map(take));
}

export const loadWords = (folder) => take(`./pages/${folder}/words`);

async function take(folder) {
  folders.add(folder);
  const wanted = [import(`${folder}/${FALLBACK}.js`)];
  if (language !== FALLBACK) wanted.push(import(`${folder}/${language}.js`));
  const [base, own] = await Promise.all(wanted);
  Object.assign(fallback, base.default);
  if (own) Object.assign(catalogue, own.default);
}

function ofBrowser() {
  const known = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).filter((tag) => LANGUAGES[tag]);
  return known[0] ?? FALLBACK;
}
