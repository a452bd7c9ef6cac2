// The cracks of an inspection as a table; choosing one shows it in the photo.
import { make } from "./dom.js";
import { lengthSigmaText, lengthText, unitOf, widthSigmaText, widthText } from "./figures.js";
import { named, t } from "./language.js";
import { colourOf } from "./marks.js";

const GOOD = ["within", "low"], BAD = ["exceeds", "high"];

/** A rule's class, coloured by how bad it is. */
export const severityBadge = (name, possible = [name]) => {
  const kind = possible.length > 1 ? "unsure" : GOOD.includes(name) ? "free" : BAD.includes(name) ? "crack" : "unsure";
  return make("span", { class: `badge ${kind}`, text: possible.map((each) => named("severity", each)).join(t("or")) });
};

const figure = (text, sigma) => make("td", { class: "number" }, text, sigma === null ? null : make("small", { text: sigma }));

const patternWords = (crack) => {
  if (crack.pattern === null) return null;
  const pattern = named("pattern", crack.pattern);
  const isCounted = ["branched", "map"].includes(crack.pattern) && crack.branches !== null;
  return isCounted ? t("branches", { pattern, count: crack.branches }) : pattern;
};

/** What is worth knowing beside the figures. */
const wordsOf = (crack, unit) => {
  const words = [patternWords(crack), ...crack.notes.map((note) => named("note", note))];
  if (crack.width_source === "mask") words.push(t("width_from_mask"));
  if (unit === "px" && crack.length_mm !== null) {
    words.push(`${lengthText(crack.length_mm, "mm")}, ${t("sent.widest", { width: widthText(crack.max_width_mm, "mm") })}`);
  }
  return words.filter(Boolean).join("; ");
};

const severityCell = ({ severity }) => {
  if (severity === null) return make("td", { class: "number", text: "–" });
  return make("td", { class: "number" }, severityBadge(severity.name, severity.possible),
    make("small", { text: `${widthText(severity.low_mm, "mm").replace(/\u202f.*/, "")}–${widthText(severity.high_mm, "mm")}` }));
};

/**
 * Make the table; `pointed(crack or null)` hears which one is chosen.
 * Returns the `table` and `choose(crack)`, which marks one without telling.
 */
export const crackTable = (cracks, { chosen }) => {
  const unit = unitOf(cracks);
  const judged = cracks.some((crack) => crack.severity !== null);
  const columns = judged ? 5 : 4;
  const head = (key, className = "number") => make("th", { scope: "col", class: className, text: t(key) });
  const buttons = new Map();

  const rowsOf = (crack) => {
    const chip = make("span", { class: "chip", text: String(crack.number) });
    chip.style.background = colourOf(crack);
    const button = make("button", { type: "button", "aria-pressed": "false", "aria-label": t("result.show", { number: crack.number }) }, chip);
    buttons.set(crack, button);
    const words = wordsOf(crack, unit);
    const traits = { "data-number": crack.number, onclick: () => chosen(button.getAttribute("aria-pressed") === "true" ? null : crack) };
    const row = make("tr", traits,
      make("td", {}, button),
      figure(lengthText(crack[`length_${unit}`], unit), lengthSigmaText(crack[`length_sigma_${unit}`], unit)),
      figure(widthText(crack[`mean_width_${unit}`], unit), widthSigmaText(crack[`mean_width_sigma_${unit}`], unit)),
      figure(widthText(crack[`max_width_${unit}`], unit), widthSigmaText(crack[`max_width_sigma_${unit}`], unit)),
      judged ? severityCell(crack) : null);
    return words === "" ? [row] : [row, make("tr", { ...traits, class: "words" }, make("td", { colspan: columns, text: words }))];
  };

  const table = make("table", { class: "cracks" },
    make("caption", { class: "unseen", text: t("result.caption") }),
    make("thead", {}, make("tr", {}, head("column.crack", ""), head("column.length"), head("column.mean"), head("column.max"),
      judged ? head("column.severity") : null)),
    make("tbody", {}, ...cracks.flatMap(rowsOf)));

  const choose = (crack, { intoView = false } = {}) => {
    for (const [each, button] of buttons) button.setAttribute("aria-pressed", String(each === crack));
    if (crack !== null && intoView) buttons.get(crack).closest("tr").scrollIntoView({ block: "nearest" });
  };
  return { table, choose };
};
