// What is kept, newest first, a page at a time.
import { askJson } from "./api.js";
import { announce, make } from "./dom.js";
import { named, t } from "./language.js";
import { inspectionTable } from "./rows.js";

const PAGE = 30;
const FILTERS = ["asset", "verdict", "severity", "since", "until"];

const chosenOf = (query) => Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));

// Days are meant as the reader's own; the last one counts whole.
const dayStart = (day, later = 0) => {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
};

const addressOf = (chosen, cursor) => {
  const query = new URLSearchParams({ limit: PAGE });
  for (const name of ["asset", "verdict", "severity"]) if (chosen[name]) query.set(name, chosen[name]);
  if (chosen.since) query.set("since", dayStart(chosen.since));
  if (chosen.until) query.set("until", dayStart(chosen.until, 1));
  if (cursor) query.set("cursor", cursor);
  return `/v1/inspections?${query}`;
};

/** Names of classes from the rules' words, such as "low up to 10 mm, high". */
const classNames = (rules) =>
  [...new Set(rules.items.flatMap((rule) => rule.classes.split(", ").map((each) => each.split(" up to ")[0])))];

const filterForm = (chosen, assets, classes) => {
  const apply = () => {
    const query = new URLSearchParams(FILTERS.map((name) => [name, form.elements[name].value]).filter(([, value]) => value !== ""));
    location.hash = query.size ? `#/history?${query}` : "#/history";
  };
  const select = (name, key, options) => {
    const known = chosen[name] === "" || options.some(([value]) => value === chosen[name]) ? options : [...options, [chosen[name], chosen[name]]];
    return make("label", { class: "field" }, make("span", { text: t(key) }),
      make("select", { name, onchange: apply }, make("option", { value: "", text: t("history.all") }),
        ...known.map(([value, text]) => make("option", { value, text, selected: value === chosen[name] }))));
  };
  const day = (name, key) => make("label", { class: "field" }, make("span", { text: t(key) }),
    make("input", { type: "date", name, value: chosen[name], onchange: apply }));
  const form = make("form", { class: "filters", onsubmit: (event) => event.preventDefault() },
    select("asset", "result.asset", assets.map((name) => [name, name])),
    select("verdict", "history.verdict", ["crack", "no crack"].map((name) => [name, named("verdict", name)])),
    select("severity", "history.severity", classes.map((name) => [name, named("severity", name)])),
    day("since", "history.since"), day("until", "history.until"),
    FILTERS.some((name) => chosen[name]) ? make("a", { class: "button", href: "#/history", text: t("history.reset") }) : null);
  return form;
};

const assetLinks = (assets) => (assets.length === 0 ? null :
  make("nav", { class: "assets", "aria-label": t("history.assets") }, make("span", { class: "quiet", text: t("history.assets") }),
    ...assets.map((name) => make("a", { class: "pill", href: `#/assets/${encodeURIComponent(name)}`, text: name }))));

export const openHistory = async (main, { query, signal }) => {
  const chosen = chosenOf(query);
  const isFiltered = FILTERS.some((name) => chosen[name]);
  const [assets, rules, page] = await Promise.all(
    ["/v1/assets", "/v1/rules", addressOf(chosen)].map((path) => askJson(path, { signal })));
  signal.throwIfAborted();
  const focused = document.activeElement?.closest(".filters") ? document.activeElement.name : null;
  const { table, add } = inspectionTable({ withAsset: true, label: t("history.title") });
  const count = make("p", { class: "quiet", role: "status" });
  const fault = make("p", { class: "fault", role: "alert", hidden: true });
  const more = make("button", { type: "button", text: t("history.more") });
  let cursor = null, shown = 0;

  const take = ({ items, next_cursor: next }) => {
    add(items);
    shown += items.length;
    cursor = next;
    more.hidden = cursor === null;
    count.textContent = cursor === null ? t("history.loaded", { n: shown }) : t("history.loaded_more", { count: shown });
  };
  more.addEventListener("click", async () => {
    more.disabled = true;
    fault.hidden = true;
    try {
      const place = shown;
      take(await askJson(addressOf(chosen, cursor), { signal }));
      announce(count.textContent);
      table.tBodies[0].rows[place]?.querySelector("a").focus();
    } catch (error) {
      if (signal.aborted) return;
      fault.textContent = error.message;
      fault.hidden = false;
    }
    more.disabled = false;
  });

  take(page);
  const isEmpty = shown === 0;
  main.replaceChildren(
    make("div", { class: "headline bar" }, make("h1", { text: t("history.title") }), isEmpty ? null : count),
    ...(isEmpty && !isFiltered ? [] : [assetLinks(assets.items), filterForm(chosen, assets.items, classNames(rules))].filter(Boolean)),
    isEmpty
      ? make("div", { class: "note" }, make("p", { text: t(isFiltered ? "history.nothing" : "history.empty") }),
        isFiltered ? "" : make("p", { class: "more" }, make("a", { class: "button strong", href: "#/", text: t("history.first") })))
      : table,
    fault, make("p", { class: "more" }, more));
  more.hidden = cursor === null;
  if (focused !== null) queueMicrotask(() => main.querySelector(`[name="${focused}"]`)?.focus({ preventScroll: true }));
  return t("history.title");
};
