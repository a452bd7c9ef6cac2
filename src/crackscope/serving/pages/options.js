// What is said of photos before they are sent: scale, asset, rule, model.
import { askJson } from "./api.js";
import { make } from "./dom.js";
import { numberText } from "./figures.js";
import { named, t } from "./language.js";

const KEY = "crackscope.options";

const remembered = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};
let values = { scale: "", asset: "", rule: "", model: "", ...remembered() };

const remember = (changes) => {
  values = { ...values, ...changes };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(values));
  } catch { /* storage is switched off: kept as long as the page */ }
};

export const chooseAsset = (asset) => remember({ asset });

const scaleNumber = () => values.scale.trim().replace(",", ".");

/** The fields of a request; null where one must be mended first, which then has the focus. */
export const chosenFields = () => {
  const input = document.getElementById("scale");
  const scale = scaleNumber();
  let fault = "";
  if (scale !== "" && !(Number.isFinite(Number(scale)) && Number(scale) > 0)) fault = t("options.scale_bad");
  else if (scale === "" && values.rule !== "") fault = t("options.scale_needed");
  if (input !== null) {
    showFault(input, fault);
    if (fault) input.focus();
  }
  return fault ? null : {
    scale_mm_per_px: scale, asset: values.asset.trim(), rule: values.rule, model: values.model,
  };
};

const showFault = (input, fault) => {
  const hint = document.getElementById("scale-hint");
  hint.textContent = fault || t("options.scale_hint");
  hint.classList.toggle("fault", fault !== "");
  hint.setAttribute("role", fault ? "alert" : "note");
  if (fault) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
};

/** The service's words of a rule's classes, "low up to 10 mm, high", in the page's language. */
const classesWords = (classes) => classes.split(", ").map((each) => {
  const [, name, limit] = /^(.*?)(?: up to ([\d.]+) mm)?$/.exec(each);
  const words = named("severity", name);
  return limit === undefined ? words : t("options.class", { name: words, limit: numberText(Number(limit)) });
}).join(", ");

const field = (label, input, hint = null) =>
  make("div", { class: "field" }, make("label", { for: input.id, text: label }), input, hint);

/** The form; its lists fill themselves when the service has answered. */
export const optionsForm = ({ signal }) => {
  const scale = make("input", {
    id: "scale", inputmode: "decimal", autocomplete: "off", value: values.scale, placeholder: numberText(0.25), "aria-describedby": "scale-hint",
    oninput: () => {
      remember({ scale: scale.value });
      showFault(scale, "");
    },
  });
  const asset = make("input", {
    id: "asset", list: "assets", maxlength: 200, autocomplete: "off", value: values.asset,
    placeholder: t("options.asset_example"), "aria-describedby": "asset-hint",
    oninput: () => remember({ asset: asset.value }),
  });
  const assets = make("datalist", { id: "assets" });
  const ruleHint = make("p", { class: "hint", id: "rule-hint" });
  const rule = make("select", { id: "rule", "aria-describedby": "rule-hint" }, make("option", { value: "", text: t("options.no_rule") }));
  const model = make("select", { id: "model", onchange: () => remember({ model: model.value }) });
  const modelField = field(t("options.model"), model);
  modelField.hidden = true;

  const fill = async () => {
    const [rules, models, known] = await Promise.all(
      ["/v1/rules", "/v1/models", "/v1/assets"].map((path) => askJson(path, { signal })));
    assets.append(...known.items.map((name) => make("option", { value: name })));
    const groups = Map.groupBy?.(rules.items, (each) => each.title) ?? new Map([["", rules.items]]);
    for (const [title, cases] of groups) {
      rule.append(make("optgroup", { label: title }, ...cases.map((each) => make("option", { value: each.name, text: each.case }))));
    }
    const said = () => {
      ruleHint.textContent = classesWords(rules.items.find((each) => each.name === rule.value)?.classes ?? "");
    };
    rule.addEventListener("change", () => {
      remember({ rule: rule.value });
      said();
      showFault(scale, values.rule !== "" && scaleNumber() === "" ? t("options.scale_needed") : "");
    });
    rule.value = values.rule;
    if (rule.value !== values.rule) rule.value = "";
    said();
    if (values.rule !== "" && scaleNumber() === "") showFault(scale, t("options.scale_needed"));
    model.append(...models.items.map((each) => make("option", { value: each.name, text: each.name })));
    if (models.items.some((each) => each.name === values.model)) model.value = values.model;
    else remember({ model: "" });
    modelField.hidden = models.items.length < 2;
  };
  fill().catch((error) => {
    if (!signal.aborted) ruleHint.textContent = error.message;
  });

  return make("form", { class: "card options", "aria-labelledby": "options-heading", onsubmit: (event) => event.preventDefault() },
    make("h2", { id: "options-heading", text: t("options") }),
    make("div", { class: "field" }, make("label", { for: "scale", text: t("options.scale") }),
      make("div", { class: "with-unit" }, scale, make("span", { text: "mm/px", "aria-hidden": "true" })),
      make("p", { class: "hint", id: "scale-hint", text: t("options.scale_hint") })),
    field(t("options.asset"), asset, make("p", { class: "hint", id: "asset-hint", text: t("options.asset_hint") })),
    assets,
    field(t("options.rule"), rule, ruleHint),
    modelField);
};
