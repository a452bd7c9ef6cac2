// Elements, and what is said to those who cannot see them.

const SVG = "http://www.w3.org/2000/svg";

const furnish = (element, traits, children) => {
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

/** Make an element; `text` and string children are text, never markup, and `onclick` etc. are listeners. */
export const make = (tag, traits = {}, ...children) => furnish(document.createElement(tag), traits, children);

/** The same for SVG. */
export const draw = (tag, traits = {}, ...children) => furnish(document.createElementNS(SVG, tag), traits, children);

export const byId = (id) => document.getElementById(id);

/** A list of terms and what stands for them; pairs without a value are left out. */
export const facts = (pairs, className = "facts") =>
  make("dl", { class: className }, ...pairs.filter(([, value]) => value !== null && value !== undefined).map(
    ([term, value]) => make("div", {}, make("dt", { text: term }), make("dd", {}, value))));

/** Say something through the live region. */
export const announce = (sentence) => {
  const region = byId("announcement");
  region.textContent = region.textContent === sentence ? `${sentence}\u00a0` : sentence; // said again, too
};

/** Hand a file to the browser's downloads. */
export const download = (blob, name) => {
  const url = URL.createObjectURL(blob);
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};
