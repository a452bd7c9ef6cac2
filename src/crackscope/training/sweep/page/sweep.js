"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { keys, trials } = data;
  const SVG = "http://www.w3.org/2000/svg";
  const STATES = { done: "to its end", pruned: "stopped early", running: "not at its end", failed: "failed" };

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const draw = (tag, attributes, text) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const short = (value) => typeof value !== "number" ? String(value)
    : Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value)
    : value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6) ? value.toExponential(2).replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(4)));
  const figureText = (value) => value === null ? "–" : value.toFixed(4);
  const timeText = (seconds) => seconds < 60 ? `${seconds.toFixed(0)} s` : seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
  const isBest = (trial) => trial.number === data.best;
  const kindOf = (trial) => isBest(trial) ? "done best" : trial.state;
  const told = (trial) => [
    `${trial.name}: ${trial.figure === null ? STATES[trial.state] : figureText(trial.figure)}${trial.state === "done" || trial.figure === null ? "" : `, ${STATES[trial.state]}`}`,
    ...keys.map((key, place) => `${key.key} = ${typeof trial.values[place] === "number" ? short(trial.values[place]) : trial.texts[place]}`),
  ].join("\n");

  // ---------------------------------------------------------------- one trial lit up everywhere
  const marksOf = new Map(); // from a trial's number to all that shows it
  const light = (number, on) => { for (const mark of marksOf.get(number) ?? []) mark.classList.toggle("lit", on); };
  const shows = (element, trial) => {
    if (!marksOf.has(trial.number)) marksOf.set(trial.number, []);
    marksOf.get(trial.number).push(element);
    element.addEventListener("pointerenter", () => light(trial.number, true));
    element.addEventListener("pointerleave", () => light(trial.number, false));
    return element;
  };

  // ---------------------------------------------------------------- scales
  const ticksOf = (low, high, most) => {
    const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999);
    const ticks = [];
    for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) ticks.push(Number(value.toPrecision(12)));
    return ticks;
  };
  const logTicksOf = (low, high) => {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
      for (const factor of [1, 2, 5]) ticks.push(factor * 10 ** power);
    const inside = ticks.filter((value) => value >= low * 0.999 && value <= high * 1.001).map((value) => Number(value.toPrecision(3)));
    const tens = inside.filter((value) => Math.abs(Math.log10(value) % 1) < 1e-9);
    return inside.length > 6 && tens.length > 1 ? tens : inside;
  };
  const figured = trials.filter((trial) => trial.figure !== null);
  const extent = (() => {
    if (figured.length === 0) return [0, 1];
    const whole = figured.filter((trial) => trial.state === "done"); // what was stopped early is lower for that alone
    const values = (whole.length > 1 ? whole : figured).map((trial) => trial.figure);
    const low = Math.min(...values), high = Math.max(...values), room = Math.max((high - low) * 0.08, 0.002);
    return [low - room, high + room];
  })();

  // ---------------------------------------------------------------- charts
  const frame = (width, height, label) => {
    const box = { left: 46, right: width - 12, top: 10, bottom: height - 26 };
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    const y = (value) => box.bottom - Math.max(0, (value - extent[0]) / (extent[1] - extent[0])) * (box.bottom - box.top);
    const ticks = ticksOf(extent[0], extent[1], height > 230 ? 6 : 4);
    const decimals = Math.max(0, ...ticks.map((value) => (String(value).split(".")[1] ?? "").length));
    for (const value of ticks) {
      svg.append(draw("line", { class: "rule", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }));
      svg.append(draw("text", { x: box.left - 7, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(decimals)));
    }
    svg.append(draw("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
    return { svg, box, y };
  };
  const tick = ({ svg, box }, x, text) => {
    svg.append(draw("line", { class: "axis", x1: x, x2: x, y1: box.bottom, y2: box.bottom + 4 }));
    svg.append(draw("text", { x, y: box.bottom + 18, "text-anchor": "middle" }, text));
  };
  const dot = (trial, x, y, radius) => {
    const mark = draw("circle", { class: `dot ${kindOf(trial)}`, cx: x, cy: y, r: isBest(trial) ? radius + 1.5 : radius });
    mark.append(draw("title", {}, told(trial)));
    return shows(mark, trial);
  };
  const cross = (trial, x, y) => {
    const mark = draw("path", { class: "dot failed", d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8` });
    mark.append(draw("title", {}, told(trial)));
    return shows(mark, trial);
  };

  const drawCourse = () => {
    const chart = frame(Math.max(320, byId("course").clientWidth - 24), 300, `${data.figure} of each trial`);
    const { svg, box, y } = chart;
    const last = Math.max(trials.length, 2);
    const x = (number) => box.left + 16 + (number - 1) / (last - 1) * (box.right - box.left - 32);
    for (const number of ticksOf(1, last, Math.min(12, (box.right - box.left) / 60)).filter((each) => Number.isInteger(each))) tick(chart, x(number), String(number));
    let record = null, path = "";
    for (const trial of trials.filter((each) => each.state === "done")) {
      if (record === null) path = `M${x(trial.number)} ${y(trial.figure)}`;
      else if (trial.figure > record) path += `H${x(trial.number)}V${y(trial.figure)}`;
      record = Math.max(record ?? trial.figure, trial.figure);
    }
    if (path) svg.append(draw("path", { class: "record", d: `${path}H${x(trials[trials.length - 1].number)}` }));
    for (const trial of trials) {
      if (trial.figure !== null) svg.append(dot(trial, x(trial.number), y(trial.figure), 5));
      else if (trial.state === "failed") svg.append(cross(trial, x(trial.number), box.bottom - 8));
    }
    byId("course").append(svg);
  };

  const xOf = (key, place, chart) => {
    const { box } = chart, left = box.left + 14, width = box.right - box.left - 28;
    if (key.scale === "choices") {
      const shown = key.choices.map((text) => text.length > 60 / key.choices.length + 4 ? `${text.slice(0, 56 / key.choices.length + 2)}…` : text);
      const at = (number) => left + (number + 0.5) / key.choices.length * width;
      shown.forEach((text, number) => tick(chart, at(number), text));
      const spread = Math.min(26, width / key.choices.length * 0.5);
      return (trial) => at(key.choices.indexOf(trial.texts[place])) + ((trial.number * 0.618) % 1 - 0.5) * spread;
    }
    const map = key.scale === "log" ? Math.log : (value) => value;
    const at = (value) => left + (map(value) - map(key.low)) / (map(key.high) - map(key.low)) * width;
    for (const value of key.scale === "log" ? logTicksOf(key.low, key.high) : ticksOf(key.low, key.high, 5)) tick(chart, at(value), short(value));
    return (trial) => at(trial.values[place]);
  };

  const drawKeys = () => {
    const order = keys.map((key, place) => ({ key, place })).sort((a, b) => (b.key.importance ?? 0) - (a.key.importance ?? 0));
    for (const { key, place } of order) {
      const panel = make("div", "panel"), head = make("header");
      head.append(make("h3", "", key.key));
      if (key.importance !== null) {
        const share = make("span", "share", `importance ${(100 * key.importance).toFixed(0)} %`), bar = make("i"), filled = make("b");
        filled.style.width = `${100 * key.importance}%`;
        bar.append(filled);
        share.append(bar);
        head.append(share);
      }
      const chart = frame(400, 210, `${data.figure} against ${key.key}`);
      const x = xOf(key, place, chart);
      for (const trial of figured) chart.svg.append(dot(trial, x(trial), chart.y(trial.figure), 4.5));
      panel.append(head, chart.svg);
      byId("keys").append(panel);
    }
    byId("importance").textContent = keys.some((key) => key.importance !== null)
      ? "Importance: how much a key decides whether a trial is among the best; an estimate (PED-ANOVA) from few trials, which says nothing of values outside the space."
      : "How important each key is can be estimated from ten trials on that went to their end.";
    if (keys.length < 2) byId("importance").hidden = true;
  };

  const drawLegend = () => {
    const present = new Set(trials.map((trial) => trial.state));
    const entries = [["best", "the best"], ...Object.entries(STATES).filter(([state]) => present.has(state))];
    for (const [kind, text] of entries) {
      if (kind === "best" && data.best === null) continue;
      const entry = make("span"), svg = draw("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" });
      svg.append(kind === "failed" ? draw("path", { class: "dot failed", d: "M3 3l8 8m0 -8l-8 8" }) : draw("circle", { class: `dot ${kind}`, cx: 7, cy: 7, r: 5 }));
      const below = kind === "pruned" && figured.some((trial) => trial.figure < extent[0]);
      entry.append(svg, below ? `${text} (at the lower edge: below the scale)` : text);
      byId("legend").append(entry);
    }
  };

  // ---------------------------------------------------------------- the table
  const columns = [
    { name: "Trial", number: false, of: (trial) => trial.number, text: (trial) => trial.name },
    { name: "Figure", number: true, of: (trial) => trial.figure, text: (trial) => figureText(trial.figure), down: true },
    { name: "State", number: false, of: (trial) => Object.keys(STATES).indexOf(trial.state), text: (trial) => isBest(trial) ? "best" : STATES[trial.state] },
    ...keys.map((key, place) => ({
      name: key.key, number: key.scale !== "choices" || key.choices.every((text) => text.trim() !== "" && Number.isFinite(Number(text))), of: (trial) => key.scale === "choices" ? key.choices.indexOf(trial.texts[place]) : trial.values[place],
      text: (trial) => key.scale === "choices" ? trial.texts[place] : short(trial.values[place]),
    })),
    { name: "Best epoch", number: true, of: (trial) => trial.best_epoch, text: (trial) => trial.best_epoch ?? "–" },
    { name: "Epochs", number: true, of: (trial) => trial.epochs, text: (trial) => trial.epochs },
    { name: "Time", number: true, of: (trial) => trial.seconds, text: (trial) => timeText(trial.seconds) },
  ];
  const rowOf = new Map(trials.map((trial) => {
    const row = make("tr", isBest(trial) ? "best" : "");
    for (const column of columns) row.append(make("td", `${column.number ? "number" : ""}${column.name === "State" && trial.state === "failed" ? "failed" : ""}`, column.text(trial)));
    return [trial.number, shows(row, trial)];
  }));
  let sortedBy = null, down = false;
  const sortBy = (column) => {
    down = sortedBy === column ? !down : Boolean(column.down);
    sortedBy = column;
    const known = (trial) => { const value = column.of(trial); return value === null || value === undefined ? null : value; };
    const sorted = [...trials].sort((a, b) => {
      const one = known(a), other = known(b);
      if (one === null || other === null) return (one === null) - (other === null) || a.number - b.number;
      return (down ? other - one : one - other) || a.number - b.number;
    });
    byId("rows").replaceChildren(...sorted.map((trial) => rowOf.get(trial.number)));
    [...byId("head").children].forEach((cell, place) => {
      if (columns[place] === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
  };
  for (const column of columns) {
    const cell = make("th", column.number ? "number" : ""), button = make("button", "", column.name);
    cell.scope = "col";
    button.type = "button";
    button.addEventListener("click", () => sortBy(column));
    cell.append(button);
    byId("head").append(cell);
  }

  // ---------------------------------------------------------------- words
  const entry = (list, name, value) => { const group = make("div"); group.append(make("dt", "", name), make("dd", "", value)); list.append(group); };
  const quoted = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const suggest = (why, command) => { const line = make("p", "", why); line.append(make("code", "", command)); byId("next").append(line); };
  const count = (state) => trials.filter((trial) => trial.state === state).length;

  document.title = `Sweep of ${data.recipe}`;
  byId("recipe").textContent = data.recipe;
  byId("figure-name").textContent = data.figure;
  entry(byId("facts"), "Trials", `${trials.length} of ${Math.max(data.wanted, trials.length)}`);
  for (const state of ["pruned", "failed", "running"]) if (count(state) > 0) entry(byId("facts"), STATES[state][0].toUpperCase() + STATES[state].slice(1), count(state));
  entry(byId("facts"), "Trained for", timeText(trials.reduce((sum, trial) => sum + trial.seconds, 0)));
  entry(byId("facts"), "Data", data.data.map((path) => path.split(/[\\/]/).pop()).join(", "));
  entry(byId("facts"), "Seed", data.seed);

  const best = trials.find(isBest);
  byId("none").hidden = Boolean(best);
  if (best) {
    byId("best").hidden = false;
    byId("best-heading").textContent = `Best: ${best.name}, ${figureText(best.figure)} after ${best.best_epoch} of ${best.epochs} epochs`;
    keys.forEach((key, place) => entry(byId("best-values"), key.key, typeof best.values[place] === "number" && key.scale !== "choices" ? short(best.values[place]) : best.texts[place]));
    const second = trials.filter((trial) => trial.state === "done" && !isBest(trial)).sort((a, b) => b.figure - a.figure || a.number - b.number)[0];
    if (second) suggest("Set the best two side by side, with pictures, time and size:", `crackscope compare ${quoted(`${data.folder}/${best.name}`)} ${quoted(`${data.folder}/${second.name}`)}`);
    suggest("Train its recipe anew; --set epochs=N trains it for longer than the trials were:", `crackscope train ${quoted(`${data.folder}/best.yaml`)} ${data.data.map((path) => `--data ${quoted(path)}`).join(" ")}`);
  }
  const failed = trials.filter((trial) => trial.state === "failed");
  if (failed.length > 0) {
    byId("failures").hidden = false;
    byId("failures-heading").textContent = `${failed.length} ${failed.length === 1 ? "trial" : "trials"} failed`;
    for (const trial of failed) {
      const row = make("tr");
      row.append(make("td", "", trial.name), make("td", "", trial.reason ?? ""));
      byId("reasons").append(row);
    }
  }
  drawLegend();
  drawCourse();
  drawKeys();
  sortBy(columns.find((column) => column.name === "Figure"));
})();
