// The frame of all pages: which one is shown, and what works on every one of them.
import { openAsset } from "./asset.js";
import { announce, byId, make } from "./dom.js";
import { openHistory } from "./history.js";
import { switchLanguage, t, write } from "./language.js";
import { openResult } from "./result.js";
import { photos } from "./sending.js";
import { openStart, sendFiles } from "./start.js";

const main = byId("main");
let leaving = new AbortController();
let first = true;

// Each opens a page in `main`, listens until `signal` aborts, and returns the page's title.
const pageOf = (parts) => {
  if (parts.length === 0) return ["start", openStart];
  if (parts.length === 1 && parts[0] === "history") return ["history", openHistory];
  if (parts.length === 2 && parts[0] === "inspections") return ["result", openResult];
  if (parts.length === 2 && parts[0] === "assets") return ["asset", openAsset];
  throw new Error(t("no_page"));
};

const partsOf = (path) => {
  try {
    return path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return ["?"];
  }
};

const open = async () => {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [path, search] = location.hash.replace(/^#/, "").split("?");
  const parts = partsOf(path);
  main.className = "page";
  main.setAttribute("aria-busy", "true");
  let title = "crackscope";
  try {
    const [name, page] = pageOf(parts);
    document.body.dataset.page = name;
    for (const link of document.querySelectorAll("nav a")) {
      const here = link.dataset.page === name || (link.dataset.page === "history" && name === "asset");
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    title = await page(main, { id: parts[1], query: new URLSearchParams(search ?? ""), signal });
  } catch (error) {
    if (signal.aborted) return;
    title = error.message;
    main.replaceChildren(make("p", { class: "note", role: "alert", text: error.message }),
      make("p", { class: "more" }, make("a", { class: "button", href: "#/", text: t("start.title") })));
  }
  if (signal.aborted) return;
  main.removeAttribute("aria-busy");
  document.title = title === "crackscope" ? title : `${title} – crackscope`;
  if (!first) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
    announce(title);
  }
  first = false;
};

addEventListener("hashchange", (event) => {
  const path = (url) => new URL(url).hash.split("?")[0];
  if (path(event.newURL) === "#main") return; // the link to the content
  open();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
byId("language").addEventListener("click", () => {
  switchLanguage();
  first = true; // the focus stays on the button
  open();
});

// Photos may be dropped on any page.
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
let inside = 0;
const dropShown = (shown) => {
  byId("drop-here").hidden = !shown;
  if (!shown) inside = 0;
};
addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  inside += 1;
  dropShown(true);
});
addEventListener("dragleave", () => {
  inside -= 1;
  if (inside <= 0) dropShown(false);
});
addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  dropShown(false);
  if (!carriesFiles(event)) return;
  event.preventDefault();
  sendFiles([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => {
  if (photos.isBusy) event.preventDefault();
});

write();
open();
