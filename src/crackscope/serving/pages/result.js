// One inspection: its photo with the cracks, and what is known of them.
import { Problem, ask, askJson } from "./api.js";
import { confirmed } from "./confirm.js";
import { crackTable } from "./cracks.js";
import { announce, byId, download, facts, make } from "./dom.js";
import { lengthText, numberText, percentText, shareText, timeText, unitOf, widthText } from "./figures.js";
import { named, t } from "./language.js";
import { makeMarks } from "./marks.js";
import { openStage } from "./stage.js";

const TINT_KEY = "crackscope.tint";

const stem = (name) => name.replace(/.*\//, "").replace(/\.[^.]*$/, "");

const scaleText = (found) => {
  if (found.scale_mm_per_px === null) return found.scale_remark;
  const sigma = found.scale_sigma_mm_per_px ? ` ± ${numberText(found.scale_sigma_mm_per_px, 2)}` : "";
  return `${numberText(found.scale_mm_per_px, 4)}${sigma}\u202fmm/px`;
};

const factList = (found) => {
  const { cracks, photo } = found;
  const unit = unitOf(cracks);
  const some = cracks.length > 0;
  return facts([
    [t("result.total"), some ? lengthText(cracks.reduce((sum, crack) => sum + crack[`length_${unit}`], 0), unit) : null],
    [t("result.widest"), some ? widthText(Math.max(...cracks.map((crack) => crack[`max_width_${unit}`])), unit) : null],
    [t("result.coverage"), found.coverage === null ? null : shareText(found.coverage)],
    [t("result.density"), found.density_m_per_m2 === null || !some ? null : `${numberText(found.density_m_per_m2)}\u202fm/m²`],
    [t("result.probability"), found.probability === null ? null : percentText(found.probability)],
    [t("result.asset"), found.asset && make("a", { href: `#/assets/${encodeURIComponent(found.asset)}`, text: found.asset })],
    [t("result.scale"), scaleText(found)],
    [t("result.size"), `${photo.width_px} × ${photo.height_px}\u202fpx`],
    [t("result.taken"), photo.taken_at && timeText(photo.taken_at)],
    [t("result.inspected"), timeText(found.created_at)],
    [t("result.camera"), photo.camera],
    [t("result.model"), found.model.name],
    [t("result.rule"), found.rule && make("span", { class: "rule", text: found.rule.replace(/^[^ ]*: /, "") })],
  ]);
};

const noCracks = (found) => {
  if (found.cracks.length > 0) return null;
  const key = found.screening && !found.screening.passed ? "result.screened" : found.verdict === "crack" ? "result.unlocated" : "result.none";
  return make("p", { class: "note", text: t(key) });
};

/** Let the button do its work, and say what goes wrong. */
const working = (button, work) => async () => {
  button.disabled = true;
  const fault = byId("result-fault");
  fault.hidden = true;
  try {
    await work();
  } catch (error) {
    fault.textContent = error.message;
    fault.hidden = false;
  }
  button.disabled = false;
};

const actions = (found) => {
  const { name } = found.photo;
  const action = (key, work, className) => {
    const button = make("button", { type: "button", class: className, text: t(`result.${key}`), "aria-label": t(`result.${key}_label`), title: t(`result.${key}_label`) });
    button.addEventListener("click", working(button, work));
    return button;
  };
  const overlay = found.links.overlay && action("overlay", async () =>
    download(await (await ask(found.links.overlay, { accept: "image/jpeg" })).blob(), `${stem(name)}-cracks.jpg`), "save");
  const json = action("json", () =>
    download(new Blob([JSON.stringify(found, null, 2)], { type: "application/json" }), `${stem(name)}.json`), "save");
  const remove = make("button", { type: "button", class: "danger", id: "delete", text: t("result.delete") });
  const erase = working(remove, async () => {
    await ask(found.links.self, { method: "DELETE" });
    location.hash = "#/history";
    announce(t("result.deleted", { name }));
  });
  remove.addEventListener("click", async () => {
    const question = { heading: t("result.delete_heading"), text: t("result.delete_text", { name }), yes: t("result.delete") };
    if (await confirmed(question)) erase();
  });
  return make("div", { class: "buttons" }, overlay ?? null, json, remove);
};

/** Load the photo into an image; a kind of file that the browser cannot show comes as a JPEG, cracks drawn in. */
const loadPhoto = async (image, found, { signal, said }) => {
  const show = async (path, accept) => {
    const url = URL.createObjectURL(await (await ask(path, { accept, signal })).blob());
    signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    image.src = url;
    await image.decode();
  };
  if (!found.links.photo) return said(t("result.photo_gone"));
  said(t("result.photo_loading"));
  try {
    try {
      await show(found.links.photo, "*/*");
      said("");
    } catch (error) {
      if (error instanceof Problem || signal.aborted) throw error;
      await show(found.links.overlay, "image/jpeg");
      said(t("result.photo_drawn"));
    }
  } catch (error) {
    if (!signal.aborted) said(error.message);
  }
};

const tintOf = () => {
  try {
    return Number(localStorage.getItem(TINT_KEY) ?? 60);
  } catch {
    return 60;
  }
};

/** The photo on its stage, with the knobs that belong to it. */
const stagePart = (found, { signal, clicked }) => {
  const { cracks, photo } = found;
  const marks = makeMarks(cracks, photo);
  const image = make("img", { alt: "", draggable: "false" });
  const world = make("div", { class: "wall" }, image, marks.canvas);
  world.style.width = `${photo.width_px}px`;
  world.style.height = `${photo.height_px}px`;
  const note = make("p", { class: "stage-note", role: "status", hidden: true });
  const zoom = make("output", { class: "zoom", "aria-hidden": "true" });
  const stage = make("div", {
    class: "stage", id: "stage", tabindex: 0, role: "group", "aria-describedby": "stage-keys",
    "aria-label": t("stage.label", { name: photo.name, cracks: t("cracks", { n: cracks.length }) }),
  }, world, marks.svg, note);
  const tint = make("input", { type: "range", id: "tint", min: 0, max: 100, value: tintOf(), "aria-label": t("stage.tint") });
  const tinted = () => {
    marks.canvas.style.opacity = String(tint.value / 100);
    try {
      localStorage.setItem(TINT_KEY, tint.value);
    } catch { /* storage is switched off */ }
  };
  tint.addEventListener("input", tinted);
  tinted();
  const lines = make("input", { type: "checkbox", checked: true, id: "lines", onchange: () => marks.svg.classList.toggle("bare", !lines.checked) });
  const knob = (sign, key, work) => make("button", { type: "button", text: sign, title: t(key), "aria-label": t(key), onclick: work });

  const frame = make("div", { class: "stage-frame" }, stage,
    make("p", { class: "unseen", id: "stage-keys", text: t("stage.keys") }));
  const open = () => {
    const view = openStage(stage, {
      width: photo.width_px, height: photo.height_px, signal,
      moved: (at) => {
        world.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
        world.classList.toggle("pixels", at.scale >= 4);
        zoom.textContent = percentText(at.scale);
        marks.place(at);
      },
      clicked: (event) => {
        const hit = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-number]");
        clicked(hit ? cracks.find((crack) => crack.number === Number(hit.dataset.number)) : null);
      },
    });
    frame.append(make("div", { class: "knobs" },
      knob("−", "stage.out", view.zoomOut), zoom, knob("+", "stage.in", view.zoomIn), knob("⤢", "stage.fit", view.fit),
      ...(cracks.length === 0 ? [] : [
        make("label", { class: "tint-knob" }, make("span", { text: t("stage.tint_short"), "aria-hidden": "true" }), tint),
        make("label", {}, lines, t("stage.lines")),
      ])));
    loadPhoto(image, found, {
      signal,
      said: (words) => {
        note.textContent = words;
        note.hidden = words === "";
      },
    });
    return view;
  };
  return { frame, marks, open };
};

export const openResult = async (main, { id, signal }) => {
  const found = await askJson(`/v1/inspections/${encodeURIComponent(id)}`, { signal });
  signal.throwIfAborted();
  const { cracks } = found;
  main.className = "wide";
  let view = null, list = null;
  const pick = (crack, { fly }) => {
    part.marks.choose(crack);
    list.choose(crack, { intoView: !fly });
    if (crack === null) return;
    if (fly) view.showBox(crack.box, crack.max_width_at);
    announce(t("stage.crack_shown", { number: crack.number }));
  };
  const part = stagePart(found, { signal, clicked: (crack) => pick(crack, { fly: false }) });
  list = crackTable(cracks, { chosen: (crack) => pick(crack, { fly: true }) });
  const isCracked = found.verdict === "crack";
  const words = isCracked && cracks.length > 0 ? t("cracks", { n: cracks.length }) : named("verdict", found.verdict);
  main.replaceChildren(make("article", { class: "result" },
    make("header", { class: "result-head" },
      make("h1", { text: found.photo.name }), make("span", { class: `badge ${isCracked ? "crack" : "free"}`, text: words }), actions(found)),
    make("div", { class: "result-body" }, part.frame,
      make("div", { class: "panel" },
        make("p", { class: "fault", id: "result-fault", role: "alert", hidden: true }),
        noCracks(found), cracks.length > 0 ? list.table : null, factList(found)))));
  view = part.open();
  return found.photo.name;
};
