// The key of a server that needs one: asked for when it is missing, kept as long as the tab.
import { byId } from "./dom.js";

const KEY = "crackscope.key";
let key = null;
let asking = null;
try {
  key = sessionStorage.getItem(KEY);
} catch { /* storage is switched off: the key lasts as long as the page */ }

export const currentKey = () => key;

const openDialog = (reason, wasRefused) => new Promise((resolve) => {
  const dialog = byId("key-dialog"), input = byId("key-input"), form = byId("key-form");
  byId("key-reason").textContent = wasRefused ? reason : "";
  byId("key-reason").hidden = !wasRefused;
  input.value = "";
  let given = false;
  form.onsubmit = (event) => {
    event.preventDefault();
    given = input.value.trim() !== "";
    if (!given) return;
    key = input.value.trim();
    try {
      sessionStorage.setItem(KEY, key);
    } catch { /* as above */ }
    dialog.close();
  };
  byId("key-cancel").onclick = () => dialog.close();
  dialog.onclose = () => {
    asking = null;
    resolve(given);
  };
  dialog.showModal();
  input.focus();
});

/** Ask for a key, once for all requests that wait for it; resolves to whether one was given. */
export const askForKey = (reason, wasRefused) => (asking ??= openDialog(reason, wasRefused));
