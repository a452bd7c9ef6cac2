// The service, asked over HTTP: with the key where one is needed, and with patience where it is busy.
import { askForKey, currentKey } from "./key.js";
import { t } from "./language.js";

const MOST_TRIES = 40;
const LONGEST_WAIT_S = 30;

/** An answer that is none: `message` is the service's own sentence. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.name = "Problem";
    this.status = status;
  }
}

const keyHeaders = () => (currentKey() === null ? {} : { Authorization: `Bearer ${currentKey()}` });

const abortError = () => new DOMException("given up", "AbortError");

const pause = (seconds, signal, waiting) => new Promise((resolve, reject) => {
  let left = seconds;
  const finish = (settle, value) => {
    clearInterval(clock);
    signal?.removeEventListener("abort", giveUp);
    settle(value);
  };
  const giveUp = () => finish(reject, abortError());
  const clock = setInterval(() => {
    left -= 1;
    if (left <= 0) finish(resolve);
    else waiting?.(left);
  }, 1000);
  signal?.addEventListener("abort", giveUp);
  waiting?.(left);
});

const sentenceOf = async (answer) => {
  try {
    return JSON.parse(await answer.text()).detail ?? answer.statusText;
  } catch {
    return answer.statusText || t("unreachable");
  }
};

/** Try until there is an answer that trying again would not change. */
const persist = async (attempt, { signal, waiting } = {}) => {
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    const key = currentKey();
    const answer = await attempt();
    if (answer.ok) return answer;
    const again = Number(answer.headers.get("Retry-After"));
    if ((answer.status === 503 || answer.status === 429) && again > 0 && tries < MOST_TRIES) {
      await pause(Math.min(Math.ceil(again) + Math.floor(tries / 4), LONGEST_WAIT_S), signal, waiting);
      continue;
    }
    const sentence = await sentenceOf(answer);
    if (answer.status === 401 && (key !== currentKey() || (await askForKey(sentence, key !== null)))) continue;
    throw new Problem(answer.status, sentence);
  }
};

/** Ask for something; returns a Response that is ok. */
export const ask = (path, { method = "GET", accept = "application/json", signal } = {}) =>
  persist(async () => {
    try {
      return await fetch(path, { method, signal, headers: { Accept: accept, ...keyHeaders() } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(0, t("unreachable"));
    }
  }, { signal });

export const askJson = async (path, options) => (await ask(path, options)).json();

/**
 * Post a photo to be inspected; returns the inspection's document.
 * `sent` hears which share is sent, `waiting` how many seconds remain until the next try.
 */
export const postPhoto = async (file, fields, { signal, sent, waiting }) => {
  const answer = await persist(() => new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== "") form.append(name, value);
    form.append("photo", file, file.name);
    const post = new XMLHttpRequest(); // fetch does not tell how much was sent
    const giveUp = () => post.abort();
    post.open("POST", "/v1/inspections");
    post.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(keyHeaders())) post.setRequestHeader(name, value);
    post.upload.onprogress = (event) => event.lengthComputable && sent(event.loaded / event.total);
    post.upload.onload = () => sent(1);
    post.onload = () => resolve({
      ok: post.status >= 200 && post.status < 300,
      status: post.status,
      statusText: post.statusText,
      headers: { get: (name) => post.getResponseHeader(name) },
      text: async () => post.responseText,
    });
    post.onerror = () => reject(new Problem(0, t("unreachable")));
    post.onabort = () => reject(abortError());
    post.onloadend = () => signal.removeEventListener("abort", giveUp);
    signal.addEventListener("abort", giveUp);
    sent(0);
    post.send(form);
  }), { signal, waiting });
  return JSON.parse(await answer.text());
};
