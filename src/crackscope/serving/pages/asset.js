// One asset: how its cracks changed from inspection to inspection.
import { askJson } from "./api.js";
import { lineChart } from "./chart.js";
import { make } from "./dom.js";
import { dateText, lengthText, widthText } from "./figures.js";
import { t } from "./language.js";
import { chooseAsset } from "./options.js";
import { inspectionTable } from "./rows.js";

const VISIT_GAP_MS = 12 * 3_600_000; // photos further apart belong to two visits

const timeOf = (row) => new Date(row.taken_at ?? row.created_at).getTime();

/** Points of a figure: a photo without cracks counts 0; those that only a classifier saw are left out. */
const pointsOf = (rows, figure, unit, write) => rows.filter((row) => row.coverage !== null).map((row) => {
  const value = row.cracks === 0 ? 0 : row[`${figure}_${unit}`] ?? 0;
  const words = { value: write(value, unit), date: dateText(timeOf(row)), name: row.photo };
  return { time: timeOf(row), value, href: `#/inspections/${row.id}`, label: t("asset.point", words) };
});

/** The largest point of each visit: photos of one visit show different places, no change between them. */
const largestOfVisits = (points) => {
  const visits = [];
  points.forEach((point, at) => {
    if (at === 0 || point.time - points[at - 1].time > VISIT_GAP_MS) visits.push(point);
    else if (point.value > visits.at(-1).value) visits[visits.length - 1] = point;
  });
  return visits;
};

const charts = (rows, signal) => {
  const located = rows.filter((row) => row.coverage !== null);
  if (located.length < 2) return [make("p", { class: "note", text: t("asset.one") })];
  const unit = located.every((row) => row.cracks === 0 || row.widest_mm !== null) && located.some((row) => row.widest_mm !== null) ? "mm" : "px";
  const chart = (heading, figure, write) => {
    const points = pointsOf(rows, figure, unit, write);
    return lineChart({ points, line: largestOfVisits(points), heading, write: (value) => write(value, unit), signal });
  };
  return [
    make("div", { class: "charts" }, chart(t("asset.widest"), "widest", widthText), chart(t("asset.total"), "total_length", lengthText)),
    make("p", { class: "hint", text: unit === "px" ? `${t("asset.time")} ${t("asset.pixels")}` : t("asset.time") }),
  ];
};

export const openAsset = async (main, { id: name, signal }) => {
  const history = await askJson(`/v1/assets/${encodeURIComponent(name)}/history`, { signal });
  signal.throwIfAborted();
  const rows = history.items.toSorted?.((a, b) => timeOf(a) - timeOf(b)) ?? [...history.items].sort((a, b) => timeOf(a) - timeOf(b));
  const { table, add } = inspectionTable({ withAsset: false, label: t("asset.list") });
  add([...rows].reverse());
  const [first, last] = [dateText(timeOf(rows[0])), dateText(timeOf(rows.at(-1)))];
  main.replaceChildren(
    make("div", { class: "headline" }, make("p", { class: "kind", text: t("asset.kind") }), make("h1", { text: name }),
      make("p", { class: "lead", text: `${t("asset.count", { n: rows.length })}, ${first === last ? first : t("asset.span", { first, last })}` })),
    make("section", { "aria-labelledby": "chart-heading" }, make("h2", { id: "chart-heading", text: t("asset.chart") }), ...charts(rows, signal)),
    make("section", { "aria-labelledby": "list-heading" },
      make("div", { class: "bar" }, make("h2", { id: "list-heading", text: t("asset.list") }),
        make("div", { class: "controls" }, make("a", { class: "button", href: "#/", text: t("asset.more_photos"), onclick: () => chooseAsset(name) }))),
      table));
  return name;
};
