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
      sample.querySelector("h3").remove();
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

// On a narrow screen the menu starts closed: the text comes first.
const menu = document.querySelector("details.menu");
const wide = matchMedia("(min-width: 56rem)");
const fold = () => (menu.open = wide.matches);
wide.addEventListener("change", fold);
fold();
document.querySelector("nav [aria-current=page]")?.scrollIntoView({ block: "nearest" });

offerTheme();
offerTabs();
offerBase(make);
offerCopies();
offerSearch(make);
offerTrial(make);
offerFeedback(make);
followHeadings();
