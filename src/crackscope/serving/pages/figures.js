// Figures as the reports write them, in the language of the page.
import { locale } from "./language.js";

const THIN = "\u202f";

const fixed = (value, decimals) =>
  value.toLocaleString(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

export const lengthText = (value, unit) => {
  if (unit === "mm" && value >= 10_000) return fixed(value / 1000, 2) + THIN + "m";
  return fixed(value, value >= 100 || unit === "px" ? 0 : 1) + THIN + unit;
};

export const widthText = (value, unit) => fixed(value, unit === "px" ? 1 : 2) + THIN + unit;

/** A standard deviation, never written as 0; null where none is known. */
export const lengthSigmaText = (sigma, unit) =>
  sigma ? `±${THIN}${lengthText(Math.max(sigma, unit === "px" ? 1 : 0.1), unit)}` : null;

export const widthSigmaText = (sigma, unit) =>
  sigma ? `±${THIN}${widthText(Math.max(sigma, unit === "px" ? 0.1 : 0.01), unit)}` : null;

export const shareText = (share) => {
  const percent = 100 * share;
  if (percent === 0) return `0${THIN}%`;
  if (percent < 0.01) return `< ${fixed(0.01, 2)}${THIN}%`;
  return fixed(percent, percent < 10 ? 2 : 1) + THIN + "%";
};

export const percentText = (share) => fixed(100 * share, 0) + THIN + "%";

export const numberText = (value, most = 3) => value.toLocaleString(locale(), { maximumSignificantDigits: most });

export const timeText = (time) =>
  new Date(time).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });

export const dateText = (time) => new Date(time).toLocaleDateString(locale(), { dateStyle: "medium" });

/** mm where every crack has them, else px. */
export const unitOf = (cracks) => (cracks.length > 0 && cracks.every((crack) => crack.length_mm !== null) ? "mm" : "px");

/** One of a document's figures that may be known in mm: its value and unit; null where there is none. */
export const inBestUnit = (document, figure) => {
  if (document[`${figure}_mm`] !== null) return [document[`${figure}_mm`], "mm"];
  return document[`${figure}_px`] === null ? null : [document[`${figure}_px`], "px"];
};
