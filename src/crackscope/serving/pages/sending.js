// The photos that were given, posted one after the other, two at once.
import { postPhoto } from "./api.js";
import { inBestUnit } from "./figures.js";
import { announce } from "./dom.js";
import { t } from "./language.js";

const AT_ONCE = 2;
const FINAL = [413, 415, 422]; // of the photo itself; to send it again would not help
const THUMB = { width: 200, height: 136 };

/** States of a photo: waiting → sending → looking → done, or busy in between, failed, stopped. */
class Photos extends EventTarget {
  items = [];
  #running = 0;
  #stopping = new AbortController();

  get isBusy() {
    return this.#running > 0;
  }

  /** Put files at the end of the line; returns their items. */
  add(files, fields) {
    const fresh = files.map((file) => ({ file, fields, name: file.name, state: "waiting", share: 0, left: 0 }));
    this.items.push(...fresh);
    announce(t("sent.announce_start", { n: fresh.length }));
    this.#said(null);
    this.#next();
    return fresh;
  }

  retry(item) {
    Object.assign(item, { state: "waiting", share: 0, problem: undefined });
    this.#said(item);
    this.#next();
  }

  /** Give up what is under way and what waits. */
  stop() {
    for (const item of this.items) if (item.state === "waiting") item.state = "stopped";
    this.#stopping.abort();
    this.#stopping = new AbortController();
    this.#said(null);
  }

  clear() {
    this.items = this.items.filter((item) => !["done", "failed", "stopped"].includes(item.state));
    this.#said(null);
  }

  #said(item) {
    this.dispatchEvent(new CustomEvent("change", { detail: item }));
  }

  #next() {
    while (this.#running < AT_ONCE) {
      const item = this.items.find((each) => each.state === "waiting");
      if (item === undefined) return;
      this.#running += 1;
      this.#send(item, this.#stopping.signal).finally(() => {
        this.#running -= 1;
        this.#next();
        this.#said(null);
      });
    }
  }

  async #send(item, signal) {
    const change = (traits) => {
      Object.assign(item, traits);
      this.#said(item);
    };
    change({ state: "sending", share: 0 });
    item.thumb ??= await thumbOf(item.file);
    try {
      const found = await postPhoto(item.file, item.fields, {
        signal,
        sent: (share) => change({ state: share < 1 ? "sending" : "looking", share }),
        waiting: (left) => change({ state: "busy", left }),
      });
      change({ state: "done", found: shortened(found) });
      announce(t("sent.announce_done", { name: item.name, result: t("cracks", { n: found.cracks.length }) }));
    } catch (error) {
      if (signal.aborted) return change({ state: "stopped" });
      change({ state: "failed", problem: error.message, isFinal: FINAL.includes(error.status) });
      announce(t("sent.announce_failed", { name: item.name, reason: item.problem }));
    }
  }
}

/** What the list says of a document, so that not all of them stay in memory. */
const shortened = ({ id, verdict, cracks }) => {
  const mm = cracks.every((crack) => crack.length_mm !== null);
  const unit = mm ? "mm" : "px";
  const sum = cracks.reduce((total, crack) => total + crack[`length_${unit}`], 0);
  const widest = Math.max(0, ...cracks.map((crack) => inBestUnit(crack, "max_width")).filter((pair) => pair[1] === unit).map((pair) => pair[0]));
  return { id, verdict, count: cracks.length, unit, sum, widest };
};

/** A small picture of a file; null where the browser cannot read it. */
const thumbOf = async (file) => {
  try {
    const picture = await createImageBitmap(file);
    const canvas = document.createElement("canvas");
    Object.assign(canvas, THUMB);
    const scale = Math.max(THUMB.width / picture.width, THUMB.height / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, (THUMB.width - width) / 2, (THUMB.height - height) / 2, width, height);
    picture.close();
    return canvas;
  } catch {
    return null;
  }
};

export const photos = new Photos();
