// The first page: give photos, see how far each one is.
import { make } from "./dom.js";
import { lengthText, percentText, widthText } from "./figures.js";
import { named, t } from "./language.js";
import { chosenFields, optionsForm } from "./options.js";
import { photos } from "./sending.js";

const onStart = () => location.hash.replace(/^#\/?/, "") === "";

/** Send files; the only one of them opens its result when it is there. */
export const sendFiles = (files) => {
  if (files.length === 0) return;
  const fields = chosenFields();
  if (!onStart()) location.hash = "#/";
  if (fields === null) return;
  const alone = files.length === 1 && !photos.isBusy;
  const [item] = photos.add(files, fields);
  if (!alone) return;
  const follow = ({ detail }) => {
    if (detail !== item || !["done", "failed", "stopped"].includes(item.state)) return;
    photos.removeEventListener("change", follow);
    if (item.state === "done" && onStart() && !photos.items.some((each) => each.state === "waiting")) {
      location.hash = `#/inspections/${item.found.id}`;
    }
  };
  photos.addEventListener("change", follow);
};

const picker = (traits) => {
  const input = make("input", { type: "file", class: "unseen", tabindex: -1, "aria-hidden": "true", ...traits });
  input.addEventListener("change", () => {
    sendFiles([...input.files]);
    input.value = ""; // so that the same photo can be chosen again
  });
  return input;
};

const dropCard = () => {
  const chosen = picker({ id: "photo-files", multiple: true, accept: "image/*,.tif,.tiff,.bmp,.webp" });
  const taken = picker({ id: "photo-camera", accept: "image/*", capture: "environment" });
  return make("section", { class: "card drop", "aria-labelledby": "drop-heading" },
    make("img", { src: "/pages/icon.svg", alt: "", width: 52, height: 52 }),
    make("h2", { id: "drop-heading" },
      make("span", { class: "for-mouse", text: t("start.drop") }), make("span", { class: "for-touch", text: t("start.drop_touch") })),
    make("div", { class: "buttons" },
      make("button", { type: "button", class: "strong", id: "choose", text: t("start.choose"), onclick: () => chosen.click() }),
      make("button", { type: "button", class: "for-touch", id: "camera", text: t("start.camera"), onclick: () => taken.click() })),
    make("p", { class: "hint", text: t("start.kinds") }),
    chosen, taken);
};

const badge = (verdict) =>
  make("span", { class: `badge ${verdict === "crack" ? "crack" : "free"}`, text: named("verdict", verdict) });

const stateWords = (item) => {
  if (item.state === "sending") return t("sent.sending", { percent: percentText(item.share) });
  if (item.state === "busy") return t("sent.busy", { n: item.left });
  if (item.state === "failed") return item.problem;
  return t(`sent.${item.state}`);
};

const figuresOf = ({ count, unit, sum, widest }) => (count === 0 ? "" : [
  t("cracks", { n: count }), t("sent.total", { length: lengthText(sum, unit) }), t("sent.widest", { width: widthText(widest, unit) }),
].join(" · "));

/** One photo of the list. */
const itemRow = (item) => {
  const picture = make("div", { class: "thumb" }, item.thumb ?? null);
  const name = item.state === "done" && item.found.id !== null
    ? make("a", { href: `#/inspections/${item.found.id}`, text: item.name })
    : make("span", { text: item.name });
  const row = make("li", { class: `sent ${item.state}` }, picture, make("div", { class: "said" }, make("p", { class: "name" }, name)));
  const said = row.lastChild;
  if (item.state === "done") {
    said.append(make("p", { class: "quiet", text: figuresOf(item.found) }));
    row.append(badge(item.found.verdict));
    return row;
  }
  said.append(make("p", { class: item.state === "failed" ? "fault" : "quiet", text: stateWords(item) }));
  if (["sending", "looking", "busy"].includes(item.state)) {
    said.append(make("progress", {
      "aria-label": t("sent.progress", { name: item.name }), max: 1, value: item.state === "sending" ? item.share : undefined,
    }));
  }
  if ((item.state === "failed" && !item.isFinal) || item.state === "stopped") {
    row.append(make("button", { type: "button", text: t("sent.retry"), onclick: () => photos.retry(item) }));
  }
  return row;
};

/** The list of all photos that were given since the page was opened. */
const sentList = (signal) => {
  const section = make("section", { "aria-labelledby": "sent-heading" });
  const list = make("ol", { class: "sent-list" });
  const count = make("p", { class: "quiet" });
  const whole = make("progress", { class: "whole", max: 1, "aria-labelledby": "sent-heading" });
  const stop = make("button", { type: "button", text: t("sent.stop"), onclick: () => photos.stop() });
  const clear = make("button", { type: "button", text: t("sent.clear"), onclick: () => photos.clear() });
  const rows = new Map();
  section.append(
    make("div", { class: "bar" }, make("h2", { id: "sent-heading", text: t("sent.title") }), count, make("div", { class: "controls" }, stop, clear)),
    whole, list);

  const tally = () => {
    const of = (...states) => photos.items.filter((item) => states.includes(item.state)).length;
    const [all, done, failed, idle] = [photos.items.length, of("done"), of("failed"), of("done", "failed", "stopped")];
    count.textContent = [t("sent.so_far", { done, all }), failed ? t("sent.failed", { n: failed }) : ""].filter(Boolean).join(", ");
    whole.max = Math.max(1, all);
    whole.value = idle;
    whole.hidden = all < 2 || idle === all;
    stop.hidden = idle === all;
    clear.hidden = idle === 0;
    section.hidden = all === 0;
  };
  const arrange = () => {
    rows.clear();
    for (const item of photos.items) rows.set(item, itemRow(item));
    list.replaceChildren(...rows.values());
  };
  photos.addEventListener("change", ({ detail: item }) => {
    if (item !== null && rows.has(item)) {
      const row = itemRow(item);
      const hadFocus = rows.get(item).contains(document.activeElement);
      rows.get(item).replaceWith(row);
      rows.set(item, row);
      if (hadFocus) row.querySelector("a, button")?.focus();
    } else if (item !== null || photos.items.length !== rows.size || photos.items.some((each) => each.state === "stopped")) arrange();
    tally();
  }, { signal });
  arrange();
  tally();
  return section;
};

export const openStart = (main, { signal }) => {
  main.replaceChildren(
    make("div", { class: "headline" }, make("h1", { text: t("start.title") }), make("p", { class: "lead", text: t("start.lead") })),
    make("div", { class: "giving" }, dropCard(), optionsForm({ signal })),
    sentList(signal));
  return t("start.title");
};
