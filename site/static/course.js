// What brings a page to life is fetched when it can be read: a browser passes over scripts of a type that it does not know.
addEventListener("load", () => {
  for (const late of document.querySelectorAll("script[type=late]")) import(late.src);
});

// Formulas and tables that are wider than the page scroll within themselves: keys must reach them.
function letKeysScroll() {
  for (const part of document.querySelectorAll(".formula, .bd-article pre, .pst-scrollable-table-container")) {
    if (part.scrollWidth > part.clientWidth) part.setAttribute("tabindex", "0");
    else part.removeAttribute("tabindex");
  }
}
addEventListener("load", letKeysScroll);
addEventListener("resize", letKeysScroll);
addEventListener("toggle", letKeysScroll, true);

// On paper: hints and solutions open, pictures loaded, and a light page.
const page = document.documentElement;
addEventListener("beforeprint", () => {
  for (const picture of document.querySelectorAll("img[loading=lazy]")) picture.loading = "eager";
  for (const fold of document.querySelectorAll(".bd-article details:not([open])")) {
    fold.open = true;
    fold.dataset.closeAfterPrint = "";
  }
  page.dataset.themeBeforePrint = page.dataset.theme;
  page.dataset.theme = "light";
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("[data-close-after-print]")) {
    fold.open = false;
    delete fold.dataset.closeAfterPrint;
  }
  page.dataset.theme = page.dataset.themeBeforePrint;
});

// One button for the colours: light, dark, and those of the reader's system. The theme's own script reads data-mode on a click.
const MODES = ["auto", "light", "dark"];
const SAID = { auto: "those of the system", light: "light", dark: "dark" };
const ICONS = { auto: "circle-half-stroke", light: "sun", dark: "moon" };
function offerNextColours() {
  for (const button of document.querySelectorAll("button.theme-change-button")) {
    const mode = page.dataset.mode in SAID ? page.dataset.mode : "auto";
    button.dataset.mode = MODES[(MODES.indexOf(mode) + 1) % MODES.length];
    button.querySelector("i").className = `fa-solid fa-lg fa-${ICONS[mode]}`;
    button.setAttribute("aria-label", `Colours: ${SAID[mode]}. Change to ${SAID[button.dataset.mode]}`);
    button.title = button.ariaLabel;
  }
}
addEventListener("load", offerNextColours);
new MutationObserver(offerNextColours).observe(page, { attributeFilter: ["data-mode"] });

// Code can be copied; of a terminal's lines only what is typed.
function addCopyButton(code) {
  const typed = code.closest(".highlight-console") ? /^(?!\$ ).*\n?|^\$ /gm : /$^/;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent.replace(typed, ""));
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  code.after(button);
}
addEventListener("load", () => {
  const written = ":is(.highlight-python, .highlight-ipython3, .highlight-console, .cell_input) pre";
  if (navigator.clipboard) document.querySelectorAll(`.bd-article ${written}`).forEach(addCopyButton);
});

// Long names in the narrow table of contents are broken behind an underscore or a dot.
addEventListener("load", () => {
  for (const name of document.querySelectorAll(".bd-sidebar-secondary .nav-link, .bd-sidebar-secondary .pre")) {
    if (!name.firstElementChild) name.innerHTML = name.innerHTML.replace(/[._]/g, "$&<wbr>");
  }
});
