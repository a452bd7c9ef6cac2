// A figure over time as a small line chart; every point is a link.
import { draw, make } from "./dom.js";
import { dateText } from "./figures.js";
import { locale } from "./language.js";

const HEIGHT = 190, LEFT = 62, RIGHT = 18, TOP = 14, BOTTOM = 30;
const DAY_MS = 86_400_000;

/** Steps of an axis from 0: 1, 2 or 5 times a power of ten, three to six of them. */
export const axisSteps = (most) => {
  if (!(most > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most / 3));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => most / each <= 5);
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => at * step);
};

const timeTicks = (first, last, room) => {
  const count = Math.max(2, Math.min(5, Math.floor(room / 130)));
  const isShort = last - first < 2 * DAY_MS;
  const options = isShort ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } : { dateStyle: "medium" };
  return Array.from({ length: count }, (_, at) => {
    const time = first + ((last - first) * at) / (count - 1);
    return [time, new Date(time).toLocaleString(locale(), options)];
  }).filter(([, words], at, all) => at === 0 || words !== all[at - 1][1]);
};

/**
 * Draw points of `{time, value, href, label}` in order of time, in a box that goes with the width of the page, and
 * a line through those of them that are given once more as `line`.
 * `write(value)` gives the words of a value at the axis.
 */
export const lineChart = ({ points, line, heading, write, signal }) => {
  const svg = draw("svg", { class: "chart", role: "group", "aria-label": heading, height: HEIGHT });
  const readout = make("p", { class: "readout quiet", "aria-hidden": "true" });
  const paint = (width) => {
    const [first, last] = [points[0].time, points.at(-1).time];
    const steps = axisSteps(Math.max(...points.map((point) => point.value)));
    const x = (time) => (first === last ? (LEFT + width - RIGHT) / 2 : LEFT + ((time - first) / (last - first)) * (width - LEFT - RIGHT));
    const y = (value) => HEIGHT - BOTTOM - (value / steps.at(-1)) * (HEIGHT - TOP - BOTTOM);
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.replaceChildren(
      ...steps.flatMap((step) => [
        draw("line", { class: step === 0 ? "base" : "grid", x1: LEFT, x2: width - RIGHT, y1: y(step), y2: y(step) }),
        draw("text", { x: LEFT - 10, y: y(step) + 4, "text-anchor": "end", text: step === 0 ? "0" : write(step) })]),
      ...(first === last ? [] : timeTicks(first, last, width - LEFT).map(([time, words], at) =>
        draw("text", { x: x(time), y: HEIGHT - 8, "text-anchor": at === 0 ? "start" : time === last ? "end" : "middle", text: words }))),
      draw("path", { class: "area", d: `M${x(line[0].time)} ${y(0)}${line.map((point) => `L${x(point.time)} ${y(point.value)}`).join("")}V${y(0)}z` }),
      draw("polyline", { points: line.map((point) => `${x(point.time)},${y(point.value)}`).join(" ") }),
      ...points.map((point) => {
        const said = () => {
          readout.textContent = point.label;
        };
        return draw("a", { href: point.href, "aria-label": point.label, onpointerenter: said, onfocus: said },
          draw("title", { text: point.label }),
          draw("circle", { class: "touch", cx: x(point.time), cy: y(point.value), r: 14 }),
          draw("circle", { class: "point", cx: x(point.time), cy: y(point.value), r: 4.5 }));
      }));
  };
  const watch = new ResizeObserver(([entry]) => paint(Math.max(260, entry.contentRect.width)));
  watch.observe(svg);
  signal.addEventListener("abort", () => watch.disconnect());
  readout.textContent = points.at(-1).label ?? dateText(points.at(-1).time);
  return make("figure", { class: "card" }, make("figcaption", {}, make("h3", { text: heading }), readout), svg);
};
