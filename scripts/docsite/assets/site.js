// What a page can do beyond being read; everything stands there without it.
import { offerSearch } from "./search.js";
import { offerBase } from "./base.js";
import { offerFeedback } from "./feedback.js";
import { offerTrial } from "./trial.js";

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

function offerTheme() {
  const button = document.querySelector("button.theme");
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => {
    button.textContent = isDark() ? "☀" : "☾";
    button.setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("onepin-docs-theme", root.dataset.theme);
    show();
  });
  dark.addEventListener("change", show);
  button.hidden = false;
  show();
}

function offerCopies() {
  for (const block of document.querySelectorAll("div.code")) {
    const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
    button.addEventListener("click", async () => {
      let said = "Copied";
      try {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
      } catch {
        said = "Press Ctrl+C";
        getSelection().selectAllChildren(block.querySelector("code"));
      }
      button.textContent = said;
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    block.append(button);
  }
}

// The samples of one call, one at a time: tabs as the ARIA patterns describe them.
function offerTabs() {
  for (const box of document.querySelectorAll("section.samples")) {
    const samples = [...box.querySelectorAll(".sample")];
    const tabs = samples.map((sample, number) => {
      sample.id = `sample-${number}`;
      sample.setAttribute("role", "tabpanel");
      sample.querySelector("h2").remove();
      const tab = make("button", { type: "button", id: `tab-${number}`, textContent: sample.dataset.title });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", sample.id);
      sample.setAttribute("aria-labelledby", tab.id);
      return tab;
    });
    const choose = (wanted) => {
      tabs.forEach((tab, number) => {
        tab.setAttribute("aria-selected", String(number === wanted));
        tab.tabIndex = number === wanted ? 0 : -1;
        samples[number].hidden = number !== wanted;
      });
      localStorage.setItem("onepin-docs-language", samples[wanted].dataset.title);
    };
    tabs.forEach((tab, number) => {
      tab.addEventListener("click", () => choose(number));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (number + step + tabs.length) % tabs.length;
        choose(next);
        tabs[next].focus();
      });
    });
    const list = make("div", { className: "tabs" }, ...tabs);
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    box.prepend(list);
    const before = localStorage.getItem("onepin-docs-language");
    choose(Math.max(0, samples.findIndex((sample) => sample.dataset.title === before)));
  }
}

function followHeadings() {
  const links = new Map(
    [...document.querySelectorAll(".toc a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]),
  );
  const seen = new IntersectionObserver(
    (entries) => {
      const entry = entries.find((one) => one.isIntersecting);
      if (!entry) return;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "location");
    },
    { rootMargin: "-10% 0px -75% 0px" },
  );
  document.querySelectorAll("article [id]").forEach((heading) => links.has(heading.id) && seen.observe(heading));
}

// All of the page as Markdown, for whoever wants to ask a model about it.
function offerPage() {
  const button = document.querySelector("button.copy-page");
  const source = document.querySelector("link[rel=alternate]");
  if (!button) return;
  button.addEventListener("click", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(await (await fetch(source.href)).text());
    } catch {
      said = "It can't be copied here: open the Markdown";
    }
    const before = button.textContent;
    button.textContent = said;
    setTimeout(() => (button.textContent = before), 1500);
  });
  button.hidden = false;
}

// Where the screen is narrow, what leads elsewhere starts closed: the text comes first.
function foldBelow(width, details) {
  if (!details) return;
  const wide = matchMedia(`(min-width: ${width})`);
  const fold = () => (details.open = wide.matches);
  wide.addEventListener("change", fold);
  fold();
}

foldBelow("56rem", document.querySelector("details.menu"));
foldBelow("78rem", document.querySelector("details.toc"));
document.querySelector("nav [aria-current=page]")?.scrollIntoView({ block: "nearest" });

offerTheme();
offerTabs();
offerBase(make);
offerCopies();
offerPage();
offerSearch(make);
offerTrial(make);
offerFeedback(make);
followHeadings();
