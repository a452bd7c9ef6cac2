// German or English: which one, its words, and its numbers.
import de from "./words_de.js";
import en from "./words_en.js";

const KEY = "crackscope.language";
const WORDS = { de, en };

const remembered = () => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};
const preferred = () => {
  const known = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
  return known.find((tag) => tag in WORDS) ?? "en";
};
const stored = remembered();
let language = stored in WORDS ? stored : preferred();

export const locale = () => (language === "de" ? "de-DE" : "en-GB");

/** A word or sentence by its key; `{name}` stands for a value, and `n` chooses between one and many. */
export const t = (key, values = {}) => {
  const form = values.n === undefined ? key : `${key}.${new Intl.PluralRules(locale()).select(values.n)}`;
  const words = WORDS[language][form] ?? WORDS[language][key] ?? en[key] ?? key;
  return words.replaceAll(/\{(\w+)\}/g, (whole, name) =>
    typeof values[name] === "number" ? values[name].toLocaleString(locale()) : values[name] ?? whole);
};

/** What the server calls something, in this language where it is known; else as it is. */
export const named = (kind, name) => WORDS[language][`${kind}.${name}`] ?? name;

/** Write the words of the page's frame. */
export const write = () => {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    element.title = t(element.dataset.tLabel);
  }
};

export const switchLanguage = () => {
  language = language === "de" ? "en" : "de";
  try {
    localStorage.setItem(KEY, language);
  } catch { /* storage is switched off: the choice lasts as long as the page */ }
  write();
};
