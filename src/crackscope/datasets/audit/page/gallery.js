"use strict";
(() => {
  const BATCH = 48;

  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { findings, kinds } = data;
  const store = `crackscope.audit.${data.audit}`;
  const grouped = (value) => value.toLocaleString("en-US");
  const counted = (value, one, many) => `${grouped(value)} ${value === 1 ? one : many}`;

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // ---------------------------------------------------------------- choices
  let choices = new Map(); // by a finding's key; also of findings that this page does not show
  let saved = new Map(); // as in the file that was saved or loaded last
  let keeps = true; // whether the browser keeps them

  const isChoice = (value) => value === "accept" || value === "reject";
  const mapOf = (object) => new Map(Object.entries(object ?? {}).filter(([, value]) => isChoice(value)));
  const recall = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(store) ?? "{}");
      choices = mapOf(kept.choices);
      saved = mapOf(kept.saved);
    } catch {
      keeps = false;
    }
  };
  const keep = () => {
    try {
      const kept = { choices: Object.fromEntries(choices), saved: Object.fromEntries(saved) };
      localStorage.setItem(store, JSON.stringify(kept));
      keeps = true;
    } catch {
      keeps = false;
    }
  };
  const stateOf = (finding) => choices.get(finding.key) ?? "undecided";
  const unsavedCount = () => {
    let count = 0;
    for (const [key, value] of choices) count += saved.get(key) !== value;
    for (const key of saved.keys()) count += !choices.has(key);
    return count;
  };

  const put = (finding, choice) => {
    if (choice === null) choices.delete(finding.key);
    else choices.set(finding.key, choice);
    keep();
    for (const card of cardsOf.get(finding.key) ?? []) mark(card, finding);
    tell();
  };
  const putAll = (changed, sentence) => {
    const before = new Map(choices), savedBefore = new Map(saved);
    changed();
    keep();
    markAll();
    tell();
    say(sentence, () => {
      choices = before;
      saved = savedBefore;
      keep();
      markAll();
      tell();
    });
  };
  const decideShown = (choice, word) => {
    if (shown.length === 0) return;
    putAll(() => {
      for (const finding of shown) choices.set(finding.key, choice);
    }, `${word} ${counted(shown.length, "finding", "findings")}.`);
  };

  let undo = null;
  const say = (sentence, back) => {
    byId("said-text").textContent = sentence;
    byId("said").hidden = false;
    byId("undo").hidden = !back;
    undo = back ?? null;
  };
  const hush = () => {
    byId("said").hidden = true;
    undo = null;
  };

  const tell = () => {
    const counts = { accept: 0, reject: 0, undecided: 0 };
    for (const finding of findings) counts[stateOf(finding)] += 1;
    byId("tally").textContent =
      `${grouped(counts.accept)} accepted · ${grouped(counts.reject)} rejected · ${grouped(counts.undecided)} undecided`;
    byId("meter-accepted").style.width = `${(100 * counts.accept) / Math.max(findings.length, 1)}%`;
    byId("meter-rejected").style.width = `${(100 * counts.reject) / Math.max(findings.length, 1)}%`;
    const open = unsavedCount();
    const line = byId("unsaved");
    line.classList.toggle("open", open > 0);
    line.textContent = open > 0 ? `${counted(open, "change", "changes")} not saved${keeps ? "" : "; this browser keeps none"}`
      : choices.size > 0 ? "All choices saved" : keeps ? "" : "This browser keeps no choices: save them before you leave";
  };

  const save = () => {
    const sorted = Object.fromEntries([...choices].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    const document_ = { schema: data.schema, schema_version: data.schema_version, choices: sorted };
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 1) + "\n"], { type: "application/json" }));
    link.download = "choices.json";
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    saved = new Map(choices);
    keep();
    tell();
  };

  const load = async (file) => {
    let found;
    try {
      found = JSON.parse(await file.text());
    } catch {
      return say(`${file.name}: is not whole JSON; save it again.`);
    }
    if (found === null || found.schema !== data.schema || typeof found.choices !== "object" || found.choices === null) {
      return say(`${file.name}: is no file of choices.`);
    }
    if (found.schema_version > data.schema_version) {
      return say(`${file.name}: was saved by a newer crackscope; update crackscope and audit again.`);
    }
    const read = mapOf(found.choices);
    const known = new Set(findings.map((finding) => finding.key));
    const strange = [...read.keys()].filter((key) => !known.has(key)).length;
    const more = strange ? ` ${counted(strange, "is", "are")} about findings that this page does not show.` : "";
    putAll(() => {
      choices = read;
      saved = new Map(read);
    }, `Loaded ${counted(read.size, "choice", "choices")} from ${file.name}.${more}`);
  };

  // ---------------------------------------------------------------- cards
  const list = byId("cards"), more = byId("more"), bar = document.querySelector(".bar");
  const cardsOf = new Map(); // drawn cards by key; two findings may share one
  let shown = [], drawn = 0, current = -1;
  const scout = new IntersectionObserver((entries) => {
    if (entries.at(-1).isIntersecting && !more.hidden) draw(BATCH);
  }, { rootMargin: "1200px" });

  const arrange = () => {
    const kind = byId("kind").value;
    const basis = document.querySelector("input[name=basis]:checked").value;
    const state = document.querySelector("input[name=state]:checked").value;
    shown = findings.filter((finding) =>
      (kind === "" || finding.kind === kind) &&
      (basis === "all" || (basis === "certain") === finding.certain) &&
      (state === "all" || stateOf(finding) === state));
    list.replaceChildren();
    cardsOf.clear();
    drawn = 0;
    current = -1;
    draw(BATCH);
    const all = grouped(findings.length);
    byId("count").textContent = shown.length === findings.length ? `Showing all ${counted(findings.length, "finding", "findings")}`
      : `Showing ${grouped(shown.length)} of ${all} findings`;
    byId("nothing").hidden = shown.length > 0;
    byId("nothing").textContent = findings.length ? "No finding matches these filters." : "The audit found nothing wrong.";
    for (const id of ["accept-all", "reject-all"]) byId(id).disabled = shown.length === 0;
  };

  const draw = (count) => {
    const batch = document.createDocumentFragment();
    const end = Math.min(drawn + count, shown.length);
    for (; drawn < end; drawn++) batch.append(cardFor(shown[drawn], drawn));
    list.append(batch);
    more.hidden = drawn >= shown.length;
    scout.unobserve(more); // seen anew, it tells again where it is
    scout.observe(more);
  };

  const cardFor = (finding, place) => {
    const card = make("article", "card");
    card.tabIndex = -1;
    card.dataset.place = place;
    card.classList.toggle("wide", finding.panels.length > 1);
    card.setAttribute("aria-label", `${kinds[finding.kind]}: ${finding.path}`);
    card.append(picturesOf(finding), textOf(finding), buttonsFor(finding));
    if (!cardsOf.has(finding.key)) cardsOf.set(finding.key, []);
    cardsOf.get(finding.key).push(card);
    mark(card, finding);
    return card;
  };

  const picturesOf = (finding) => {
    const panels = make("div", "panels");
    if (finding.panels.length === 0) {
      panels.append(make("p", "absent", finding.problem ?? "There is no picture to show: the file cannot be read."));
    }
    for (const panel of finding.panels) {
      const figure = make("figure"), stage = make("div", "stage"), caption = make("figcaption");
      for (const layer of ["picture", "mask"]) {
        if (!panel[layer]) continue;
        const image = make("img", layer);
        image.loading = "lazy";
        image.decoding = "async";
        image.alt = layer === "picture" ? `${panel.caption}: ${finding.path}` : "";
        image.addEventListener("error", () => stage.classList.add("lost"));
        image.src = `${data.panels}/${panel[layer]}`;
        stage.append(image);
      }
      caption.append(make("span", "", panel.caption));
      if (panel.size) caption.append(make("span", "", `${panel.size[0]} × ${panel.size[1]} px`));
      figure.append(stage, caption);
      panels.append(figure);
    }
    return panels;
  };

  const textOf = (finding) => {
    const text = make("div", "text");
    const badge = make("span", finding.certain ? "badge certain" : "badge", finding.certain ? "certain" : "judged");
    badge.title = finding.certain ? "Facts of the files alone say so" : "Judged from what the files show";
    text.append(make("h2", "", kinds[finding.kind]), badge, make("p", "detail", finding.detail), make("p", "path", finding.path));
    if (finding.other) text.append(make("p", "path", `The other: ${finding.other}`));
    return text;
  };

  const buttonsFor = (finding) => {
    const row = make("div", "decide");
    for (const [choice, word, className] of [["accept", "Accept", "yes"], ["reject", "Reject", "no"]]) {
      const button = make("button", className, word);
      button.type = "button";
      button.dataset.choice = choice;
      button.setAttribute("aria-label", `${word}: ${kinds[finding.kind]}, ${finding.path}`);
      row.append(button);
    }
    return row;
  };

  const mark = (card, finding) => {
    const state = stateOf(finding);
    card.classList.toggle("accept", state === "accept");
    card.classList.toggle("reject", state === "reject");
    for (const button of card.querySelectorAll(".decide button")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === state));
    }
  };
  const markAll = () => {
    for (const card of list.children) mark(card, shown[Number(card.dataset.place)]);
  };

  const light = (place) => {
    list.querySelector(".current")?.classList.remove("current");
    current = place;
    list.children[place]?.classList.add("current");
  };
  const go = (place) => {
    if (place < 0 || place >= shown.length) return;
    if (place >= drawn) draw(place - drawn + BATCH);
    const card = list.children[place];
    light(place);
    card.focus({ preventScroll: true });
    const seen = card.getBoundingClientRect();
    if (seen.top >= bar.offsetHeight && seen.bottom <= innerHeight) return;
    card.scrollIntoView({ block: "start" });
    requestAnimationFrame(() => card.scrollIntoView({ block: "start" })); // its neighbours have their heights now
  };

  // ---------------------------------------------------------------- what a person does
  list.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (!card) return;
    light(Number(card.dataset.place));
    const button = event.target.closest(".decide button");
    if (!button) return;
    const finding = shown[current];
    hush();
    put(finding, stateOf(finding) === button.dataset.choice ? null : button.dataset.choice);
  });
  list.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (card) light(Number(card.dataset.place));
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("select, input:not([type=radio]):not([type=checkbox]), textarea")) return;
    const key = event.key.toLowerCase();
    const decisions = { a: "accept", r: "reject", u: null };
    if (key === "j") go(current + 1);
    else if (key === "k") go(current < 0 ? 0 : current - 1);
    else if (key === "m") byId("masks").click();
    else if (key in decisions && current >= 0) {
      hush();
      put(shown[current], decisions[key]);
    } else return;
    event.preventDefault();
  });
  byId("accept-all").addEventListener("click", () => decideShown("accept", "Accepted"));
  byId("reject-all").addEventListener("click", () => decideShown("reject", "Rejected"));
  byId("undo").addEventListener("click", () => {
    undo?.();
    hush();
  });
  byId("save").addEventListener("click", save);
  byId("load").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) await load(file);
    event.target.value = ""; // so that the same file can be loaded again
  });
  byId("masks").addEventListener("change", (event) => list.classList.toggle("bare", !event.target.checked));
  for (const control of document.querySelectorAll("#kind, input[type=radio]")) {
    control.addEventListener("change", () => {
      hush();
      arrange();
    });
  }
  more.addEventListener("click", () => draw(BATCH));
  addEventListener("storage", (event) => { // another tab with the same audit
    if (event.key !== store) return;
    recall();
    markAll();
    tell();
  });
  addEventListener("beforeunload", (event) => {
    if (!keeps && unsavedCount() > 0) event.preventDefault();
  });

  // ---------------------------------------------------------------- head
  byId("folder").textContent = data.folder;
  document.title = `${data.folder} – audit`;
  const facts = [["Findings", grouped(data.total)]];
  if (data.pictures !== null) facts.unshift(["Pictures looked at", grouped(data.pictures)]);
  facts.push(["Certain", grouped(data.certain)], ["Judged", grouped(data.total - data.certain)]);
  for (const [term, value] of facts) {
    const entry = make("div");
    entry.append(make("dt", "", term), make("dd", "", value));
    byId("facts").append(entry);
  }
  const counts = new Map();
  for (const finding of findings) counts.set(finding.kind, (counts.get(finding.kind) ?? 0) + 1);
  byId("kind").append(new Option(`All kinds (${grouped(findings.length)})`, ""));
  for (const kind of Object.keys(kinds)) {
    if (counts.has(kind)) byId("kind").append(new Option(`${kinds[kind]} (${grouped(counts.get(kind))})`, kind));
  }
  const leftOut = Object.entries(data.left_out);
  if (leftOut.length) {
    const number = leftOut.reduce((sum, [, count]) => sum + count, 0);
    byId("left-out").textContent =
      `This page shows ${grouped(findings.length)} of ${counted(data.total, "finding", "findings")}, evenly over the kinds. ` +
      `${grouped(number)} ${number === 1 ? "is" : "are"} left out and stay undecided: ` +
      leftOut.map(([kind, count]) => `${kinds[kind]} (${grouped(count)})`).join(", ") + ".";
    byId("left-out").hidden = false;
  }

  recall();
  tell();
  arrange();
})();
