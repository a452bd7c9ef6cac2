// Kept inspections as rows of a table.
import { severityBadge } from "./cracks.js";
import { make } from "./dom.js";
import { inBestUnit, lengthText, timeText, widthText } from "./figures.js";
import { named, t } from "./language.js";

const cell = (key, className, ...children) => make("td", { class: className, "data-label": t(key), role: "cell" }, ...children);

const figure = (key, row, name, write) => {
  const known = row.cracks > 0 ? inBestUnit(row, name) : null;
  return cell(key, "number", known === null ? "–" : write(...known));
};

const rowOf = (row, withAsset) => {
  const isCracked = row.verdict === "crack";
  const opened = `#/inspections/${row.id}`;
  return make("tr", {
    class: isCracked ? "crack" : "free", role: "row",
    onclick: (event) => {
      if (!event.target.closest("a") && String(getSelection()) === "") location.hash = opened;
    },
  },
  make("td", { class: "name", role: "cell" }, make("a", { href: opened, text: row.photo })),
  withAsset ? cell("result.asset", "asset", row.asset === null ? "–" : make("a", { href: `#/assets/${encodeURIComponent(row.asset)}`, text: row.asset })) : null,
  cell("history.when", "when", timeText(row.created_at)),
  make("td", { class: "verdict", role: "cell" },
    make("span", { class: `badge ${isCracked ? "crack" : "free"}`, text: named("verdict", row.verdict) }),
    row.severity === null ? null : severityBadge(row.severity)),
  cell("history.cracks", "number", row.coverage === null ? "–" : row.cracks.toLocaleString()),
  figure("result.total", row, "total_length", lengthText),
  figure("result.widest", row, "widest", widthText));
};

/** An empty table of inspections and `add(rows)`. */
export const inspectionTable = ({ withAsset, label }) => {
  const head = (key, className = "") => make("th", { scope: "col", role: "columnheader", class: className, text: t(key) });
  const body = make("tbody", { role: "rowgroup" });
  const table = make("table", { class: "plain kept", role: "table", "aria-label": label },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" },
      head("history.photo"), withAsset ? head("result.asset") : null, head("history.when"), head("history.verdict"),
      head("history.cracks", "number"), head("result.total", "number"), head("result.widest", "number"))),
    body);
  return { table, add: (rows) => body.append(...rows.map((row) => rowOf(row, withAsset))) };
};
