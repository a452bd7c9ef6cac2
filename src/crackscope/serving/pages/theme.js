"use strict";
// Light or dark. Runs before the page is drawn, so that it never appears in the other one first.
(() => {
  const KEY = "crackscope.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  let chosen = null; // null follows the system
  try {
    chosen = localStorage.getItem(KEY);
  } catch { /* storage is switched off: the choice lasts as long as the page */ }

  const show = () => {
    const dark = chosen === null ? system.matches : chosen === "dark";
    root.dataset.theme = dark ? "dark" : "light";
    document.getElementById("theme")?.setAttribute("aria-pressed", String(dark));
  };
  const turn = () => {
    const wanted = root.dataset.theme === "dark" ? "light" : "dark";
    chosen = (wanted === "dark") === system.matches ? null : wanted;
    try {
      if (chosen === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, chosen);
    } catch { /* as above */ }
    show();
  };

  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("click", (event) => {
    if (event.target.closest("#theme")) turn();
  });
  show();
})();
