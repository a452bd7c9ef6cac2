"use strict";
(() => {
  // Positions in a row and in a crack of the page data; written by html_rows.py.
  const NAME = 0, PICTURE = 1, HEIGHT = 2, WIDTH = 3, TAKEN = 4, CAMERA = 5, COVERAGE = 6, CRACKS = 7, REMARK = 8, ON_WALL = 9;
  const CRACKED = 10, PROBABILITY = 11, OUTCOME = 12, SCREENED_OUT = 1; // of photos that a classifier looked at
  const NUMBER = 0, LENGTH_PX = 1, MEAN_PX = 2, MAX_PX = 3, DIRECTION = 4, CERTAINTY = 5, BOX = 6, MEAN_SIGMA_PX = 10, MAX_SIGMA_PX = 11, WORDS = 12, LENGTH_MM = 13, MEAN_MM = 14, MAX_MM = 15, MEAN_SIGMA_MM = 16, MAX_SIGMA_MM = 17, LENGTH_SIGMA_MM = 18;
  const BATCH = 60, MOST_PRINTED = 2000;

  const byId = (id) => document.getElementById(id);
  const { unit, colours, rows } = JSON.parse(byId("data").textContent);
  const mm = unit === "mm";
  const thin = "\u202f";

  for (const row of rows) {
    const cracks = row[CRACKS];
    row.cracks = cracks.length;
    row.cracked = row.cracks > 0 || row[CRACKED] === 1;
    row.located = row.cracks > 0 || !row.cracked;
    row.screenedOut = row[OUTCOME] === SCREENED_OUT;
    // A photo's own figures are in mm where all of its cracks have them, the list's where all of the survey have.
    row.unit = row.cracks > 0 && cracks.every((crack) => crack.length > LENGTH_MM) ? "mm" : "px";
    row.total = cracks.reduce((sum, crack) => sum + crack[mm ? LENGTH_MM : LENGTH_PX], 0);
    row.widest = cracks.reduce((most, crack) => Math.max(most, crack[mm ? MAX_MM : MAX_PX]), 0);
  }

  // Figures as figures.py writes them.
  const grouped = (value, decimals) => value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const lengthText = (value, of) => {
    if (of === "mm" && value >= 10000) return grouped(value / 1000, 2) + thin + "m";
    return grouped(value, value >= 100 || of === "px" ? 0 : 1) + thin + of;
  };
  const widthText = (value, of) => value.toFixed(of === "px" ? 1 : 2) + thin + of;
  // A cell of a length; in mm its standard deviation stands below.
  const lengthCell = (value, sigma, of) => {
    const td = make("td", "number", lengthText(value, of));
    if (sigma) td.append(make("small", "", "±" + thin + lengthText(Math.max(sigma, 0.1), of)));
    return td;
  };
  // A cell of a width, and its standard deviation below where one is known; as many decimals in both.
  const widthCell = (value, sigma, of) => {
    const td = make("td", "number", widthText(value, of));
    const decimals = of === "px" ? 1 : 2;
    if (sigma) td.append(make("small", "", "±" + thin + Math.max(sigma, 10 ** -decimals).toFixed(decimals) + thin + of));
    return td;
  };
  const coverageText = (share) => {
    const percent = 100 * share;
    if (percent === 0) return "0" + thin + "%";
    if (percent < 0.01) return "< 0.01" + thin + "%";
    return percent.toFixed(percent < 10 ? 2 : 1) + thin + "%";
  };
  const probabilityText = (probability) => {
    const percent = 100 * probability;
    if (percent < 0.1) return "< 0.1" + thin + "%";
    if (percent > 99.9) return "> 99.9" + thin + "%";
    return percent.toFixed(percent < 10 || percent > 90 ? 1 : 0) + thin + "%";
  };
  const timeText = (taken) => taken.replace("T", " ").slice(0, 16);

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const address = (folder, row) => {
    const name = row[PICTURE] === 1 ? row[NAME] : row[PICTURE];
    return folder + "/" + name.split("/").map(encodeURIComponent).join("/");
  };

  // ---------------------------------------------------------------- table
  const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const byName = (a, b) => natural.compare(a[NAME], b[NAME]);
  const orders = {
    name: byName,
    verdict: (a, b) => a.cracked - b.cracked || a.screenedOut - b.screenedOut,
    probability: (a, b) => (a[PROBABILITY] ?? -1) - (b[PROBABILITY] ?? -1),
    cracks: (a, b) => a.cracks - b.cracks,
    coverage: (a, b) => a[COVERAGE] - b[COVERAGE],
    length: (a, b) => a.total - b.total,
    width: (a, b) => a.widest - b.widest,
  };
  const inNameOrder = [...rows].sort(byName);
  const tellsPlaces = rows.length === 0 || rows.some((row) => row[COVERAGE] !== null);
  byId("photos").classList.toggle("placeless", !tellsPlaces);
  byId("photos").classList.toggle("unclassified", !rows.some((row) => row.length > PROBABILITY));
  let sortKey = tellsPlaces ? "width" : "probability", descending = true, shown = [], rendered = 0;
  const body = byId("rows"), more = byId("more");

  const arrange = () => {
    const words = byId("filter-name").value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = document.querySelector("input[name=verdict]:checked").value;
    shown = inNameOrder.filter((row) =>
      (verdict === "all" || (verdict === "crack") === row.cracked) &&
      words.every((word) => row[NAME].toLowerCase().includes(word)));
    const order = orders[sortKey];
    const sign = descending ? -1 : 1;
    shown.sort((a, b) => sign * order(a, b)); // stable: equals stay in the order of their names
    body.replaceChildren();
    rendered = 0;
    render(BATCH);
    const all = grouped(rows.length, 0);
    byId("count").textContent = shown.length === rows.length ? `${all} photo${rows.length === 1 ? "" : "s"}` : `${grouped(shown.length, 0)} of ${all} photos`;
    byId("photos").hidden = shown.length === 0;
    byId("nothing").hidden = shown.length > 0 || rows.length === 0;
  };

  const render = (count) => {
    const batch = document.createDocumentFragment();
    const end = Math.min(rendered + count, shown.length);
    for (; rendered < end; rendered++) batch.append(tableRow(shown[rendered], rendered));
    body.append(batch);
    more.hidden = rendered >= shown.length;
  };

  const cell = (className, label) => {
    const td = make("td", className);
    td.setAttribute("role", "cell");
    if (label) td.dataset.label = label;
    return td;
  };

  const tableRow = (row, place) => {
    const { cracked } = row;
    const tr = make("tr", cracked ? "crack" : "free");
    tr.setAttribute("role", "row");
    tr.dataset.place = place;

    const picture = cell("picture");
    const open = make("button", "thumb");
    open.type = "button";
    open.setAttribute("aria-label", "Open " + row[NAME]);
    if (row[PICTURE] !== 0) {
      const image = make("img");
      image.loading = "lazy";
      image.decoding = "async";
      image.alt = "";
      image.width = 100;
      image.height = 68;
      image.src = address("thumbnails", row);
      open.append(image);
    }
    picture.append(open);

    const name = cell("name");
    name.append(row[NAME], make("small", "", `${row[WIDTH]} × ${row[HEIGHT]}${row[TAKEN] ? " · " + timeText(row[TAKEN]) : ""}`));

    const verdict = cell("verdict");
    verdict.append(make("span", "badge " + (cracked ? "crack" : "free"), cracked ? "crack" : "no crack"));
    if (!row.located) verdict.append(make("small", "", "not located"));
    if (row.screenedOut) verdict.append(make("small", "", "screened out"));

    const probability = cell("number probability", "Probability");
    probability.textContent = row.length > PROBABILITY ? probabilityText(row[PROBABILITY]) : "–";

    const figures = [
      ["Cracks", String(row.cracks), row[COVERAGE] !== null],
      ["Coverage", coverageText(row[COVERAGE]), row.cracks > 0],
      ["Total length", lengthText(row.total, unit), row.cracks > 0],
      ["Max width", widthText(row.widest, unit), row.cracks > 0],
    ].map(([label, text, known]) => {
      const td = cell("number place", label);
      td.textContent = known ? text : "–";
      return td;
    });
    tr.append(picture, name, verdict, probability, ...figures);
    return tr;
  };

  const markSort = () => {
    for (const th of document.querySelectorAll("#photos th[data-key]")) {
      if (th.dataset.key === sortKey) th.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    }
  };

  for (const th of document.querySelectorAll("#photos th[data-key]")) {
    th.querySelector("button").addEventListener("click", () => {
      descending = th.dataset.key === sortKey ? !descending : th.dataset.key !== "name";
      sortKey = th.dataset.key;
      markSort();
      arrange();
    });
  }
  let typing = 0;
  byId("filter-name").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(arrange, rows.length > 2000 ? 150 : 0);
  });
  for (const radio of document.querySelectorAll("input[name=verdict]")) radio.addEventListener("change", arrange);
  more.addEventListener("click", () => render(BATCH));
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) render(BATCH);
  }, { rootMargin: "800px" }).observe(more);
  addEventListener("beforeprint", () => {
    render(MOST_PRINTED - rendered);
    for (const image of body.querySelectorAll("img")) image.loading = "eager";
  });
  body.addEventListener("click", (event) => {
    const tr = event.target.closest("tr");
    if (tr && !String(getSelection())) view(shown, Number(tr.dataset.place));
  });
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => {
      let place = shown.findIndex((row) => row[NAME] === button.dataset.open);
      if (place >= 0) return view(shown, place, Number(button.dataset.crack));
      place = inNameOrder.findIndex((row) => row[NAME] === button.dataset.open);
      if (place >= 0) view(inNameOrder, place, Number(button.dataset.crack));
    });
  }

  // ---------------------------------------------------------------- viewer
  const viewer = byId("viewer"), stage = byId("viewer-stage"), image = byId("viewer-image"), box = byId("viewer-box");
  let album = [], at = 0, pinned = null, ahead = null;

  const view = (photos, place, crackNumber) => {
    album = photos;
    show(place);
    if (!viewer.open) {
      viewer.showModal();
      stage.focus(); // arrow keys work at once, and the next tab goes on to the cracks
    }
    const crack = album[at][CRACKS].find((each) => each[NUMBER] === crackNumber);
    if (crack) pin(crack);
  };

  const show = (place) => {
    at = place;
    const row = album[at];
    byId("viewer-name").textContent = row[NAME];
    byId("viewer-name").title = row[NAME];
    byId("viewer-place").textContent = `${grouped(at + 1, 0)} of ${grouped(album.length, 0)}`;
    byId("viewer-previous").disabled = at === 0;
    byId("viewer-next").disabled = at === album.length - 1;
    zoom(false);
    pinned = null;
    outline(null);
    image.removeAttribute("src"); // so that the last photo does not stand under this one's name
    image.parentElement.hidden = row[PICTURE] === 0;
    byId("viewer-absent").hidden = row[PICTURE] !== 0;
    if (row[PICTURE] !== 0) {
      const drawn = row.cracks === 0 ? "no crack" : row.cracks === 1 ? "1 crack" : row.cracks + " cracks";
      image.alt = row.located ? `${row[NAME]} with ${drawn} drawn in` : `${row[NAME]}, cracked, in a frame`;
      image.src = address("overlays", row);
    }
    const next = album[at + 1];
    if (next && next[PICTURE] !== 0) {
      ahead = new Image();
      ahead.src = address("overlays", next);
    }
    const facts = [["Size", `${row[WIDTH]} × ${row[HEIGHT]}${thin}px`]];
    if (row[TAKEN]) facts.push(["Taken", timeText(row[TAKEN])]);
    if (row[CAMERA]) facts.push(["Camera", row[CAMERA]]);
    if (row.length > PROBABILITY) facts.push(["Probability of a crack", probabilityText(row[PROBABILITY])]);
    if (row.cracks) {
      const total = row[CRACKS].reduce((sum, crack) => sum + crack[row.unit === "mm" ? LENGTH_MM : LENGTH_PX], 0);
      facts.push(["Coverage", coverageText(row[COVERAGE])], ["Total length", lengthText(total, row.unit)]);
    }
    facts.push(...row[ON_WALL] || []);
    byId("viewer-facts").replaceChildren(...facts.map(([term, value]) => {
      const entry = make("div");
      entry.append(make("dt", "", term), make("dd", "", value));
      return entry;
    }));
    const remark = byId("viewer-remark");
    remark.hidden = row[REMARK] === 0;
    remark.textContent = row[REMARK] || "";
    const note = byId("viewer-note");
    note.hidden = row.cracks > 0;
    note.textContent = !row.located ? "The classifier says that there is a crack in this photo, not where." :
      row.screenedOut ? "Screened out: a classifier was sure that there is no crack in this photo, so that no other model looked for one." :
      "No crack was found in this photo.";
    byId("viewer-cracks").hidden = row.cracks === 0;
    byId("viewer-rows").replaceChildren(...row[CRACKS].flatMap((crack) => crackRows(crack, row.unit)));
    byId("viewer-rows").closest(".panel").scrollTop = 0;
  };

  const crackRows = (crack, of) => {
    const scaled = of === "mm";
    const tr = make("tr");
    const first = make("td");
    const button = make("button");
    const chip = make("span", "chip", crack[NUMBER]);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", `Show crack ${crack[NUMBER]} in the picture`);
    chip.style.background = colours[(crack[NUMBER] - 1) % colours.length];
    button.append(chip);
    first.append(button);
    tr.append(first,
      lengthCell(crack[scaled ? LENGTH_MM : LENGTH_PX], scaled ? crack[LENGTH_SIGMA_MM] : 0, of),
      widthCell(crack[scaled ? MEAN_MM : MEAN_PX], crack[scaled ? MEAN_SIGMA_MM : MEAN_SIGMA_PX], of),
      widthCell(crack[scaled ? MAX_MM : MAX_PX], crack[scaled ? MAX_SIGMA_MM : MAX_SIGMA_PX], of),
      make("td", "number", crack[DIRECTION] + "°"),
      make("td", "number", Math.round(100 * crack[CERTAINTY]) + thin + "%"));
    tr.dataset.number = crack[NUMBER];
    const rows = [tr];
    // Where another crack of the photo has no mm, this one's stand in words: a column has one unit.
    const inMm = !scaled && crack.length > LENGTH_MM ? `${lengthText(crack[LENGTH_MM], "mm")} long, at most ${widthText(crack[MAX_MM], "mm")} wide` : "";
    const said = [crack[WORDS], inMm].filter(Boolean).join("; ");
    if (said) {
      const words = make("td", "", said);
      words.colSpan = tr.cells.length;
      rows.push(make("tr", "words"));
      rows[1].append(words);
    }
    for (const each of rows) {
      each.addEventListener("pointerenter", () => outline(crack));
      each.addEventListener("pointerleave", () => outline(pinned));
      each.addEventListener("click", () => pin(pinned === crack ? null : crack));
    }
    return rows;
  };

  const pin = (crack) => {
    pinned = crack;
    outline(crack);
    for (const tr of byId("viewer-rows").querySelectorAll("tr[data-number]")) {
      tr.querySelector("button").setAttribute("aria-pressed", String(crack !== null && Number(tr.dataset.number) === crack[NUMBER]));
    }
    if (crack !== null && viewer.classList.contains("zoomed")) box.scrollIntoView({ block: "center", inline: "center" });
  };

  const outline = (crack) => {
    box.hidden = crack === null;
    if (crack === null) return;
    const row = album[at];
    const [top, left, height, width] = crack.slice(BOX, BOX + 4);
    const margins = [
      top / row[HEIGHT], 1 - (left + width) / row[WIDTH], 1 - (top + height) / row[HEIGHT], left / row[WIDTH],
    ];
    box.style.inset = margins.map((share) => `max(0px, ${100 * share}% - 5px)`).join(" ");
  };

  const zoom = (on, event) => {
    const spot = event ? [event.offsetX / image.clientWidth, event.offsetY / image.clientHeight] : [0.5, 0.5];
    viewer.classList.toggle("zoomed", on);
    byId("viewer-zoom").setAttribute("aria-pressed", String(on));
    if (on) {
      stage.scrollLeft = spot[0] * image.clientWidth - stage.clientWidth / 2;
      stage.scrollTop = spot[1] * image.clientHeight - stage.clientHeight / 2;
    }
  };
  const zoomed = () => viewer.classList.contains("zoomed");
  const step = (by) => {
    if (at + by >= 0 && at + by < album.length) show(at + by);
  };

  byId("viewer-previous").addEventListener("click", () => step(-1));
  byId("viewer-next").addEventListener("click", () => step(1));
  byId("viewer-close").addEventListener("click", () => viewer.close());
  byId("viewer-zoom").addEventListener("click", () => zoom(!zoomed()));
  image.addEventListener("click", (event) => zoom(!zoomed(), event));
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close(); // the backdrop
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "z" || event.key === "Z") zoom(!zoomed());
    else return;
    event.preventDefault();
  });
  viewer.addEventListener("close", () => {
    image.removeAttribute("src");
    if (album !== shown) return;
    while (rendered <= at) render(BATCH);
    const tr = body.rows[at];
    tr.scrollIntoView({ block: "nearest" });
    tr.querySelector(".thumb").focus({ preventScroll: true });
  });

  markSort();
  arrange();
})();
