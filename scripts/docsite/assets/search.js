// Search without a server: every passage of the site in one file, fetched when somebody first looks for something.
const MOST = 20;
const EACH = 100;
let passages;

export function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

// How well a passage fits: first how many of the words stand in it, then where: titles count more than headings, those
// more than text.
export function score(passage, wanted) {
  const places = [
    [words(passage.t), 8],
    [words(passage.h), 5],
    [words(passage.s), 1],
  ];
  let total = 0;
  for (const word of wanted) {
    let best = 0;
    for (const [found, weight] of places) {
      if (found.includes(word)) best = Math.max(best, 2 * weight);
      else if (found.some((other) => other.startsWith(word))) best = Math.max(best, weight);
    }
    if (best) total += EACH + best;
  }
  return total && total + (passage.h ? 0 : 1);
}

export function find(all, text) {
  const wanted = words(text);
  if (!wanted.length) return [];
  return all
    .map((passage) => ({ passage, score: score(passage, wanted) }))
    .filter((one) => one.score)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map((one) => one.passage);
}

function excerpt(text, wanted) {
  const at = wanted.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const start = text.lastIndexOf(" ", Math.max(0, Math.min(...at, text.length) - 50)) + 1;
  const end = text.length > start + 160 ? text.lastIndexOf(" ", start + 160) : text.length;
  return `${start ? "… " : ""}${text.slice(start, Math.max(end, start + 100))}${end < text.length ? " …" : ""}`;
}

// The text with every word that begins as one that was looked for in a <mark>.
function marked(text, wanted, make) {
  return text
    .split(/([\p{L}\p{N}_]+)/u)
    .map((part) => (wanted.some((word) => part.toLowerCase().startsWith(word)) ? make("mark", { textContent: part }) : part));
}

export function offerSearch(make) {
  const dialog = document.querySelector("dialog.search");
  const [input, list, status] = ["input", "ol", "[role=status]"].map((what) => dialog.querySelector(what));
  const prefix = document.body.dataset.prefix;
  const button = document.querySelector("button.search-open");

  const show = () => {
    const wanted = words(input.value);
    const found = find(passages ?? [], input.value);
    list.replaceChildren(
      ...found.map((passage) =>
        make(
          "li",
          {},
          make(
            "a",
            { href: prefix + passage.u },
            make("strong", {}, ...marked(passage.t, wanted, make)),
            make("small", {}, ...(passage.h ? [" · ", ...marked(passage.h, wanted, make)] : [])),
            make("span", {}, ...marked(excerpt(passage.s, wanted), wanted, make)),
          ),
        ),
      ),
    );
    status.textContent = !wanted.length ? "" : found.length ? `${found.length} found` : "Nothing found. Try fewer words.";
  };
  const open = async () => {
    dialog.showModal();
    input.select();
    if (passages) return;
    try {
      passages = await (await fetch(`${prefix}/docs/search.json`)).json();
      show();
    } catch {
      status.textContent = "The search index could not be loaded. Try again, or look at llms.txt.";
    }
  };
  input.addEventListener("input", show);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value === "close") return;
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      list.querySelector("a")?.click();
    } else if (event.key === "Escape") {
      event.preventDefault(); // it would clear the field and leave the dialog open
      dialog.close();
    }
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...list.querySelectorAll("a")];
    const next = links.indexOf(document.activeElement) + step;
    (links[next] ?? input).focus();
  });
  list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if ((event.key === "/" && !typing) || (event.key === "k" && (event.ctrlKey || event.metaKey))) {
      event.preventDefault();
      open();
    }
  });
  button.addEventListener("click", open);
  button.hidden = false;
}
