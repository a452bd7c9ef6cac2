// What is drawn over a photo: the cracks' pixels tinted, their centrelines, their numbers.
import { draw, make } from "./dom.js";
import { fillRuns } from "./runs.js";

// Okabe and Ito (2008), "Color universal design": told apart with any colour vision; the colours of the reports.
export const COLOURS = ["#d55e00", "#009eff", "#f0e442", "#cc79a7", "#56e9b4", "#e69f00"];
const MOST_CANVAS_PX = 16_000_000; // some phones' browsers draw no larger one
const MOST_LABELS = 30;
const FAINT = 0.35;

export const colourOf = (crack) => COLOURS[(crack.number - 1) % COLOURS.length];

// A point (row, column) of a document is the middle of a pixel.
const pathOf = (crack) => {
  const lines = crack.centreline.filter((line) => line.length > 1);
  if (lines.length === 0) {
    const { row, column, height, width } = crack.box;
    return `M${column} ${row}h${width}v${height}h${-width}z`;
  }
  return lines.map((line) => `M${line.map(([row, column]) => `${column + 0.5} ${row + 0.5}`).join("L")}`).join("");
};

const labelSpot = (crack) => {
  const longest = crack.centreline.reduce((most, line) => (line.length > most.length ? line : most), []);
  const [row, column] = longest[longest.length >> 1] ?? crack.max_width_at;
  return [column + 0.5, row + 0.5];
};

/** The cracks' pixels, each in its crack's colour, on a canvas of the photo's size. */
const tintCanvas = (cracks, { width_px: width, height_px: height }) => {
  const shrunk = Math.min(1, Math.sqrt(MOST_CANVAS_PX / (width * height)));
  const canvas = make("canvas", { class: "tint", "aria-hidden": "true" });
  canvas.width = Math.round(width * shrunk);
  canvas.height = Math.round(height * shrunk);
  const pen = canvas.getContext("2d");
  const paint = (chosen) => {
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    for (const crack of cracks.toReversed?.() ?? [...cracks].reverse()) {
      pen.globalAlpha = chosen === null || chosen === crack ? 1 : FAINT;
      pen.fillStyle = colourOf(crack);
      fillRuns(pen, crack.mask);
    }
  };
  paint(null);
  return { canvas, paint };
};

/**
 * Make the marks of a photo's cracks.
 *
 * Returns the `canvas` to lie on the photo, the `svg` to lie on the stage, `place` to be told where the photo is,
 * and `choose` to highlight one crack or none.
 */
export const makeMarks = (cracks, photo) => {
  const { canvas, paint } = tintCanvas(cracks, photo);
  const world = draw("g", { class: "world" });
  const labels = draw("g", { class: "labels" });
  const ring = draw("circle", { class: "ring", r: 13, visibility: "hidden" });
  const svg = draw("svg", { class: "marks", "aria-hidden": "true" }, world, ring, labels);
  const parts = new Map();

  for (const crack of cracks) {
    const d = pathOf(crack);
    const group = draw("g", { class: "mark", "data-number": crack.number },
      draw("path", { class: "casing", d }), draw("path", { class: "line", d, stroke: colourOf(crack) }), draw("path", { class: "touch", d }));
    world.append(group);
    const width = 12 + 8 * String(crack.number).length;
    const label = draw("g", { class: "label", "data-number": crack.number },
      draw("rect", { x: -width / 2, y: -11, width, height: 22, rx: 6, fill: colourOf(crack) }),
      draw("text", { y: 5, "text-anchor": "middle", text: String(crack.number) }));
    if (crack.number > MOST_LABELS) label.classList.add("spare");
    labels.append(label);
    parts.set(crack, { group, label, spot: labelSpot(crack) });
  }

  let chosen = null, view = { scale: 1, x: 0, y: 0 };
  const onStage = ([x, y]) => [x * view.scale + view.x, y * view.scale + view.y];
  const place = (at) => {
    view = at;
    world.setAttribute("transform", `matrix(${at.scale} 0 0 ${at.scale} ${at.x} ${at.y})`);
    for (const { label, spot } of parts.values()) {
      const [x, y] = onStage(spot);
      label.setAttribute("transform", `translate(${x.toFixed(1)} ${(y - 20).toFixed(1)})`);
    }
    if (chosen === null) return;
    const [x, y] = onStage([chosen.max_width_at[1] + 0.5, chosen.max_width_at[0] + 0.5]);
    ring.setAttribute("cx", x.toFixed(1));
    ring.setAttribute("cy", y.toFixed(1));
  };
  const choose = (crack) => {
    chosen = crack;
    paint(crack);
    svg.classList.toggle("choosing", crack !== null);
    for (const [each, { group, label }] of parts) {
      group.classList.toggle("chosen", each === crack);
      label.classList.toggle("chosen", each === crack);
    }
    if (crack !== null) world.append(parts.get(crack).group); // over the others
    ring.setAttribute("visibility", crack === null ? "hidden" : "visible");
    place(view);
  };
  return { canvas, svg, place, choose };
};
