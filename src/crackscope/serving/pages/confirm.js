// A question before something that cannot be undone.
import { byId } from "./dom.js";

/** Ask; resolves to whether the answer was yes. */
export const confirmed = ({ heading, text, yes }) => new Promise((resolve) => {
  const dialog = byId("sure-dialog");
  byId("sure-heading").textContent = heading;
  byId("sure-text").textContent = text;
  byId("sure-yes").textContent = yes;
  let sure = false;
  byId("sure-yes").onclick = () => {
    sure = true;
    dialog.close();
  };
  byId("sure-no").onclick = () => dialog.close();
  dialog.onclose = () => resolve(sure);
  dialog.showModal();
  byId("sure-no").focus();
});
